/** What the tracking page makes of what it hears: on two ways at once, twice, late, or never. */

import { expect, test } from 'bun:test'
import { ORDER_STATUSES } from '../../src/domain/order-lifecycle.ts'
import { serverAhead } from '../../src/web/shared/server-ahead.ts'
import { pageOfLink } from '../../src/web/shared/tracking-link.ts'
import { ageOf } from '../../src/web/tracking/ages.ts'
import { retryDelayMs } from '../../src/web/tracking/backoff.ts'
import { etaOf } from '../../src/web/tracking/eta.ts'
import { textsFor } from '../../src/web/tracking/languages.ts'
import { linkIn, quietPath } from '../../src/web/tracking/link.ts'
import { isLookingAgain, stepsOf } from '../../src/web/tracking/steps.ts'
import { iconOf, titleOf } from '../../src/web/tracking/tab.ts'
import {
  type Tracked,
  type TrackedOrder,
  type TrackingView,
  takeFix,
  takeOrder,
  takeView,
} from '../../src/web/tracking/tracked.ts'

const AT_MS = Date.parse('2026-03-01T12:00:00Z')
const NOW = { nowMs: AT_MS, serverAheadMs: 0 }
const PLACE = { latitude: 37.77, longitude: -122.42 }
const at = (s: number) => new Date(AT_MS + s * 1_000).toISOString()

function order(change: Partial<TrackedOrder> = {}): TrackedOrder {
  return {
    order_id: 'ord_1',
    status: 'assigned',
    pickup: PLACE,
    dropoff: PLACE,
    scheduled_at: null,
    driver: { driver_id: 'drv_1', vehicle_type: null },
    eta: { pickup_at: at(60), dropoff_at: at(660) },
    pin: null,
    proof: null,
    updated_at: at(0),
    version: 5,
    ...change,
  }
}

function view(change: Partial<TrackingView> = {}): TrackingView {
  const location = { ...PLACE, heading: null, recorded_at: at(-5), age_ms: 5_000 }
  return { ...order(), location, timeline: [{ status: 'placed', at: at(-60) }], ...change }
}

const fix = (s: number, driver_id = 'drv_1') => ({ ...PLACE, driver_id, heading: null, recorded_at: at(s) })

test('an older version of the order changes nothing, however late it comes', () => {
  const known = takeOrder(takeView(null, view(), NOW), order({ status: 'at_pickup', version: 7 }))
  expect(takeOrder(known, order({ version: 6, status: 'en_route_to_pickup' }))).toBe(known)
  expect(takeView(known, view({ version: 5 }), NOW).order.status).toBe('at_pickup')
  expect(takeOrder(known, order({ version: 7, status: 'assigned' }))).toBe(known)
})

test('a read that was overtaken still brings a position, but not one of a driver that has the order no more', () => {
  const overtaken = takeOrder(takeView(null, view({ location: null }), NOW), order({ version: 6 }))
  expect(takeView(overtaken, view(), NOW).fix).toMatchObject({ driverId: 'drv_1', seenAtMs: AT_MS - 5_000 })
  const given = takeOrder(overtaken, order({ version: 7, driver: { driver_id: 'drv_2', vehicle_type: null } }))
  expect(takeView(given, view(), NOW).fix).toBeNull()
  expect(takeFix(given, fix(1), NOW)?.fix).toBeNull()
  expect(takeFix(given, fix(1, 'drv_2'), NOW)?.fix).toMatchObject({ driverId: 'drv_2' })
})

test('the later position stands, also where a read brings the older one', () => {
  const known = takeFix(takeView(null, view(), NOW), fix(2), NOW)
  expect(known?.fix?.recordedAtMs).toBe(AT_MS + 2_000)
  expect(takeView(known, view(), NOW).fix?.recordedAtMs).toBe(AT_MS + 2_000)
  expect(takeFix(known, fix(1), NOW)?.fix?.recordedAtMs).toBe(AT_MS + 2_000)
})

