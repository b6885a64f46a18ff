import { expect, test } from 'bun:test'
import { DOWNTOWN, north, orderOf, VirtualCity } from '../../test/support/virtual-city.ts'
import type { DriverId, OfferId } from '../domain/ids.ts'
import { shardOfPosition } from '../domain/region.ts'
import { VERIFY_HOLD_EVERY_MS } from './settings.ts'

test('an order is offered to the nearest driver, accepted, driven and delivered', async () => {
  const city = await new VirtualCity().start()
  const near = await city.onDuty('near', north(DOWNTOWN, 300))
  await city.onDuty('far', north(DOWNTOWN, 2_000))

  const placed = await city.place()
  expect(placed.status).toBe('placed')
  city.advance(100)
  const [offer] = city.offers()
  expect(offer?.driverId).toBe(near)

  const accepted = orderOf(await city.accept(offer?.offerId as OfferId))
  expect(accepted).toMatchObject({ status: 'assigned', assignment: { driverId: near } })
  city.advance(50)
  expect(city.phone(near).map(p => p.type)).toEqual(['offer', 'assignment'])
  expect(await city.read(near)).toMatchObject({ assignments: [{ orderId: placed.terms.orderId }], loadVersion: 1 })

  for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const) {
    const moved = orderOf(await city.order(placed.terms.orderId, { kind: 'order.status', status } as never))
    expect(moved.status).toBe(status)
  }
  city.advance(50)
  expect(await city.read(near)).toMatchObject({ assignments: [], hold: null })
  expect(city.record.drivers().find(d => d.driverId === near)).toMatchObject({ load: 0, loadVersion: 1 })
})

test('a driver who declines is not asked again, and the next nearest is', async () => {
  const city = await new VirtualCity().start()
  const near = await city.onDuty('near', north(DOWNTOWN, 300))
  const far = await city.onDuty('far', north(DOWNTOWN, 2_000))
  const { terms } = await city.place()
  city.advance(100)
  const [first] = city.offers()
  await city.order(terms.orderId, { kind: 'order.decline', offerId: first?.offerId, reason: null } as never)
  city.advance(3_000)

  expect(city.offers().map(o => o.driverId)).toEqual([near, far])
  expect((await city.accept(first?.offerId as OfferId)).kind).toBe('offer_closed')
})

test('silence closes the offer, and an accept after that is refused', async () => {
  const city = await new VirtualCity().start()
  await city.onDuty('silent')
  const { terms } = await city.place()
  city.advance(100)
  const [offer] = city.offers()
  city.advance(city.settings.offerTtlMs)

  expect((await city.accept(offer?.offerId as OfferId)).kind).toBe('offer_closed')
  expect(city.stored(terms.orderId)).toMatchObject({ status: 'placed', refusedBy: ['silent'] })
})

test('a broadcast is won by one; its repeats get the first answer, the others are told that it is closed', async () => {
  const city = await new VirtualCity({ settings: { offersAtOnce: 50 } }).start()
  for (let i = 0; i < 40; i++) await city.onDuty(`drv_${i}`, north(DOWNTOWN, 10 * i))
  const { terms } = await city.place()
  city.advance(100)
  const offers = city.offers()
  expect(offers.length).toBeGreaterThan(20)

  const replies = await Promise.all(offers.map(o => city.accept(o.offerId)))
  const winners = replies.filter(r => r.kind === 'order')
  expect(winners.length).toBe(1)
  const winner = orderOf(winners[0] as never).assignment
  expect((await city.accept(winner?.offerId as OfferId)).kind).toBe('order')
  expect(city.record.assignments().filter(a => a.orderId === terms.orderId).length).toBe(1)
  city.advance(1_000)
  for (const o of offers) {
    expect((await city.read(o.driverId)).hold).toBeNull()
  }
})

test('an offer that was open at a crash can still be accepted afterwards', async () => {
  const city = await new VirtualCity({ hosts: 2 }).start()
  const driver = await city.onDuty('drv_1')
  await city.place()
  city.advance(100)
  const [offer] = city.offers(driver)
  await city.crashAndRestart()
  const reply = orderOf(await city.accept(offer?.offerId as OfferId))

  expect(reply.assignment?.driverId).toBe(driver)
})

test('a commit whose answer was lost assigns once, whether it landed or not', async () => {
  for (const fate of ['land_then_lose_answer', 'lose_before'] as const) {
    let faults = 0
    const city = await new VirtualCity({
      journal: {
        before: request => (request.turns.some(t => t.claim) && faults++ === 0 ? fate : 'ok'),
      },
    }).start()
    const driver = await city.onDuty('drv_1')
    const { terms } = await city.place()
    city.advance(100)
    const [offer] = city.offers(driver)
    const reply = orderOf(await city.accept(offer?.offerId as OfferId))

    expect(faults).toBeGreaterThan(0)
    expect(reply).toMatchObject({ status: 'assigned', assignment: { driverId: driver } })
    expect(city.record.assignments().filter(a => a.orderId === terms.orderId).length).toBe(1)
    city.advance(30_000)
    expect(await city.read(driver)).toMatchObject({ assignments: [{ orderId: terms.orderId }], hold: null })
  }
})

