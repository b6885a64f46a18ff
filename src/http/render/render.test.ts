import { expect, test } from 'bun:test'
import { Value } from '@sinclair/typebox/value'
import type { OrderEvent } from '../../actors/order/order.messages.ts'
import { cellAt, INDEX_RES } from '../../domain/h3.ts'
import type { DriverId, ShardId } from '../../domain/ids.ts'
import { TrackingLinks } from '../access/tracking-link.ts'
import { orderLinks } from '../order-links.ts'
import { DriverView } from '../schemas/driver.ts'
import { DecisionView, EventView, OfferView, OrderView } from '../schemas/order.ts'
import { CurrentLocation } from '../schemas/position.ts'
import { renderDecision } from './decision.ts'
import { renderDriver, renderDriverRecord } from './driver.ts'
import { renderEvent } from './event.ts'
import { renderOpenOffers } from './offer.ts'
import { renderOrder } from './order.ts'
import { renderPhoneMessage } from './phone.ts'
import { renderCurrent, renderLocationUpdate } from './position.ts'
import { AT_MS, assigned, DRIVER_ID, liveFix, OFFER_ID, ORDER_ID, order } from './render.fixtures.ts'
import { renderFeature } from './route.ts'

const LINKS = orderLinks(
  new TrackingLinks({ secrets: ['a secret of thirty-two characters'], ttlMs: 86_400_000 }),
  () => 'https://waggle.example',
)
const ADMIN = { role: 'admin', id: 'admin' } as const
const OFFER = {
  offerId: OFFER_ID,
  driverId: DRIVER_ID,
  driverShard: 0 as ShardId,
  pickupEtaS: 61.4,
  expiresAtMs: AT_MS + 15_000,
  mode: 'ask',
  hold: null,
  waiting: [],
  accepted: false,
} as const

test('an order without a driver has neither driver nor times, and knows where it is tracked', () => {
  const view = renderOrder(order(), LINKS)

  expect(Value.Check(OrderView, view)).toBe(true)
  expect(view).toMatchObject({
    order_id: ORDER_ID,
    status: 'placed',
    driver: null,
    eta: { pickup_at: null, dropoff_at: null },
    distance_m: 3_109,
    created_at: '2026-01-31T12:00:00.000Z',
    tracking_url: expect.stringMatching(
      new RegExp(`^https://waggle.example/v1/orders/${ORDER_ID}/driver-location\\?token=trk_[0-9A-Za-z_-]+$`),
    ),
  })
})

test('an assigned order names its driver and when it comes', () => {
  const view = renderOrder(order({ status: 'assigned', assignment: assigned() }), LINKS)

  expect(view.driver).toEqual({ driver_id: 'drv_1', name: 'Ann', vehicle_type: 'car' })
  expect(view.eta).toEqual({ pickup_at: '2026-01-31T12:01:00.000Z', dropoff_at: '2026-01-31T12:02:00.000Z' })
})

test('of an order’s offers a driver is shown its own open ones that it may answer', () => {
  const state = order({
    offers: [OFFER, { ...OFFER, driverId: 'other' as DriverId }, { ...OFFER, mode: 'direct' }],
  })
  const [offer, ...rest] = renderOpenOffers(state, DRIVER_ID, AT_MS)

  expect(rest).toEqual([])
  expect(Value.Check(OfferView, offer)).toBe(true)
  expect(offer).toMatchObject({ offer_id: OFFER_ID, order_id: ORDER_ID, pickup_eta_s: 61 })
  expect(renderOpenOffers(state, DRIVER_ID, AT_MS + 15_000)).toEqual([])
})

test('a driver shows what it does over what it has set', () => {
  const state = {
    driverId: DRIVER_ID,
    homeShard: 0 as ShardId,
    epoch: 1,
    version: 2,
    isRegistered: true,
    profile: { name: 'Ann', phone: null, vehicleType: 'car', vehicleId: null, capacity: 2, skills: ['fragile'] },
    availability: 'available',
    loadVersion: 1,
    assignments: [{ orderId: ORDER_ID, offerId: OFFER_ID, size: 2 }],
    hold: null,
    position: null,
    homeRegion: null,
    announced: null,
    record: { idleSinceMs: null, day: 0, servedToday: 0, accepted: 0, refused: 0 },
    workSinceMs: null,
  } as const
  const view = renderDriver(state)

  expect(Value.Check(DriverView, view)).toBe(true)
  expect(view).toMatchObject({ driver_id: 'drv_1', status: 'busy', load: 2, capacity: 2 })
})

test('in a list, a driver that was only seen is anonymous and offline', () => {
  const record = {
    driverId: DRIVER_ID,
    homeShard: 0 as ShardId,
    epoch: 1,
    version: 0,
    status: 'offline',
    capacity: 1,
    load: 0,
    loadVersion: 0,
    createdAtMs: AT_MS,
    updatedAtMs: AT_MS,
    state: {},
  }

  expect(Value.Check(DriverView, renderDriverRecord(record, null))).toBe(true)
  expect(renderDriverRecord(record, null)).toMatchObject({ name: null, capacity: 1, status: 'offline' })
  expect(renderDriverRecord({ ...record, load: 1 }, null).status).toBe('busy')
  expect(renderDriverRecord(record, 'offered').status).toBe('offered')
})

