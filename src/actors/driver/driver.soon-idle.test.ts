import { expect, test } from 'bun:test'
import { DEFAULT_RULESET } from '../../domain/dispatch-ruleset.ts'
import type { OfferId, OrderId } from '../../domain/ids.ts'
import { SETTINGS } from '../order/order.fixtures.ts'
import { evolve } from './driver.evolve.ts'
import {
  driver as driverOf,
  PLACE as HERE,
  SECOND as NEXT,
  NOW_MS,
  FIRST as ORDER,
  positionAt,
} from './driver.fixtures.ts'
import type { DriverMessage } from './driver.messages.ts'
import { soonIdle, wakeBeforeFree, whenFree } from './driver.soon-idle.ts'
import type { DriverState, DriverTask } from './driver.state.ts'
import { decide } from './driver.ts'

const settings = { ...SETTINGS, ruleset: DEFAULT_RULESET, lookAheadMs: 120_000 }
const moment = { nowMs: NOW_MS, settings }

/** Ten seconds of driving are 50 m. */
function north(seconds: number) {
  return { ...HERE, latitude: HERE.latitude + (seconds * 5) / 111_195.08 }
}

function taskOf(changes: Partial<DriverTask> = {}): DriverTask {
  return { pickup: north(20), dropoff: north(80), driveS: 60, phase: 'to_pickup', ...changes }
}

function driver(changes: Partial<DriverState> = {}): DriverState {
  return driverOf({
    profile: { ...driverOf().profile, capacity: 2 },
    assignments: [{ ...ORDER, size: 1, task: taskOf() }],
    position: positionAt(HERE, NOW_MS),
    homeRegion: null,
    ...changes,
  })
}

function leftS(state: DriverState): number {
  return Math.round(((soonIdle(state, moment)?.atMs ?? Number.NaN) - NOW_MS) / 1_000)
}

function offer(changes: object = {}): DriverMessage {
  const ends = { size: 1, expiresAtMs: NOW_MS + 15_000, mode: 'ask', again: false, offer: {} }
  return { kind: 'driver.offer', ...NEXT, ...ends, ...changes } as DriverMessage
}

function answerTo(state: DriverState, message: DriverMessage): string | undefined {
  const [effect] = decide(state, message, NOW_MS, settings).effects
  if (effect?.kind !== 'send') return undefined
  return 'reason' in effect.message ? String(effect.message.reason) : effect.message.kind
}

test('before the pickup both ways are left, after it the way to the drop-off', () => {
  expect(leftS(driver())).toBe(80)
  const onBoard = taskOf({ phase: 'to_dropoff' })
  expect(leftS(driver({ assignments: [{ ...ORDER, size: 1, task: onBoard }] }))).toBe(80)
  const nearly = taskOf({ phase: 'to_dropoff', dropoff: north(7) })
  expect(leftS(driver({ assignments: [{ ...ORDER, size: 1, task: nearly }] }))).toBe(7)
})

test('it will be free at the drop-off, and who has no order is free where it is', () => {
  expect(soonIdle(driver(), moment)?.place).toEqual(north(80))
  expect(whenFree(driver({ assignments: [] }), moment)).toMatchObject({ place: HERE, atMs: 0 })
})

const stopping = { ...settings, ruleset: { ...DEFAULT_RULESET, stops: { pickupS: 240, dropoffS: 120 } } }

/** Seconds until it is free, of one that stops at both ends, `afterS` later. */
function stopsLeftS(state: DriverState, afterS = 0): number {
  const nowMs = NOW_MS + afterS * 1_000
  const free = soonIdle(state, { nowMs, settings: { ...stopping, lookAheadMs: 3_600_000 } })
  return Math.round(((free?.atMs ?? Number.NaN) - nowMs) / 1_000)
}

function withTask(task: Partial<DriverTask>): DriverState {
  return driver({ assignments: [{ ...ORDER, size: 1, task: taskOf(task) }] })
}

/** It says that it is there, `afterS` later. */
function reportsAt(state: DriverState, place: typeof HERE, afterS: number): DriverState {
  const atMs = NOW_MS + afterS * 1_000
  const blank = { speed: null, heading: null, accuracy: null, orderId: null }
  const position = { ...place, ...blank, recordedAtMs: atMs, receivedAtMs: atMs }
  return decide(state, { kind: 'driver.fix', position }, atMs, stopping).events.reduce<DriverState>(evolve, state)
}

test('a courier is free after its last stop, not at the door, and not before the meal is cooked', () => {
  expect(stopsLeftS(withTask({}))).toBe(20 + 240 + 60 + 120)
  expect(stopsLeftS(withTask({ readyAtMs: NOW_MS + 500_000 }))).toBe(500 + 240 + 60 + 120)
  expect(stopsLeftS(withTask({ phase: 'to_dropoff', dropoff: north(7) }))).toBe(7 + 120)
})

test('what is left of a stop runs down while the courier stands there', () => {
  const there = reportsAt(withTask({}), north(20), 20)
  const later = reportsAt(there, north(21), 110)
  expect(stopsLeftS(later, 110)).toBe(150 + 60 + 120)
  // It takes longer than it should: from now on it may leave at any moment.
  expect(stopsLeftS(reportsAt(later, north(20), 400), 400)).toBe(60 + 120)
})

