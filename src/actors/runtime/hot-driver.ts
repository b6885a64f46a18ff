/** What is known of a driver by two views, and whether a query wants it. */
import { asOfMs } from '../../domain/freshness.ts'
import type { HotDriver, NearbyQuery } from './ports.ts'

/** Whoever it is near: fresh enough, of the type and in the status asked for. */
export function isWanted({ fix, status, vehicleType }: HotDriver, query: NearbyQuery): boolean {
  return (
    (query.vehicleType === undefined || vehicleType === query.vehicleType) &&
    (query.status === undefined || status === query.status) &&
    asOfMs(fix) >= query.freshSinceMs
  )
}

/**
 * The newer fix by the device's own time, which one clock gives whichever node heard of it. What the driver does carries no
 * time: the one whose word counts comes first.
 */
export function merged(first: HotDriver | null, second: HotDriver | null): HotDriver | null {
  if (first === null || second === null) return first ?? second
  const fix = second.fix.recordedAtMs > first.fix.recordedAtMs ? second.fix : first.fix
  const { status, vehicleType, orderId } = first.status === null ? second : first
  return { fix, status, vehicleType, orderId }
}
