import { describe, expect, test } from 'bun:test'
import { DOWNTOWN, north, orderOf, VirtualCity } from '../../../test/support/virtual-city.ts'
import type { DriverId } from '../../domain/ids.ts'
import { shardOfPosition } from '../../domain/region.ts'
import { isDurable } from './order.evolve.ts'
import type { OrderReply } from './order.messages.ts'
import type { OrderState } from './order.state.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** A city where an hour goes by while drivers report themselves. */
class Day {
  readonly city: VirtualCity
  readonly #places = new Map<DriverId, typeof DOWNTOWN>()

  constructor(city: VirtualCity) {
    this.city = city
  }

  static async begin(options: ConstructorParameters<typeof VirtualCity>[0] = {}): Promise<Day> {
    return new Day(await new VirtualCity(options).start())
  }

  async driver(id: string, at = north(DOWNTOWN, 300), capacity = 1): Promise<DriverId> {
    const driverId = await this.city.onDuty(id, at, capacity)
    this.#places.set(driverId, at)
    return driverId
  }

  goesHome(driverId: DriverId): void {
    this.#places.delete(driverId)
  }

  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 30_000) {
      for (const [driverId, at] of this.#places) this.city.fix(driverId, at)
      this.city.advance(Math.min(left, 30_000))
    }
  }

  book(aheadMs: number): Promise<OrderState> {
    return this.city.place(DOWNTOWN, { scheduledAtMs: this.city.clock.nowMs() + aheadMs, durationS: 600 })
  }

  assign({ terms }: OrderState, driverId: DriverId): Promise<OrderReply> {
    const driverShard = this.city.homeOf(driverId)
    return this.city.order(terms.orderId, { kind: 'order.assign', driverId, driverShard } as never)
  }

  stored({ terms }: OrderState): OrderState {
    return this.city.stored(terms.orderId)
  }
}

describe('an order for later that is given to a driver', () => {
  test('is promised to it, takes none of its room, and is its own when it is due, unasked', async () => {
    const day = await Day.begin()
    const [ann] = [await day.driver('ann'), await day.driver('bob', north(DOWNTOWN, 100))]
    const order = await day.book(HOUR_MS)
    const promised = orderOf(await day.assign(order, ann))
    expect(promised).toMatchObject({ status: 'scheduled', reservation: { driverId: ann }, assignment: null })
    expect(await day.city.read(ann)).toMatchObject({
      assignments: [],
      reservations: [{ orderId: order.terms.orderId }],
    })
    expect(day.city.record.peekOrder(order.terms.orderId)?.driverId).toBe(ann)
    expect(orderOf(await day.assign(order, ann)).version).toBe(promised.version)

    day.pass(HOUR_MS - day.city.settings.scheduleLeadMs + 5_000)
    expect(day.stored(order)).toMatchObject({ status: 'assigned', assignment: { driverId: ann } })
    expect(day.stored(order)).not.toHaveProperty('reservation')
    expect(await day.city.read(ann)).not.toHaveProperty('reservations')
    expect(day.city.offers()).toEqual([])
  })

  test('keeps its driver from work that would make it late, and from no other', async () => {
    const day = await Day.begin({ settings: { scheduleLeadMs: 2 * MINUTE_MS } })
    const ann = await day.driver('ann')
    await day.assign(await day.book(25 * MINUTE_MS), ann)
    day.pass(MINUTE_MS)
    const inTime = await day.city.place(DOWNTOWN, { durationS: 600, dropoff: { ...DOWNTOWN, address: null } })
    day.city.advance(200)
    expect(day.city.offers()).toHaveLength(1)
    await day.city.order(inTime.terms.orderId, { kind: 'order.cancel', reason: 'x' } as never)
    day.pass(MINUTE_MS)

    const tooLong = await day.city.place(DOWNTOWN, { durationS: 2_400, dropoff: { ...DOWNTOWN, address: null } })
    day.pass(MINUTE_MS)
    expect(day.city.offers()).toHaveLength(1)
    const bodies = day.city.record.decisions().filter(({ orderId }) => orderId === tooLong.terms.orderId)
    expect(JSON.stringify(bodies)).toContain('"excluded_by":"reservation"')
    // A cell that does not know of it asks in vain: the driver has the last word.
    const drivers = [{ driverId: ann, driverShard: day.city.homeOf(ann), pickupEtaS: 60 }]
    const message = { kind: 'order.proposal', drivers, decision: {} } as never
    day.city.order(tooLong.terms.orderId, message).catch(() => undefined)
    day.city.advance(500)
    expect(day.city.offers()).toHaveLength(1)
  })

  test('of two that overlap a driver is promised to one', async () => {
    const day = await Day.begin()
    const ann = await day.driver('ann')
    await day.assign(await day.book(HOUR_MS), ann)
    const overlapping = await day.assign(await day.book(HOUR_MS + 5 * MINUTE_MS), ann)
    expect(overlapping).toEqual({ kind: 'driver_unavailable', reason: 'reservation' })
    expect((await day.assign(await day.book(3 * HOUR_MS), ann)).kind).toBe('order')
    expect((await day.city.read(ann)).reservations).toHaveLength(2)
  })

  test('waits for its driver while that one is still under way, then looks for anybody', async () => {
    const day = await Day.begin()
    const ann = await day.driver('ann')
    const order = await day.book(HOUR_MS)
    await day.assign(order, ann)
    day.goesHome(ann)
    await day.city.driver(ann, { kind: 'driver.availability', status: 'offline' } as never)
    await day.driver('bob', north(DOWNTOWN, 100))
    day.pass(HOUR_MS - day.city.settings.scheduleLeadMs + 5_000)
    expect(day.stored(order)).toMatchObject({ status: 'placed', reservation: { driverId: ann } })
    expect(day.city.offers()).toEqual([])
    day.pass(day.city.settings.scheduleLeadMs / 2 + 30_000)
    expect(day.stored(order)).not.toHaveProperty('reservation')
    expect(day.city.offers().at(-1)?.driverId).toBe('bob' as DriverId)
    expect(await day.city.read(ann)).not.toHaveProperty('reservations')
  })

  test('is let go by a dispatcher, a cancellation, or in favour of another driver; the driver is told', async () => {
    const day = await Day.begin()
    const [ann, bob] = [await day.driver('ann'), await day.driver('bob')]
    const endings = [
      { kind: 'order.unassign', reason: 'ill' },
      { kind: 'order.cancel', reason: 'no need' },
      { kind: 'order.assign', driverId: bob, driverShard: day.city.homeOf(bob) },
    ]
    for (const [n, ending] of endings.entries()) {
      const order = await day.book((n + 1) * 3 * HOUR_MS)
      await day.assign(order, ann)
      await day.city.order(order.terms.orderId, ending as never)
      day.city.advance(100)
      expect(day.stored(order).reservation?.driverId).toBe(ending.kind === 'order.assign' ? bob : undefined)
      expect((await day.city.read(ann)).reservations ?? []).toEqual([])
    }
    expect((await day.city.read(bob)).reservations).toHaveLength(1)
  })

  test('that is put off tells its driver the new time', async () => {
    const day = await Day.begin()
    const ann = await day.driver('ann')
    const order = await day.book(HOUR_MS)
    await day.assign(order, ann)
    const scheduledAtMs = day.city.clock.nowMs() + 5 * HOUR_MS
    await day.city.order(order.terms.orderId, {
      kind: 'order.amend',
      ifVersion: null,
      changes: { scheduledAtMs },
    } as never)
    day.city.advance(100)
    expect((await day.city.read(ann)).reservations).toMatchObject([{ atMs: scheduledAtMs }])
  })
})