test('the events of an order tell the status that each left it in', () => {
  const offer = { ...OFFER, hold: undefined, waiting: undefined, accepted: undefined }
  const events: OrderEvent[] = [
    { type: 'placed', atMs: AT_MS, terms: order().terms, dueAtMs: AT_MS + 1, expiresAtMs: AT_MS, by: ADMIN },
    { type: 'due', atMs: AT_MS },
    { type: 'offered', atMs: AT_MS, offers: [offer] },
    { type: 'offer_closed', atMs: AT_MS, offerId: OFFER_ID, driverId: DRIVER_ID, reason: 'declined', refused: true },
    { type: 'cancelled', atMs: AT_MS, reason: 'changed my mind', by: { role: 'customer', id: 'cus_1' } },
  ]
  const views: EventView[] = []
  for (const [i, event] of events.entries()) views.push(renderEvent(event, i + 1, views.at(-1)?.status ?? null))

  for (const view of views) expect(Value.Check(EventView, view)).toBe(true)
  expect(views.map(v => v.status)).toEqual(['scheduled', 'placed', 'placed', 'placed', 'cancelled'])
  expect(views[2]).toMatchObject({ seq: 3, driver_id: 'drv_1', offer_id: OFFER_ID, by: { role: 'system' } })
  expect(views[4]).toMatchObject({ reason: 'changed my mind', by: { role: 'customer', id: 'cus_1' } })
})

test('a broadcast is one event with all its offers', () => {
  const two = [OFFER, { ...OFFER, driverId: 'drv_2' as DriverId }]
  const view = renderEvent({ type: 'offered', atMs: AT_MS, offers: two }, 2, 'placed')

  expect(view.offer_id).toBeUndefined()
  expect(view.offers?.map(o => o.driver_id)).toEqual(['drv_1', 'drv_2'])
})

test('a decision keeps what it says and is null where an old note says nothing', () => {
  const candidate = { driver_id: 'drv_1', pickup_eta_s: 5, cost: 5, terms: { pickup_eta_s: 5 }, excluded_by: null }
  const body = { cell: '8428309ffffffff', window_ms: 20, chosen: candidate, candidates: [candidate], drivers_known: 9 }

  expect(renderDecision(AT_MS, body)).toMatchObject({ window_ms: 20, drivers_known: 9, chosen: { driver_id: 'drv_1' } })
  expect(Value.Check(DecisionView, renderDecision(AT_MS, body))).toBe(true)
  expect(renderDecision(AT_MS, {})).toEqual({
    at: '2026-01-31T12:00:00.000Z',
    cell: null,
    window_ms: null,
    chosen: null,
    candidates: [],
  })
})

test('a position says how old it is and when it counts as stale', () => {
  const hot = { fix: liveFix(), status: 'busy', vehicleType: 'car', orderId: null }
  const view = renderCurrent(hot, AT_MS + 1_020, 1_000)

  expect(Value.Check(CurrentLocation, view)).toBe(true)
  expect(view).toMatchObject({ age_ms: 1_000, stale: false, status: 'busy', cell: cellAt(hot.fix, INDEX_RES) })
  expect(renderCurrent(hot, AT_MS + 1_021, 1_000).stale).toBe(true)
  const sent = { ...hot, fix: liveFix({ orderId: 'theirs' }) }
  expect(renderCurrent(sent, AT_MS, 1_000).order_id).toBe('theirs')
  expect(renderCurrent({ ...sent, orderId: ORDER_ID }, AT_MS, 1_000).order_id).toBe(ORDER_ID)
})

test('the seeds’ clients get the shape that they expect', () => {
  expect(renderLocationUpdate(liveFix(), ORDER_ID)).toEqual({
    type: 'location_update',
    data: {
      driver_id: 'drv_1',
      latitude: 37.77,
      longitude: -122.42,
      speed: 3,
      heading: 90,
      timestamp: '2026-01-31T12:00:00.000Z',
      order_id: ORDER_ID,
    },
  })
})

test('a route of no, one and two points is valid GeoJSON', () => {
  const point = { ...liveFix(), late: false, clamped: false }
  const geometryOf = (n: number) =>
    (renderFeature('drv_1', new Array(n).fill(point), null) as { geometry: unknown }).geometry

  expect(geometryOf(0)).toBeNull()
  expect(geometryOf(1)).toEqual({
    type: 'LineString',
    coordinates: [
      [-122.42, 37.77],
      [-122.42, 37.77],
    ],
  })
  expect(geometryOf(2)).toEqual({
    type: 'LineString',
    coordinates: [
      [-122.42, 37.77],
      [-122.42, 37.77],
    ],
  })
})

test('an offer reaches the phone with its order and an RFC 3339 expiry', () => {
  const data = { offer_id: OFFER_ID, order: order() as never, pickup_eta_s: 5, expires_at_ms: AT_MS }

  expect(renderPhoneMessage('offer', data, LINKS)).toMatchObject({
    type: 'offer',
    offer_id: OFFER_ID,
    pickup_eta_s: 5,
    expires_at: '2026-01-31T12:00:00.000Z',
    order: { order_id: ORDER_ID, status: 'placed' },
  })
  expect(renderPhoneMessage('offer_revoked', { offer_id: OFFER_ID, reason: 'taken' }, LINKS)).toEqual({
    type: 'offer_revoked',
    offer_id: OFFER_ID,
    reason: 'taken',
  })
})