test('whoever only drove past has not arrived, and an arrival at the pickup is none at the drop-off', () => {
  const past = reportsAt(reportsAt(withTask({}), north(20), 20), north(60), 30)
  expect(past.assignments[0]?.task).not.toHaveProperty('arrivedAtMs')
  const there = reportsAt(withTask({}), north(20), 20)
  const told = { kind: 'driver.picked_up', ...ORDER, task: taskOf({ phase: 'to_dropoff' }) } as const
  const after = decide(there, told, NOW_MS + 260_000, stopping).events.reduce<DriverState>(evolve, there)
  expect(after.assignments[0]?.task).not.toHaveProperty('arrivedAtMs')
})

test('an order that tells of the task again does not begin its stop anew', () => {
  const there = reportsAt(withTask({}), north(20), 20)
  const told: DriverMessage = { kind: 'driver.still_assigned', ...ORDER, task: taskOf(), order: {} }
  const after = decide(there, told, NOW_MS + 60_000, stopping).events.reduce<DriverState>(evolve, there)
  expect(after.assignments[0]?.task?.arrivedAtMs).toBe(NOW_MS + 20_000)
})

test('beyond the horizon, with two orders, or with one that is not known yet, nobody is soon idle', () => {
  const far = { ...ORDER, size: 1, task: taskOf({ driveS: 110 }) }
  expect(soonIdle(driver({ assignments: [far] }), moment)).toBeNull()
  expect(wakeBeforeFree(driver({ assignments: [far] }), moment)).toEqual([
    { kind: 'set_timer', name: 'soon_idle', atMs: NOW_MS + 10_000 },
  ])
  const two = [
    { ...ORDER, size: 1, task: taskOf() },
    { ...NEXT, size: 1, task: taskOf() },
  ]
  expect(soonIdle(driver({ assignments: two }), moment)).toBeNull()
  expect(soonIdle(driver({ assignments: [{ ...ORDER, size: 1 }] }), moment)).toBeNull()
})

test('a driver holds an order to follow when its own is about to end, and only then', () => {
  expect(answerTo(driver(), offer())).toBe('order.held')
  const far = [{ ...ORDER, size: 1, task: taskOf({ driveS: 1_000 }) }]
  expect(answerTo(driver({ assignments: far }), offer())).toBe('busy')
  expect(answerTo(driver({ assignments: [{ ...ORDER, size: 1 }] }), offer())).toBe('busy')
  // A dispatcher may, and a promise that a crash has voided is given again.
  expect(answerTo(driver({ assignments: far }), offer({ mode: 'direct' }))).toBe('order.held')
  expect(answerTo(driver({ assignments: far }), offer({ again: true }))).toBe('order.held')
})

test('an order to follow needs capacity beside the present one, and a second one there is not', () => {
  expect(answerTo(driver(), offer({ size: 2 }))).toBe('full')
  const three = driver({
    profile: { ...driver().profile, capacity: 3 },
    assignments: [
      { ...ORDER, size: 1, task: taskOf() },
      { orderId: 'ord_0001ke70f413cgt11gn0c3' as OrderId, offerId: 'off_0001ke70f413cgt11gn0c3-1' as OfferId, size: 1 },
    ],
  })
  expect(answerTo(three, offer())).toBe('busy')
})

test('the cells are told where and when; the price cell counts it where it will be', () => {
  const { effects, events } = decide(driver(), { kind: 'timer', name: 'soon_idle' }, NOW_MS, settings)
  expect(effects).toContainEqual(
    expect.objectContaining({
      message: expect.objectContaining({
        kind: 'matching.driver',
        driver: expect.objectContaining({ position: north(80), room: 1, capacity: 2 }),
      }),
    }),
  )
  const after = events.reduce<DriverState>(evolve, driver())
  expect(Math.round(((after.announced?.freeAtMs ?? 0) - NOW_MS) / 1_000)).toBe(80)
})

test('what is left is known again after a crash, once the order has answered', () => {
  const reloaded = driver({ assignments: [{ ...ORDER, size: 1 }] })
  const told: DriverMessage = {
    kind: 'driver.still_assigned',
    ...ORDER,
    task: taskOf({ phase: 'to_dropoff' }),
    order: {},
  }
  const after = decide(reloaded, told, NOW_MS, settings).events.reduce<DriverState>(evolve, reloaded)
  expect(soonIdle(after, moment)).not.toBeNull()
  expect(after.assignments).toMatchObject([{ task: { phase: 'to_dropoff' } }])
})

test('a word of a pickup that its order has outlived changes nothing', () => {
  const late: DriverMessage = { kind: 'driver.picked_up', ...NEXT, task: taskOf() }
  expect(decide(driver(), late, NOW_MS, settings)).toMatchObject({ events: [], effects: [] })
})

test('the record of its work: idle since, served today, offers taken and let go by', () => {
  const ended = {
    kind: 'driver.ended',
    ...ORDER,
    reason: 'delivered',
    status: 'delivered',
  } as const
  const free = decide(driver(), ended, NOW_MS, settings).events.reduce<DriverState>(evolve, driver())
  expect(free.record).toMatchObject({ idleSinceMs: NOW_MS, servedToday: 1 })
  const holding = decide(free, offer(), NOW_MS, settings).events.reduce<DriverState>(evolve, free)
  const revoke = { kind: 'driver.revoke', offerId: NEXT.offerId, reason: 'expired', refused: true } as const
  const refused = decide(holding, revoke, NOW_MS, settings).events.reduce<DriverState>(evolve, holding)
  expect(refused.record).toMatchObject({ idleSinceMs: NOW_MS, refused: 1, accepted: 0 })
})
