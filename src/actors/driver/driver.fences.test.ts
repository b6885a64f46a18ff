import { describe, expect, test } from 'bun:test'
import type { DriverId, ZoneId } from '../../domain/ids.ts'
import type { Crossing } from '../../domain/zones/fence-track.ts'
import { DEFAULT_SETTINGS } from '../default-settings.ts'
import { evolve, isDurable } from './driver.evolve.ts'
import { driver } from './driver.fixtures.ts'
import type { DriverState } from './driver.state.ts'
import { decide } from './driver.ts'

const AT_MS = 1_000_000
const DEPOT = 'depot' as ZoneId
const fixAt = (recordedAtMs: number) => ({ latitude: 1, longitude: 2, accuracy: 5, recordedAtMs })
const entered = (atMs: number): Crossing => ({ kind: 'entered', zoneId: DEPOT, zoneVersion: 3, fix: fixAt(atMs) })
const left = (atMs: number): Crossing => ({
  kind: 'left',
  zoneId: DEPOT,
  zoneVersion: 3,
  fix: fixAt(atMs),
  sinceMs: 0,
  reason: 'moved',
})
const dwelled = (atMs: number): Crossing => ({
  kind: 'dwelled',
  zoneId: DEPOT,
  zoneVersion: 3,
  fix: fixAt(atMs),
  sinceMs: 0,
})

const DRIVER = driver({ driverId: 'drv_1' as DriverId, availability: 'offline', position: null, homeRegion: null })

function take(state: DriverState, crossings: readonly Crossing[]) {
  const { events, effects } = decide(state, { kind: 'driver.fences', crossings }, AT_MS, DEFAULT_SETTINGS)
  return { events, effects, after: events.reduce<DriverState>(evolve, state) }
}

describe('a crossing', () => {
  test('is committed, kept in the row and told twice: to who watches the driver, and to who watches the zone', () => {
    const { events, effects, after } = take(DRIVER, [entered(500)])
    expect(events.map(event => [event.type, isDurable(event)])).toEqual([['geofence_entered', true]])
    expect(after.fences).toEqual({ atMs: 500, inside: [{ zoneId: DEPOT, sinceMs: 500, dwelled: false }] })
    expect(after.version).toBe(DRIVER.version + 1)
    expect(effects.map(effect => (effect.kind === 'publish' ? effect.topic : ''))).toEqual([
      'driver:drv_1',
      'zone:depot',
    ])
  })

  test('is waited for by nobody, but while the driver is asked about an offer', () => {
    const hold = { offerId: 'off_1', orderId: 'ord_1', size: 1, expiresAtMs: AT_MS + 1, offer: {}, asked: 0 } as never
    const message = { kind: 'driver.fences', crossings: [entered(500)] } as const
    const isUnhurried = [DRIVER, { ...DRIVER, hold }].map(
      state => decide(state, message, AT_MS, DEFAULT_SETTINGS).isUnhurried,
    )
    expect(isUnhurried).toEqual([true, undefined])
  })

  test('that is known already is taken by nobody twice', () => {
    const inside = take(DRIVER, [entered(500)]).after
    for (const again of [entered(500), entered(700)]) expect(take(inside, [again]).events).toEqual([])
    const dwelling = take(inside, [dwelled(600)]).after
    expect(take(dwelling, [dwelled(700)]).events).toEqual([])
    const outside = take(dwelling, [left(800)]).after
    expect(take(outside, [left(900)]).events).toEqual([])
    expect(outside.fences?.inside).toEqual([])
  })

  test('that comes with an older fix than the last one came late', () => {
    const outside = take(take(DRIVER, [entered(500)]).after, [left(800)]).after
    expect(take(outside, [entered(600)]).events).toEqual([])
  })

  test('says since when, by what the driver knows and not by what the lane remembers', () => {
    const inside = take(DRIVER, [entered(500)]).after
    expect(take(inside, [left(800)]).events).toMatchObject([{ sinceMs: 500, reason: 'moved' }])
  })

  test('of several by one fix each counts, in their order', () => {
    const { events, after } = take(DRIVER, [entered(500), left(500), entered(500)])
    expect(events.map(event => event.type)).toEqual(['geofence_entered', 'geofence_left', 'geofence_entered'])
    expect(after.fences?.inside.length).toBe(1)
  })
})

describe('a vehicle', () => {
  const van = (change: number, capacity: number | null = 9) => ({
    kind: 'driver.vehicle' as const,
    change,
    vehicle: { vehicleId: 'veh_1' as never, type: 'van', capacity, maintenance: [] },
  })
  const tell = (
    state: DriverState,
    message: ReturnType<typeof van> | { kind: 'driver.vehicle'; change: number; vehicle: null },
  ) => decide(state, message, AT_MS, DEFAULT_SETTINGS).events.reduce<DriverState>(evolve, state)

  test('counts by the number of its change, whatever comes first', () => {
    const none = tell(DRIVER, { kind: 'driver.vehicle', change: 7, vehicle: null })
    expect(tell(none, van(6)).profile.vehicleType).toBeNull()
    expect(tell(none, van(8)).profile).toMatchObject({ vehicleType: 'van', capacity: 9, vehicleId: 'veh_1' })
  })

  test('gives back what the driver had of its own, as changed meanwhile', () => {
    const own = { ...DRIVER, profile: { ...DRIVER.profile, vehicleType: 'bike', capacity: 2 } }
    const driving = tell(own, van(1))
    const patched = evolve(driving, { type: 'updated', atMs: AT_MS, patch: { capacity: 3, name: 'Ann' } })
    expect(patched.profile).toMatchObject({ vehicleType: 'van', capacity: 9, name: 'Ann' })
    const without = tell(patched, { kind: 'driver.vehicle', change: 2, vehicle: null })
    expect(without.profile).toMatchObject({ vehicleType: 'bike', capacity: 3, vehicleId: null })
  })
})