test('a crash forgets no promise: it is in the record, and the order asks for it when it is due', async () => {
  const day = await Day.begin()
  const ann = await day.driver('ann')
  const order = await day.book(HOUR_MS)
  await day.assign(order, ann)
  await day.city.crashAndRestart()
  day.pass(MINUTE_MS)
  expect((await day.city.read(ann)).reservations).toMatchObject([{ orderId: order.terms.orderId }])
  day.pass(HOUR_MS - day.city.settings.scheduleLeadMs - MINUTE_MS - 20_000)
  await day.city.crashAndRestart()
  day.pass(2 * MINUTE_MS)
  expect(day.stored(order)).toMatchObject({ status: 'assigned', assignment: { driverId: ann } })
})

test('a driver that is loaded anew between due and assigned knows at once what it is promised to', async () => {
  const day = await Day.begin({ hosts: 2 })
  const hostAt = (m: number) => shardOfPosition(north(DOWNTOWN, m), day.city.settings.shards) % 2
  const awayM = [2_000, 4_000, 6_000, 8_000, 10_000].find(m => hostAt(m) !== hostAt(0)) ?? 0
  const ann = await day.driver('ann', north(DOWNTOWN, awayM))
  const order = await day.book(HOUR_MS)
  await day.assign(order, ann)
  await day.city.driver(ann, { kind: 'driver.availability', status: 'offline' } as never)
  // Asked just now, and again in twenty seconds.
  day.pass(HOUR_MS - day.city.settings.scheduleLeadMs + 2_000)
  expect(day.stored(order)).toMatchObject({ status: 'placed', reservation: { driverId: ann } })
  await day.city.startHost(hostAt(awayM), day.city.crashHost(hostAt(awayM)))
  expect((await day.city.read(ann)).reservations).toMatchObject([{ orderId: order.terms.orderId }])
})

test('a promise whose end was not heard of is found out by asking', async () => {
  let toLose = 1
  const isLost = (kind: string) => kind === 'driver.reservation_over' && toLose-- > 0
  // Of another host: what is said within one is not lost.
  const day = await Day.begin({ hosts: 2, fate: what => ('message' in what && isLost(what.message.kind) ? [] : [0]) })
  const hostAt = (m: number) => shardOfPosition(north(DOWNTOWN, m), day.city.settings.shards) % 2
  const awayM = [2_000, 4_000, 6_000, 8_000, 10_000].find(m => hostAt(m) !== hostAt(0)) ?? 0
  const ann = await day.driver('ann', north(DOWNTOWN, awayM))
  const order = await day.book(HOUR_MS)
  await day.assign(order, ann)
  await day.city.order(order.terms.orderId, { kind: 'order.cancel', reason: 'no need' } as never)
  day.city.advance(100)
  expect((await day.city.read(ann)).reservations).toHaveLength(1)
  day.pass(3 * MINUTE_MS)
  expect(await day.city.read(ann)).not.toHaveProperty('reservations')
})

test('a reservation is durable, and the row is what the journal gives', () => {
  for (const type of ['reserved', 'unreserved'] as const) expect(isDurable({ type } as never)).toBe(true)
})
