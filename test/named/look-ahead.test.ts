/** Orders to follow: what may go wrong when a driver has one in hand and one behind it. */
import { expect, test } from 'bun:test'
import { DEFAULT_RULESET } from '../../src/domain/dispatch-ruleset.ts'
import type { DriverId, OfferId, OrderId } from '../../src/domain/ids.ts'
import { DOWNTOWN, north, orderOf, VirtualCity } from '../support/virtual-city.ts'

const DROPOFF = north(DOWNTOWN, 2_000)
const ride = { dropoff: { ...DROPOFF, address: null }, durationS: 400 }

/** A driver with room for two that has accepted one order, and the next one that it was offered. */
async function chained(city: VirtualCity): Promise<{ driver: DriverId; first: OrderId; second: OrderId }> {
  const driver = await city.onDuty('drv_1', DOWNTOWN, 2)
  const first = (await city.place(DOWNTOWN, ride)).terms.orderId
  city.advance(100)
  orderOf(await city.accept(city.offers(driver)[0]?.offerId as OfferId))
  const second = (await city.place(DROPOFF, ride)).terms.orderId
  city.advance(5_000)
  return { driver, first, second }
}

async function ride1(city: VirtualCity, orderId: OrderId, ...statuses: readonly string[]): Promise<void> {
  for (const status of statuses) await city.order(orderId, { kind: 'order.status', status } as never)
}

const TO_END = ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const

test('a driver is offered the order that waits where it will be free, and drives one after the other', async () => {
  const city = await new VirtualCity({ hosts: 2 }).start()
  const { driver, first, second } = await chained(city)
  const [, offer] = city.offers(driver)
  const rang = city.phone(driver).find(p => p.data.offer_id === offer?.offerId)
  // What is left of the present order is part of the way to the pickup.
  expect(Number(rang?.data.pickup_eta_s)).toBeGreaterThanOrEqual(395)
  orderOf(await city.accept(offer?.offerId as OfferId))
  city.advance(1_000)

  const told = city.phone(driver).filter(p => p.type === 'assignment')
  expect(told.map(p => (p.data.order as { terms: { orderId: string } }).terms.orderId)).toEqual([first, second])
  expect(city.record.drivers()).toMatchObject([{ load: 2 }])
  await ride1(city, first, ...TO_END)
  expect((await city.read(driver)).assignments.map(a => a.orderId)).toEqual([second])
  await ride1(city, second, ...TO_END)
  city.advance(1_000)
  expect(city.record.drivers()).toMatchObject([{ load: 0 }])
  expect((await city.read(driver)).record).toMatchObject({ servedToday: 2, accepted: 2 })
})

test('a driver drops out of its present order with another behind it: that one stays, the first looks for somebody else', async () => {
  const city = await new VirtualCity({ hosts: 2 }).start()
  const { driver, first, second } = await chained(city)
  orderOf(await city.accept(city.offers(driver)[1]?.offerId as OfferId))
  const by = { role: 'driver', id: driver } as const
  await city.order(first, { kind: 'order.unassign', reason: 'flat tyre', by } as never)
  city.advance(20_000)

  expect((await city.read(driver)).assignments.map(a => a.orderId)).toEqual([second])
  expect(city.stored(first)).toMatchObject({ status: 'placed', refusedBy: [driver] })
  expect(city.stored(second).assignment?.driverId).toBe(driver)
})

test('a crash with two orders in hand: both are still there, in order, and there is no third', async () => {
  const city = await new VirtualCity({ hosts: 2 }).start()
  const { driver, first, second } = await chained(city)
  orderOf(await city.accept(city.offers(driver)[1]?.offerId as OfferId))
  await ride1(city, first, 'en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff')
  await city.crashAndRestart()
  await city.place(DROPOFF, ride)
  for (let n = 0; n < 4; n++) {
    city.fix(driver, DOWNTOWN)
    city.advance(5_000)
  }

  const { assignments } = await city.read(driver)
  expect(assignments.map(a => [a.orderId, a.task?.phase])).toEqual([
    [first, 'to_dropoff'],
    [second, 'to_pickup'],
  ])
  expect(city.offers(driver).length).toBe(2)
})

test('a crash with one order in hand: the driver is a candidate again once its order has said where it ends', async () => {
  const city = await new VirtualCity({ settings: { offerTtlMs: 60_000 } }).start()
  const { driver } = await chained(city)
  await city.order(
    city.offers(driver)[1]?.offerId.replace(/^off_/, 'ord_').replace(/-\d+$/, '') as OrderId,
    {
      kind: 'order.cancel',
      reason: 'never mind',
    } as never,
  )
  await city.crashAndRestart()
  const third = (await city.place(DROPOFF, ride)).terms.orderId
  for (let n = 0; n < 4; n++) {
    city.fix(driver, DOWNTOWN)
    city.advance(5_000)
  }
  const offer = city.offers(driver).at(-1)
  expect(orderOf(await city.accept(offer?.offerId as OfferId)).terms.orderId).toBe(third)
})

test('who has just been given a long ride refuses what a cell still proposes, and the order goes to somebody else', async () => {
  const settings = { ruleset: DEFAULT_RULESET, lookAheadMs: 60_000 }
  const city = await new VirtualCity({ hosts: 2, settings }).start()
  const near = await city.onDuty('near', DOWNTOWN, 2)
  const far = await city.onDuty('far', north(DOWNTOWN, 900))
  // Nobody has the skill, so that only a dispatcher gives it to somebody.
  const direct = await city.place(north(DOWNTOWN, 3_000), { ...ride, skills: ['piano'] })
  const assign = { kind: 'order.assign', driverId: near, driverShard: city.homeOf(near) }
  const [waiting] = await Promise.all([city.place(DOWNTOWN, ride), city.order(direct.terms.orderId, assign as never)])
  city.advance(10_000)

  expect(city.stored(direct.terms.orderId).assignment?.driverId).toBe(near)
  const offers = city.offers().filter(o => o.offerId.includes(waiting.terms.orderId.slice(4)))
  expect(offers.at(-1)?.driverId).toBe(far)
})

test('a dispatcher’s choice leaves a decision, which says who chose', async () => {
  const city = await new VirtualCity().start()
  const driver = await city.onDuty('drv_1')
  await city.driver(driver, { kind: 'driver.availability', status: 'paused' } as never)
  const { terms } = await city.place()
  const assign = { kind: 'order.assign', driverId: driver, driverShard: city.homeOf(driver) }
  await city.order(terms.orderId, assign as never)

  const decision = city.record.decisions().findLast(d => d.orderId === terms.orderId)
  expect(decision?.body).toMatchObject({
    chosen_by: { role: 'admin' },
    chosen: { driver_id: driver },
    candidates: [{ driver_id: driver, excluded_by: null }],
  })
})