test('where its driver was is forgotten when the order is over, and when the driver drops out', () => {
  const known = takeView(null, view(), NOW)
  expect(takeOrder(known, order({ status: 'delivered', version: 9 })).fix).toBeNull()
  expect(takeOrder(known, order({ status: 'placed', driver: null, version: 9 })).fix).toBeNull()
  const over = takeOrder(known, order({ status: 'delivered', version: 9 }))
  expect(takeView(over, view({ version: 8 }), NOW).fix).toBeNull()
})

test('each new status is a moment of the timeline, once', () => {
  const known = takeOrder(takeView(null, view(), NOW), order({ status: 'at_pickup', version: 6, updated_at: at(9) }))
  const again = takeOrder(known, order({ status: 'at_pickup', version: 7 }))
  expect(again.timeline).toEqual([
    { status: 'placed', at: at(-60) },
    { status: 'at_pickup', at: at(9) },
  ])
})

test('a phone with a slow clock is not old, one that sends its backlog is', () => {
  const known = takeView(null, view({ location: null }), NOW)
  expect(takeFix(known, fix(-100), NOW)?.fix?.seenAtMs).toBe(AT_MS)
  expect(takeFix(known, fix(-600), NOW)?.fix?.seenAtMs).toBe(AT_MS - 600_000)
  // This device's own clock is ten minutes behind.
  expect(takeFix(known, fix(0), { nowMs: AT_MS - 600_000, serverAheadMs: 600_000 })?.fix?.seenAtMs).toBe(
    AT_MS - 600_000,
  )
})

test('the server’s clock is known by its fastest answer, until the device’s own is set', () => {
  const first = serverAhead(null, AT_MS, AT_MS + 2_000)
  const faster = serverAhead(first, AT_MS + 9_000, AT_MS + 9_100)
  expect([first, faster, serverAhead(faster, AT_MS + 20_000, AT_MS + 21_000)]).toEqual([-2_000, -100, -100])
  expect(serverAhead(faster, AT_MS, AT_MS + 3_600_000)).toBe(-3_600_000)
})

test('an age is said from half a minute on, coarser the older', () => {
  const age = (s: number) => ageOf({ seenAtMs: AT_MS - s * 1_000 }, AT_MS)
  expect(age(29)).toEqual({ kind: 'fresh' })
  expect(age(47)).toEqual({ kind: 'old', count: 40, unit: 'second' })
  expect(age(200)).toEqual({ kind: 'old', count: 3, unit: 'minute' })
  expect(age(8_000)).toEqual({ kind: 'old', count: 2, unit: 'hour' })
  const texts = textsFor(['en'])
  expect(texts.positionOld({ kind: 'old', count: 40, unit: 'second' })).toBe('Position from 40 s ago')
})

test('an arrival is as certain as the node is: unknown, in minutes, now, late', () => {
  const eta = (s: number | null, status: TrackedOrder['status'] = 'en_route_to_dropoff') =>
    etaOf({ status, eta: { pickup_at: null, dropoff_at: s === null ? null : at(s) } }, AT_MS).kind
  expect([eta(null), eta(600, 'placed'), eta(600), eta(59), eta(-100), eta(-181)]).toEqual([
    'unknown',
    'unknown',
    'in',
    'now',
    'now',
    'late',
  ])
})

test('the steps say what was reached when, and what is to come', () => {
  const timeline = [
    { status: 'placed', at: at(-300) },
    { status: 'assigned', at: at(-200) },
    { status: 'en_route_to_pickup', at: at(-100) },
  ] as const
  const known: Tracked = { order: order({ status: 'en_route_to_pickup' }), fix: null, timeline }
  expect(stepsOf(known).map(step => [step.name, step.state, step.at])).toEqual([
    ['placed', 'done', at(-300)],
    ['assigned', 'now', at(-200)],
    ['at_pickup', 'ahead', at(60)],
    ['en_route_to_dropoff', 'ahead', null],
    ['delivered', 'ahead', at(660)],
  ])
})

