/** Live and test data never meet: what deciders say to whom, and what the record takes. */
import { describe, expect, test } from 'bun:test'
import { type DriverId, type OrderId, offerIdOf, type ShardId } from '../domain/ids.ts'
import { type Mode, modeOfOrder, orderIdIn } from '../domain/mode.ts'
import { announce } from './driver/driver.effects.ts'
import type { DriverState } from './driver/driver.state.ts'
import {
  ADMIN,
  ANN,
  ASKER,
  NOW_MS,
  ORDER_ENDS_MS,
  ORDER_ID,
  orderAfter,
  placedEvent,
  SETTINGS,
  terms,
} from './order/order.fixtures.ts'
import { decide } from './order/order.ts'
import { InvariantError } from './runtime/errors.ts'
import type { JournalTurn } from './runtime/ports.ts'
import type { Effect } from './runtime/turn.ts'
import { checkTurns } from './runtime/turn-check.ts'
import { repliesOf } from './turn.fixtures.ts'

const TEST_ORDER = orderIdIn('test', ORDER_ID)
const TESTER = 'tdrv_1' as DriverId

function placed(orderId: OrderId) {
  return orderAfter(placedEvent({ terms: terms({ orderId }), expiresAtMs: ORDER_ENDS_MS }))
}

/** Each actor that is told something, as `kind id`. */
function told(effects: readonly Effect[]): string[] {
  return effects.flatMap(effect => (effect.kind === 'send' ? [`${effect.to.kind} ${effect.to.id}`] : []))
}

function idleDriver(driverId: DriverId): DriverState {
  const place = { ...terms().pickup, speed: null, heading: null, accuracy: null, orderId: null }
  const position = { ...place, recordedAtMs: NOW_MS, receivedAtMs: NOW_MS }
  const record = { idleSinceMs: NOW_MS, day: 0, servedToday: 0, accepted: 0, refused: 0 }
  const profile = { name: null, phone: null, vehicleType: null, vehicleId: null, capacity: 1, skills: [] }
  const free = { availability: 'available', hold: null, assignments: [], announced: null } as const
  return { driverId, homeShard: 0 as ShardId, position, record, profile, ...free } as unknown as DriverState
}

describe('a test order and a test driver', () => {
  test('tell matching cells of their own, and no prices', () => {
    const order = decide(
      null,
      { kind: 'order.place', by: ADMIN, terms: terms({ orderId: TEST_ORDER }), key: null },
      NOW_MS,
      SETTINGS,
    )
    const driver = announce(idleDriver(TESTER), { nowMs: NOW_MS, settings: SETTINGS })
    for (const effects of [order.effects, driver.effects]) {
      expect(told(effects).length).toBeGreaterThan(0)
      expect(told(effects).every(name => name.startsWith('matching test-'))).toBe(true)
    }
  })

  test('and live ones tell the others', () => {
    const order = decide(null, { kind: 'order.place', by: ADMIN, terms: terms(), key: null }, NOW_MS, SETTINGS)
    const driver = announce(idleDriver(ANN), { nowMs: NOW_MS, settings: SETTINGS })
    for (const effects of [order.effects, driver.effects]) {
      expect(told(effects).some(name => name.startsWith('matching 8'))).toBe(true)
      expect(told(effects).some(name => name.startsWith('pricing '))).toBe(true)
      expect(told(effects).some(name => name.includes('test-'))).toBe(false)
    }
  })
})

const CROSSINGS: readonly (readonly [OrderId, DriverId])[] = [
  [TEST_ORDER, ANN],
  [ORDER_ID, TESTER],
]

test.each(CROSSINGS)('order %s makes no offer to %s, whoever proposes it', (orderId, driverId) => {
  const own = modeOfOrder(orderId) === 'test' ? TESTER : ANN
  const candidate = (id: DriverId) => ({ driverId: id, driverShard: 0 as ShardId, pickupEtaS: 60 })
  const drivers = [candidate(driverId), candidate(own)]
  const proposed = decide(placed(orderId), { kind: 'order.proposal', drivers, decision: {} }, NOW_MS, {
    ...SETTINGS,
    offersAtOnce: 2,
  })
  const asked = proposed.events.flatMap(event =>
    event.type === 'offered' ? event.offers.map(offer => offer.driverId) : [],
  )
  expect(asked).toEqual([own])

  const assign = { kind: 'order.assign', by: ADMIN, replyTo: ASKER, driverId, driverShard: 0 as ShardId } as const
  const assigned = decide(placed(orderId), assign, NOW_MS, SETTINGS)
  expect(assigned.events).toEqual([])
  expect(repliesOf(assigned)).toEqual([{ kind: 'driver_unavailable', reason: 'other_mode' }])
})

test.each(CROSSINGS)('the record takes no promise of order %s to %s', (orderId, driverId) => {
  const reserved = (id: DriverId): JournalTurn => ({
    shard: 0 as ShardId,
    shardEpoch: 1,
    actorId: orderId,
    versionBefore: 1,
    events: [{ type: 'reserved', atMs: NOW_MS, data: { driverId: id } }],
    row: {
      kind: 'order',
      status: 'scheduled',
      customerId: null,
      driverId: id,
      dueAtMs: NOW_MS + 86_400_000,
      createdAtMs: NOW_MS,
      updatedAtMs: NOW_MS,
      state: {},
    },
  })
  expect(() => checkTurns([reserved(driverId)])).toThrow(InvariantError)
  expect(() => checkTurns([reserved(modeOfOrder(orderId) === 'test' ? TESTER : ANN)])).not.toThrow()
})

test.each(CROSSINGS)('a scheduled order %s is promised to no %s', (orderId, driverId) => {
  const scheduled = decide(
    null,
    {
      kind: 'order.place',
      by: ADMIN,
      terms: terms({ orderId, scheduledAtMs: NOW_MS + 86_400_000 }),
      key: null,
    },
    NOW_MS,
    SETTINGS,
  )
  const assign = { kind: 'order.assign', by: ADMIN, replyTo: ASKER, driverId, driverShard: 0 as ShardId } as const
  const order = orderAfter(...scheduled.events)
  expect(order.status).toBe('scheduled')
  const assigned = decide(order, assign, NOW_MS, SETTINGS)
  expect(assigned.events).toEqual([])
  expect(repliesOf(assigned)).toEqual([{ kind: 'driver_unavailable', reason: 'other_mode' }])
})

test.each(CROSSINGS)('the record takes no claim of order %s on %s', (orderId, driverId) => {
  const other: Mode = modeOfOrder(orderId) === 'test' ? 'live' : 'test'
  const turn = (id: DriverId): JournalTurn => ({
    shard: 0 as ShardId,
    shardEpoch: 1,
    actorId: orderId,
    versionBefore: 1,
    events: [{ type: 'assigned', atMs: NOW_MS, data: {} }],
    row: {
      kind: 'order',
      status: 'assigned',
      customerId: null,
      driverId: id,
      dueAtMs: 0,
      createdAtMs: 0,
      updatedAtMs: 0,
      state: {},
    },
    claim: { orderId, offerId: offerIdOf(orderId, 1), driverId: id, driverEpoch: 1, loadVersion: 0, size: 1 },
  })
  expect(() => checkTurns([turn(driverId)])).toThrow(InvariantError)
  expect(() => checkTurns([turn(other === 'live' ? TESTER : ANN)])).not.toThrow()
})
