/** Drivers for tests, one in each of the states that matter, and what is said to them. */
import type { LatLng } from '../../domain/geo.ts'
import type { DriverId, OfferId, OrderId, UnixMs } from '../../domain/ids.ts'
import { regionOf, shardOf } from '../../domain/region.ts'
import { SETTINGS } from '../order/order.fixtures.ts'
import { summary } from '../turn.fixtures.ts'
import { evolve, NO_WORK } from './driver.evolve.ts'
import type { DriverMessage } from './driver.messages.ts'
import type { DriverState } from './driver.state.ts'
import { decide } from './driver.ts'

export const NOW_MS = Date.UTC(2026, 0, 5, 12)
export const ENDS_MS = NOW_MS + 15_000
export const LAPSES_MS = ENDS_MS + 2_000
export const PLACE: LatLng = { latitude: 37.775, longitude: -122.418 }
export const FAR: LatLng = { latitude: 37.875, longitude: -122.418 }
export const HOME = regionOf(PLACE)
export const HOME_SHARD = shardOf(HOME, SETTINGS.shards)
export const FIRST = {
  orderId: 'ord_0001ke70f413cgt11gn0c1' as OrderId,
  offerId: 'off_0001ke70f413cgt11gn0c1-1' as OfferId,
}
export const SECOND = {
  orderId: 'ord_0001ke70f413cgt11gn0c2' as OrderId,
  offerId: 'off_0001ke70f413cgt11gn0c2-1' as OfferId,
}
export const TASK = { pickup: PLACE, dropoff: PLACE, driveS: 100, phase: 'to_pickup' } as const
export const ASKER = { gateway: 'test', askId: 7 } as const

export function positionAt(place: LatLng, receivedAtMs: UnixMs) {
  return {
    ...place,
    speed: null,
    heading: null,
    accuracy: null,
    recordedAtMs: receivedAtMs,
    receivedAtMs,
    orderId: null,
  }
}

export function driver(changes: Partial<DriverState> = {}): DriverState {
  return {
    driverId: 'drv_ann' as DriverId,
    homeShard: HOME_SHARD,
    epoch: 3,
    version: 1,
    isRegistered: true,
    profile: { name: 'Ann', phone: null, vehicleType: null, vehicleId: null, capacity: 1, skills: [] },
    availability: 'available',
    loadVersion: 4,
    assignments: [],
    hold: null,
    position: positionAt(PLACE, NOW_MS),
    homeRegion: HOME,
    announced: null,
    record: NO_WORK,
    workSinceMs: null,
    ...changes,
  }
}

export const HOLD = { ...FIRST, size: 1, expiresAtMs: ENDS_MS, offer: {}, asked: 0 }
const idle = take(driver(), fix(PLACE)).state

export const DRIVERS = {
  offline: driver({ availability: 'offline' }),
  paused: driver({ availability: 'paused' }),
  idle,
  stale: driver({ position: positionAt(PLACE, NOW_MS - SETTINGS.staleMs) }),
  holding: driver({ hold: HOLD }),
  busy: driver({ assignments: [{ ...FIRST, size: 1 }] }),
} as const

export type DriverName = keyof typeof DRIVERS

export function take(state: DriverState, message: DriverMessage, nowMs: UnixMs = NOW_MS) {
  const turn = decide(state, message, nowMs, SETTINGS)
  return { turn, does: summary(turn), state: turn.events.reduce<DriverState>(evolve, state) }
}

export function fix(place: LatLng, nowMs: UnixMs = NOW_MS): DriverMessage {
  return { kind: 'driver.fix', position: positionAt(place, nowMs) }
}

export function offerOf(of: typeof FIRST, changes: object = {}): DriverMessage {
  return {
    kind: 'driver.offer',
    ...of,
    size: 1,
    expiresAtMs: ENDS_MS,
    mode: 'ask',
    again: false,
    offer: {},
    ...changes,
  } as DriverMessage
}

export function confirmedOf(of: typeof FIRST, loadVersion: number): DriverMessage {
  return { kind: 'driver.confirmed', ...of, size: 1, loadVersion, task: TASK, order: {} }
}

export const PROFILE = { name: 'Bob', phone: null, vehicleType: 'van', vehicleId: null, capacity: 2, skills: [] }
/** What a driver does of whom the cells begin to know, and to know no more. */
export const APPEARS = '*announced >matching.driver >pricing.driver'
export const LEAVES = '*announced >matching.driver_gone >pricing.driver'