test('a driver who drops out takes its steps with it', () => {
  const timeline = [
    { status: 'placed', at: at(-300) },
    { status: 'assigned', at: at(-200) },
    { status: 'placed', at: at(-100) },
  ] as const
  const looking: Tracked = { order: order({ status: 'placed', driver: null }), fix: null, timeline }
  expect(isLookingAgain(looking)).toBe(true)
  expect(stepsOf(looking).map(({ state }) => state)).toEqual(['now', 'ahead', 'ahead', 'ahead', 'ahead'])
  const found = { ...looking, order: order(), timeline: [...timeline, { status: 'assigned', at: at(-10) } as const] }
  expect(stepsOf(found)[1]?.at).toBe(at(-10))
  expect(isLookingAgain(found)).toBe(false)
})

test('an order that was cancelled shows how far it had come, and nothing to come', () => {
  const timeline = [
    { status: 'placed', at: at(-300) },
    { status: 'assigned', at: at(-200) },
    { status: 'cancelled', at: at(-100) },
  ] as const
  const known: Tracked = { order: order({ status: 'cancelled' }), fix: null, timeline }
  expect(stepsOf(known)).toEqual([
    { name: 'placed', state: 'done', at: at(-300) },
    { name: 'assigned', state: 'done', at: at(-200) },
    { name: 'cancelled', state: 'now', at: at(-100) },
  ])
})

test('the tab says the minutes and the status, and its icon fills', () => {
  const texts = textsFor(['xx', 'en-GB'])
  expect(titleOf(texts, 'en_route_to_dropoff', { kind: 'in', minutes: 7, at: at(420) })).toBe('7 min · On the way')
  expect(titleOf(texts, 'delivered', { kind: 'unknown' })).toBe('Delivered · Your order')
  const known: Tracked = { order: order(), fix: null, timeline: [] }
  const icons = (['assigned', 'delivered', 'cancelled'] as const).map(status => iconOf(status, stepsOf(known)))
  expect(new Set(icons).size).toBe(3)
  for (const icon of icons) expect(icon).toStartWith('data:image/svg+xml,')
})

test('every status has its words: no two alike, none without an end to it', () => {
  const texts = textsFor(['en'])
  const facts = { scheduledFor: 'Tuesday 18:00', endedAt: '14:32', proof: { pin: false, photo: true, signature: true } }
  const said = ORDER_STATUSES.map(status => texts.headline(status, false))
  expect(new Set(said).size).toBe(ORDER_STATUSES.length)
  expect(texts.headline('placed', true)).toBe('Finding you another courier')
  expect(texts.detail('scheduled', facts)).toBe('It is planned for Tuesday 18:00.')
  expect(texts.detail('delivered', facts)).toBe(
    'Your order was handed over at 14:32, against a signature and with a photo.',
  )
  expect(texts.detail('delivered', { ...facts, endedAt: null, proof: null })).toBe('Your order was handed over.')
  for (const status of ['cancelled', 'expired'] as const) expect(texts.detail(status, facts)).toContain('14:32')
})

test('the link is found in the query and behind the #, and is put behind it', () => {
  const token = `trk_${'0a'.repeat(11)}_t1abc2_${'A'.repeat(22)}`
  const link = { token, orderId: `ord_${'0a'.repeat(11)}` }
  expect(linkIn(new URL(`https://x.test/v1/orders/y/driver-location?token=${token}`))).toEqual(link)
  expect(linkIn(new URL(`https://x.test/track#${token}`))).toEqual(link)
  expect(quietPath(link)).toBe(`/track#${token}`)
  // As the console copies it.
  const copied = pageOfLink(`https://x.test/v1/orders/y/driver-location?token=${token}`)
  expect(copied).toBe(`https://x.test/track#${token}`)
  for (const wrong of ['/track', '/track#trk_', '/track?token=sk_live_x', `/track#${token}x`]) {
    expect(linkIn(new URL(`https://x.test${wrong}`))).toBeNull()
  }
})

test('tries come later and later, spread out, and never later than half a minute', () => {
  const first = [retryDelayMs(0, 0), retryDelayMs(0, 1)]
  expect(first).toEqual([250, 1_000])
  expect(retryDelayMs(3, 1)).toBe(8_000)
  expect(retryDelayMs(1_000, 1)).toBe(30_000)
})
