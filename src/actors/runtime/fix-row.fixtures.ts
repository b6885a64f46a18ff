/** A row of the history, for tests that change what they are about. */
import type { DriverId } from '../../domain/ids.ts'
import type { FixRow } from './ports.ts'

/** Nothing is said in it that may be left out. */
export function fixRow(driverId: string, recordedAtMs: number, more: Partial<FixRow> = {}): FixRow {
  return {
    driverId: driverId as DriverId,
    recordedAtMs,
    receivedAtMs: recordedAtMs,
    latitude: 1,
    longitude: 2,
    speed: null,
    heading: null,
    accuracy: null,
    orderId: null,
    late: false,
    clamped: false,
    ...more,
  }
}