test('a driver who drops out sends the order back, with its price, to somebody else', async () => {
  const city = await new VirtualCity({ settings: { acceptAutomatically: true } }).start()
  const first = await city.onDuty('first', north(DOWNTOWN, 100))
  const { terms } = await city.place()
  city.advance(100)
  expect(city.stored(terms.orderId).assignment?.driverId).toBe(first)
  const second = await city.onDuty('second', north(DOWNTOWN, 500))
  await city.order(terms.orderId, { kind: 'order.unassign', reason: 'flat tyre' } as never)
  city.advance(5_000)

  const order = city.stored(terms.orderId)
  expect(order.assignment?.driverId).toBe(second)
  expect(order.terms.price).toEqual(terms.price)
})

test('a driver who comes online late gets the order that waits', async () => {
  const city = await new VirtualCity().start()
  await city.place()
  city.advance(60_000)
  const late = await city.onDuty('late')
  city.advance(3_000)

  expect(city.offers().map(o => o.driverId)).toEqual([late])
})

test('an order nobody takes expires, and one that is cancelled rings on no phone any more', async () => {
  const city = await new VirtualCity().start()
  const lonely = await city.place()
  city.advance(city.settings.orderTtlMs + 1_000)
  expect(city.stored(lonely.terms.orderId).status).toBe('expired')

  const driver = await city.onDuty('drv_1')
  const { terms } = await city.place()
  city.advance(100)
  const [offer] = city.offers()
  await city.order(terms.orderId, { kind: 'order.cancel', reason: 'changed my mind' } as never)
  city.advance(100)
  expect(city.phone(driver).map(p => p.type)).toEqual(['offer', 'offer_revoked'])
  expect((await city.accept(offer?.offerId as OfferId)).kind).toBe('offer_closed')
})

test('a driver that crosses into another region moves there and keeps its orders', async () => {
  const city = await new VirtualCity({ hosts: 2, settings: { acceptAutomatically: true } }).start()
  const driver = await city.onDuty('mover', DOWNTOWN, 2)
  const { terms } = await city.place()
  city.advance(100)
  const homes = new Set<number>()
  for (let m = 0; m <= 20_000; m += 400) {
    city.fix(driver, north(DOWNTOWN, m))
    city.advance(10_000)
    homes.add((await city.read(driver)).homeShard)
  }
  expect(homes.size).toBeGreaterThan(2)
  expect(await city.read(driver)).toMatchObject({ assignments: [{ orderId: terms.orderId }] })
  expect(city.settled.every(f => f.result === 'committed')).toBe(true)
  const delivered = ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered']
  for (const status of delivered) await city.order(terms.orderId, { kind: 'order.status', status } as never)
  city.advance(100)
  expect(await city.read(driver)).toMatchObject({ assignments: [] })
})

test('a driver who goes off duty in mid-offer is rung no more, cannot accept it later, and another one is asked', async () => {
  const city = await new VirtualCity().start()
  const near = await city.onDuty('near', north(DOWNTOWN, 300))
  const far = await city.onDuty('far', north(DOWNTOWN, 2_000))
  const { terms } = await city.place()
  city.advance(100)
  const [first] = city.offers()
  await city.driver(near, { kind: 'driver.availability', status: 'offline' } as never)
  city.advance(100)
  expect(city.phone(near).map(p => p.type)).toEqual(['offer', 'offer_revoked'])
  expect((await city.accept(first?.offerId as OfferId)).kind).toBe('offer_closed')
  city.advance(3_000)
  expect(city.offers(far).length).toBe(1)
  expect(city.stored(terms.orderId).refusedBy).toEqual([])
})

test('a dispatcher gives an order to another driver; the first one is free again, and is told', async () => {
  const city = await new VirtualCity({ settings: { acceptAutomatically: true } }).start()
  const first = await city.onDuty('first', north(DOWNTOWN, 100))
  const second = await city.onDuty('second', north(DOWNTOWN, 5_000))
  const { terms } = await city.place()
  city.advance(100)
  const assign = { kind: 'order.assign', driverId: second, driverShard: city.homeOf(second) }
  const reply = orderOf(await city.order(terms.orderId, assign as never))
  city.advance(100)

  expect(reply.assignment?.driverId).toBe(second)
  expect(city.phone(first).map(p => p.type)).toEqual(['assignment', 'order_cancelled'])
  expect(await city.read(first)).toMatchObject({ assignments: [] })
  expect(city.record.drivers().map(d => d.load)).toEqual([0, 1])
  const again = { kind: 'order.assign', driverId: 'nobody', driverShard: city.homeOf(second) }
  expect(await city.order(terms.orderId, again as never)).toMatchObject({ kind: 'driver_unavailable' })
  expect(city.stored(terms.orderId).assignment?.driverId).toBe(second)
})

