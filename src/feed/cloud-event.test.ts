import { expect, test } from 'bun:test'
import { Value } from '@sinclair/typebox/value'
import type { DriverEvent } from '../actors/driver/driver.messages.ts'
import type { OrderEvent } from '../actors/order/order.messages.ts'
import type { Actor } from '../actors/order/order.state.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { CellId, DriverId, OfferId, OrderId, QuoteId, ShardId, VehicleId, ZoneId } from '../domain/ids.ts'
import { bodyOf, cloudEventOf, feedMessageOf } from './cloud-event.ts'
import { EVENT_BYTES_MAX } from './limits.ts'
import type { FeedEntry } from './ports.ts'
import { DRIVER_EVENTS } from './published-driver.ts'
import { ORDER_EVENTS } from './published-order.ts'

/** In every text field that a person may have written, so that it shows where one gets out. */
const PRIVATE = 'PRIVATE'
const atMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
const by: Actor = { role: 'customer', id: `${PRIVATE}-customer` }
const driverId = 'drv_1' as DriverId
const offerId = 'off_1-1' as OfferId

const ORDER_SAMPLES: readonly OrderEvent[] = [
  {
    type: 'placed',
    atMs,
    by,
    dueAtMs: atMs,
    expiresAtMs: atMs + 600_000,
    terms: {
      orderId: 'ord_1' as OrderId,
      pickup: { latitude: 37.7749, longitude: -122.4194, address: `${PRIVATE} street 1` },
      dropoff: { latitude: 37.79, longitude: -122.4, address: `${PRIVATE} street 2` },
      vehicleType: 'van',
      size: 2,
      skills: ['cold'],
      items: [{ name: `${PRIVATE} medicine`, quantity: 1 }],
      notes: `${PRIVATE} ring twice`,
      customerId: `${PRIVATE}-customer`,
      reference: `${PRIVATE}-reference`,
      quoteId: 'quo_1' as QuoteId,
      price: { amount: 1_250, currency: 'USD', breakdown: [] },
      distanceM: 2_500,
      durationS: 600,
      scheduledAtMs: null,
    },
  },
  { type: 'due', atMs },
  {
    type: 'offered',
    atMs,
    offers: [
      { offerId, driverId, driverShard: 3 as ShardId, pickupEtaS: 120, expiresAtMs: atMs + 15_000, mode: 'ask' },
    ],
  },
  { type: 'offer_closed', atMs, offerId, driverId, reason: `${PRIVATE} reason`, refused: true },
  {
    type: 'assigned',
    atMs,
    offerId,
    driverId,
    driverShard: 3 as ShardId,
    driverName: `${PRIVATE} name`,
    vehicleType: null,
    size: 2,
    pickupAtMs: atMs + 1,
    dropoffAtMs: atMs + 2,
    by,
  },
  { type: 'unassigned', atMs, driverId, reason: `${PRIVATE} reason`, refused: false, expiresAtMs: atMs + 3, by },
  {
    type: 'status',
    atMs,
    status: 'delivered',
    driverId,
    by,
    proof: { pin: true, photo: { ref: PRIVATE, sha256: PRIVATE }, signature: null, waivedBecause: PRIVATE },
  },
  {
    type: 'reserved',
    atMs,
    offerId,
    driverId,
    driverShard: 3 as ShardId,
    driverName: PRIVATE,
    vehicleType: null,
    by,
  },
  { type: 'unreserved', atMs, driverId, reason: PRIVATE, by },
  { type: 'pin_refused', atMs, by },
  { type: 'rated', atMs, side: 'driver', stars: 2, comment: PRIVATE, driverId, customerId: PRIVATE, by },
  { type: 'cancelled', atMs, reason: `${PRIVATE} reason`, by },
  { type: 'expired', atMs },
  {
    type: 'amended',
    atMs,
    terms: {
      pickup: { latitude: 37.7749, longitude: -122.4194, address: PRIVATE },
      scheduledAtMs: null,
      notes: PRIVATE,
      items: [{ name: PRIVATE, quantity: 1 }],
      price: { amount: 900, currency: 'EUR', breakdown: [] },
    },
    dueAtMs: atMs,
    expiresAtMs: atMs,
    by,
  },
  { type: 'adjusted', atMs, lines: [{ code: 'trip_not_made', label: `${PRIVATE} label`, amount: -900 }] },
]

