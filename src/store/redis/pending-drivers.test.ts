import { expect, test } from 'bun:test'
import type { LiveFix } from '../../actors/runtime/ports.ts'
import type { DriverId } from '../../domain/ids.ts'
import { PendingDrivers } from './pending-drivers.ts'

const ANN = 'ann' as DriverId

function fix(driverId: string, recordedAtMs: number): LiveFix {
  return {
    driverId: driverId as DriverId,
    latitude: 1,
    longitude: 2,
    speed: null,
    heading: null,
    accuracy: null,
    recordedAtMs,
    receivedAtMs: recordedAtMs,
    orderId: null,
  }
}

const busy = (atMs: number) => ({ atMs, status: 'busy', vehicleType: null, orderId: null })
const idle = (atMs: number) => ({ atMs, status: 'available', vehicleType: null, orderId: null })

test('of each driver only the latest waits', () => {
  const pending = new PendingDrivers(10)
  for (const atMs of [1, 3, 2]) pending.putFix(fix('ann', atMs))
  pending.putSaid(ANN, idle(5))
  pending.putSaid(ANN, busy(4))

  expect([...pending.take(10)]).toEqual([[ANN, { fix: fix('ann', 3), said: idle(5) }]])
  expect(pending.size).toBe(0)
})

test('what failed is written again, unless something newer has come', () => {
  const pending = new PendingDrivers(10)
  pending.putFix(fix('ann', 1))
  pending.putFix(fix('bob', 1))
  pending.take(10)
  pending.putFix(fix('ann', 2))
  pending.putSaid(ANN, busy(3))
  pending.failed()

  expect(Object.fromEntries(pending.take(10))).toEqual({
    ann: { fix: fix('ann', 2), said: busy(3) },
    bob: { fix: fix('bob', 1), said: null },
  })
})

test('a batch takes the oldest and leaves the rest', () => {
  const pending = new PendingDrivers(10)
  for (const id of ['a', 'b', 'c']) pending.putFix(fix(id, 1))

  expect([...pending.take(2).keys()]).toEqual(['a', 'b'] as DriverId[])
  pending.written()
  expect([...pending.take(2).keys()]).toEqual(['c'] as DriverId[])
})

test('what waits and what is under way lie over what is stored', () => {
  const pending = new PendingDrivers(10)
  const stored = { fix: fix('ann', 1), status: 'available', vehicleType: 'van', orderId: null }
  expect(pending.over(ANN, stored)).toEqual(stored)
  pending.putFix(fix('ann', 2))
  pending.take(10)
  pending.putSaid(ANN, busy(3))

  expect(pending.over(ANN, stored)).toEqual({ fix: fix('ann', 2), status: 'busy', vehicleType: null, orderId: null })
  expect(pending.over(ANN, null)).toEqual({ fix: fix('ann', 2), status: 'busy', vehicleType: null, orderId: null })
  expect(pending.over(ANN, { ...stored, fix: fix('ann', 9) })?.fix).toEqual(fix('ann', 9))
})

test('what an actor was asked for says nothing about a driver that is known', () => {
  const pending = new PendingDrivers(10)
  pending.putSaid(ANN, busy(0))
  expect(pending.over(ANN, { fix: fix('ann', 1), status: 'available', vehicleType: null, orderId: null })?.status).toBe(
    'available',
  )
  expect(pending.over(ANN, { fix: fix('ann', 1), status: null, vehicleType: null, orderId: null })?.status).toBe('busy')
  pending.putSaid(ANN, idle(1))
  pending.putSaid(ANN, busy(0))
  expect(pending.take(10).get(ANN)?.said).toEqual(idle(1))
})

test('past its limit it forgets the oldest and counts them', () => {
  const pending = new PendingDrivers(2)
  for (const id of ['a', 'b', 'c', 'd']) pending.putFix(fix(id, 1))

  expect([...pending.take(10).keys()]).toEqual(['c', 'd'] as DriverId[])
  expect(pending.forgotten).toBe(2)
})