test('a driver whose host has crashed cannot win with the promise of before, and is asked again', async () => {
  const city = await new VirtualCity({ hosts: 2 }).start()
  const driver = await city.onDuty('drv_1')
  const { terms } = await city.place(onTheOtherHost(city, driver))
  city.advance(100)
  const [offer] = city.offers(driver)
  const index = city.homeOf(driver) % 2
  const lost = city.crashHost(index)
  await city.startHost(index, lost)
  city.fix(driver, DOWNTOWN)
  city.advance(100)

  expect((await city.accept(offer?.offerId as OfferId)).kind).toBe('offer_closed')
  city.advance(3_000)
  const second = city.offers(driver).at(-1)
  expect(orderOf(await city.accept(second?.offerId as OfferId))).toMatchObject({ status: 'assigned' })
  expect(city.record.assignments().filter(a => a.orderId === terms.orderId).length).toBe(1)
})

test('a driver that was never told that its order is over asks, and is free again', async () => {
  const { city, driver, terms, line } = await onAnOrder()
  line.isDeaf = true
  await city.order(terms.orderId, { kind: 'order.cancel', reason: 'no need' } as never)
  city.advance(100)
  expect(await city.read(driver)).toMatchObject({ assignments: [{ orderId: terms.orderId }] })
  line.isDeaf = false
  city.advance(60_000)
  expect(await city.read(driver)).toMatchObject({ assignments: [] })
})

test.each([
  ['delivered', { kind: 'order.status', status: 'delivered' }],
  ['cancelled', { kind: 'order.cancel', reason: 'no need' }],
])(
  'a driver whose order was %s as the node of the order died is free as soon as somebody else has that',
  async (_, command) => {
    const { city, driver, terms, line } = await onAnOrder()
    for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff']) {
      await city.order(terms.orderId, { kind: 'order.status', status } as never)
    }
    line.isDeaf = true
    await city.order(terms.orderId, command as never)
    const startAgain = crashOrderHost(city, driver, line)
    expect(await city.read(driver)).toMatchObject({ assignments: [{ orderId: terms.orderId }] })
    await startAgain()
    city.advance(100)
    expect(await city.read(driver)).toMatchObject({ assignments: [] })
  },
)

test.each([
  ['accepts', 'order.accept', { hold: null, assignments: [{ size: 1 }] }],
  ['declines', 'order.decline', { hold: null, assignments: [] }],
  ['is asked about, and that is cancelled,', 'order.cancel', { hold: null, assignments: [] }],
])(
  'a driver that %s as the node of the order dies knows of it soon after somebody else has that',
  async (_, kind, knows) => {
    const line = { isDeaf: false }
    const city = await new VirtualCity({
      hosts: 2,
      settings: { offerTtlMs: 60_000 },
      fate: what => (line.isDeaf && 'message' in what && what.to.kind === 'driver' ? [] : [1]),
    }).start()
    const driver = await city.onDuty('drv_1')
    const { terms } = await city.place(onTheOtherHost(city, driver))
    city.advance(1_000)
    const [offer] = city.offers(driver)
    line.isDeaf = true
    await city.order(terms.orderId, { kind, offerId: offer?.offerId, reason: 'no need' } as never)
    const startAgain = crashOrderHost(city, driver, line)
    await startAgain()
    city.advance(VERIFY_HOLD_EVERY_MS)
    expect(await city.read(driver)).toMatchObject(knows)
  },
)

test('a driver whose order was taken from it as the node of the order died is free as soon as somebody else has that', async () => {
  const { city, driver, terms, line } = await onAnOrder()
  line.isDeaf = true
  await city.order(terms.orderId, { kind: 'order.unassign', reason: 'flat tyre' } as never)
  const startAgain = crashOrderHost(city, driver, line)
  expect(await city.read(driver)).toMatchObject({ assignments: [{ orderId: terms.orderId }] })
  await startAgain()
  city.advance(100)
  expect(await city.read(driver)).toMatchObject({ assignments: [] })
  expect(city.phone(driver).at(-1)).toMatchObject({ type: 'order_cancelled' })
})

/** The host of the order, which is not the driver's, and with it the words that it has not told. @returns begins it again. */
function crashOrderHost(city: VirtualCity, driver: DriverId, line: { isDeaf: boolean }): () => Promise<unknown> {
  const index = 1 - (city.homeOf(driver) % 2)
  const shards = city.crashHost(index)
  line.isDeaf = false
  return () => city.startHost(index, shards)
}

/** A driver with an order that lives elsewhere, and the line on which it hears that this is over. */
async function onAnOrder() {
  const line = { isDeaf: false }
  const city = await new VirtualCity({
    hosts: 2,
    settings: { acceptAutomatically: true },
    fate: what => (line.isDeaf && 'message' in what && what.message.kind === 'driver.ended' ? [] : [1]),
  }).start()
  const driver = await city.onDuty('drv_1')
  const { terms } = await city.place(onTheOtherHost(city, driver))
  city.advance(100)
  return { city, driver, terms, line }
}

/** A pickup whose order lives on the other one of two hosts than the driver. */
function onTheOtherHost(city: VirtualCity, driver: DriverId) {
  const home = city.homeOf(driver)
  for (let m = 0; ; m += 100) {
    const at = north(DOWNTOWN, m)
    if ((shardOfPosition(at, city.settings.shards) - home) % 2 !== 0) return at
  }
}
