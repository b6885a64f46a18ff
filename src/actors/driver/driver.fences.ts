/**
 * Geofences that a driver's fixes have crossed: committed, then told. The lane that sees them (`runtime/fence-lane.ts`) may tell
 * the same twice, or tell what another host has told already; what this driver knows decides, so that none is
 * committed twice. What comes with a fix older than the last crossing came late, and is dropped: if it is still
 * true it is seen again with the next fix.
 */
import type { UnixMs } from '../../domain/ids.ts'
import type { Crossing } from '../../domain/zones/fence-track.ts'
import type { FencesCrossed } from '../runtime/fence-lane.ts'
import { asJson, type Effect, publish, type Turn, turn, unhurried } from '../runtime/turn.ts'
import { evolve } from './driver.evolve.ts'
import { type FenceEvent, NO_FENCES } from './driver.fence-state.ts'
import type { DriverEvent } from './driver.messages.ts'
import type { DriverState } from './driver.state.ts'

export function crossFences(state: DriverState, message: FencesCrossed, nowMs: UnixMs): Turn<DriverEvent> {
  const recovered = message.recovered ? { recovered: message.recovered } : {}
  const events: FenceEvent[] = []
  let after = state
  for (const crossing of message.crossings) {
    const event = eventOf(after, crossing, nowMs)
    if (event === null) continue
    events.push({ ...event, ...recovered })
    after = evolve(after, event)
  }
  const taken = turn(
    events,
    events.flatMap(event => tell(state, event)),
  )
  // Who is asked about an offer answers at any moment.
  return state.hold === null ? unhurried(taken) : taken
}

/** @returns null where the driver knows it, or better. */
function eventOf({ fences = NO_FENCES }: DriverState, crossing: Crossing, atMs: UnixMs): FenceEvent | null {
  const { zoneId, zoneVersion, fix } = crossing
  const known = fences.inside.find(fence => fence.zoneId === zoneId)
  if (fix.recordedAtMs < fences.atMs) return null
  const about = { atMs, zoneId, zoneVersion, fix }
  switch (crossing.kind) {
    case 'entered':
      return known ? null : { type: 'geofence_entered', ...about }
    case 'left':
      return known ? { type: 'geofence_left', ...about, sinceMs: known.sinceMs, reason: crossing.reason } : null
    case 'dwelled':
      return known && !known.dwelled ? { type: 'geofence_dwelled', ...about, sinceMs: known.sinceMs } : null
  }
}

/** To whoever watches the driver, and to whoever watches the zone. */
function tell({ driverId }: DriverState, event: FenceEvent): Effect[] {
  const { zoneId, zoneVersion, fix, recovered } = event
  const data = asJson({
    driver_id: driverId,
    zone_id: zoneId,
    zone_version: zoneVersion,
    event: event.type.slice('geofence_'.length),
    since: instant('sinceMs' in event ? event.sinceMs : fix.recordedAtMs),
    ...('reason' in event ? { reason: event.reason } : {}),
    ...(recovered ? { recovered } : {}),
    latitude: fix.latitude,
    longitude: fix.longitude,
    accuracy: fix.accuracy,
    recorded_at: instant(fix.recordedAtMs),
  })
  return [publish(`driver:${driverId}`, 'geofence', data), publish(`zone:${zoneId}`, 'geofence', data)]
}

function instant(atMs: UnixMs): string {
  return new Date(atMs).toISOString()
}