const profile = {
  name: `${PRIVATE} name`,
  phone: `+1 ${PRIVATE}`,
  vehicleType: 'bike',
  vehicleId: 'veh_1',
  capacity: 3,
  skills: ['cold'],
}
const IN_FENCE = {
  zoneId: 'zon_1' as ZoneId,
  zoneVersion: 2,
  fix: { latitude: 52.5, longitude: 13.4, accuracy: null, recordedAtMs: atMs },
}
const DRIVER_SAMPLES: readonly DriverEvent[] = [
  { type: 'registered', atMs, profile },
  { type: 'updated', atMs, patch: { name: `${PRIVATE} other name`, phone: null, capacity: 4 } },
  { type: 'availability', atMs, status: 'available' },
  {
    type: 'vehicle_changed',
    atMs,
    change: 3,
    vehicle: { vehicleId: 'veh_1' as VehicleId, type: 'van', capacity: null, maintenance: [] },
  },
  {
    type: 'work_kept',
    atMs,
    record: { idleSinceMs: null, day: 20_000, servedToday: 3, accepted: 5, refused: 1 },
  },
  { type: 'geofence_entered', atMs, ...IN_FENCE, recovered: true },
  { type: 'geofence_left', atMs, ...IN_FENCE, sinceMs: atMs - 60_000, reason: 'moved' },
  { type: 'geofence_dwelled', atMs, ...IN_FENCE, sinceMs: atMs - 60_000 },
  { type: 'rehomed', atMs, toShard: 7 as ShardId, region: '872830828ffffff' as CellId },
]

function entryOf(actorKind: 'order' | 'driver', event: OrderEvent | DriverEvent): FeedEntry {
  const { type, atMs: at, ...data } = event
  const actorId = actorKind === 'order' ? 'ord_1' : 'drv_1'
  const shard = 12 as ShardId
  return { shard, seq: 34_567, atMs: at, actorKind, actorId, version: 5, type, data: data as unknown as JsonObject }
}

const ENTRIES = [
  ...ORDER_SAMPLES.map(event => entryOf('order', event)),
  ...DRIVER_SAMPLES.map(event => entryOf('driver', event)),
]

test('an event is enveloped as CloudEvents 1.0, named by its shard and number', () => {
  const entry = entryOf('order', { type: 'status', atMs, status: 'at_pickup', driverId, by })

  expect(feedMessageOf(entry)).toMatchObject({ subject: 'waggle.events.order', id: '12-34567' })
  expect(JSON.parse(feedMessageOf(entry).body)).toEqual({
    specversion: '1.0',
    id: '12-34567',
    source: '/waggle',
    type: 'waggle.order.status',
    subject: 'ord_1',
    time: '2026-01-02T03:04:05.678Z',
    datacontenttype: 'application/json',
    mode: 'live',
    shard: 12,
    seq: '34567',
    data: { order_id: 'ord_1', version: 5, status: 'at_pickup', driver_id: 'drv_1', by_role: 'customer' },
  })
})

test('there is a sample of every event that is published', () => {
  expect(ORDER_SAMPLES.map(event => event.type).sort()).toEqual(Object.keys(ORDER_EVENTS).sort() as never)
  expect(DRIVER_SAMPLES.map(event => event.type).sort()).toEqual(Object.keys(DRIVER_EVENTS).sort() as never)
})

test.each(ENTRIES)('nothing that a person wrote or that names a person is published: $type', entry => {
  expect(feedMessageOf(entry).body).not.toContain(PRIVATE)
  expect(feedMessageOf(entry).body).not.toContain('37.77')
})

test.each(ENTRIES)('what is published is what its schema says, and all of it: $type', entry => {
  const schemas: Record<string, (typeof ORDER_EVENTS)['placed'] | object> =
    entry.actorKind === 'order' ? ORDER_EVENTS : DRIVER_EVENTS
  const schema = schemas[entry.type] as (typeof ORDER_EVENTS)['due']
  const { [`${entry.actorKind}_id`]: id, version, ...data } = cloudEventOf(entry).data

  expect(id).toBe(entry.actorId)
  expect(version).toBe(5)
  expect(Object.keys(data).filter(key => !(key in schema.properties))).toEqual([])
  // The library knows no formats unless they are registered; the shape is what matters here.
  const missing = [...Value.Errors(schema, data)].filter(error => !error.message.includes('format'))
  expect(missing).toEqual([])
})

test('of an event that this version does not know, only that it happened is published', () => {
  const entry = { ...entryOf('order', { type: 'due', atMs }), type: 'renamed', data: { to: PRIVATE } }

  expect(cloudEventOf(entry)).toMatchObject({ type: 'waggle.order.renamed', data: { order_id: 'ord_1', version: 5 } })
  expect(bodyOf(entry)).not.toContain(PRIVATE)
})

test('an event that lacks what is read of it is told without its data, and stops nothing', () => {
  const entry = { ...entryOf('order', { type: 'due', atMs }), type: 'placed', data: {} }

  expect(cloudEventOf(entry).data).toEqual({ order_id: 'ord_1', version: 5 })
})

test('an event too long for the stream is told without its data', () => {
  const offers = Array.from({ length: 10_000 }, (_, i) => ({
    offerId: `off_1-${i}` as OfferId,
    driverId: `drv_${i}` as DriverId,
    driverShard: 3 as ShardId,
    pickupEtaS: 120,
    expiresAtMs: atMs,
    mode: 'ask' as const,
  }))
  const body = bodyOf(entryOf('order', { type: 'offered', atMs, offers }))

  expect(body.length).toBeLessThan(EVENT_BYTES_MAX)
  expect(JSON.parse(body)).toMatchObject({ id: '12-34567', data: { order_id: 'ord_1', version: 5 } })
  expect(JSON.parse(body).data.offers).toBeUndefined()
})
