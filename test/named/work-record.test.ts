/**
 * What a driver has worked (the costs of dispatch ask for it) is stored soon after it has changed. A crash sets it back by
 * that much and no more.
 */
import { expect, test } from 'bun:test'
import { COMPANY_MS } from '../../src/actors/runtime/gate.ts'
import { WORK_KEPT_WITHIN_MS } from '../../src/actors/settings.ts'
import type { DriverId, OfferId, OrderId } from '../../src/domain/ids.ts'
import { type CityOptions, DOWNTOWN, VirtualCity } from '../support/virtual-city.ts'

const NOTHING_DONE = { servedToday: 0, accepted: 0, refused: 0 }

async function cityOf(options: CityOptions = {}): Promise<{ city: VirtualCity; driver: DriverId }> {
  const city = await new VirtualCity({ hosts: 2, ...options }).start()
  return { city, driver: await city.onDuty('drv_1') }
}

async function offered(city: VirtualCity, driver: DriverId): Promise<{ orderId: OrderId; offerId: OfferId }> {
  city.fix(driver, DOWNTOWN)
  const { terms } = await city.place()
  city.advance(1_500)
  return { orderId: terms.orderId, offerId: city.offers(driver).at(-1)?.offerId as OfferId }
}

async function deliver(city: VirtualCity, driver: DriverId): Promise<void> {
  const { orderId, offerId } = await offered(city, driver)
  await city.accept(offerId)
  for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const) {
    await city.order(orderId, { kind: 'order.status', status } as never)
  }
  city.advance(10)
}

async function decline(city: VirtualCity, driver: DriverId): Promise<void> {
  const { orderId, offerId } = await offered(city, driver)
  await city.order(orderId, { kind: 'order.decline', offerId, reason: null } as never)
  await city.order(orderId, { kind: 'order.cancel', reason: 'no need' } as never)
  city.advance(10)
}

const recordOf = async (city: VirtualCity, driver: DriverId) => (await city.read(driver)).record
const keptTimes = (city: VirtualCity) => city.record.journal().filter(event => event.type === 'work_kept').length

test('what was worked a moment ago survives a crash', async () => {
  const { city, driver } = await cityOf()
  await deliver(city, driver)
  await decline(city, driver)
  city.advance(WORK_KEPT_WITHIN_MS + COMPANY_MS + 10)
  const before = await recordOf(city, driver)
  expect(before).toMatchObject({ servedToday: 1, accepted: 1, refused: 1, idleSinceMs: expect.any(Number) })
  await city.crashAndRestart()
  expect(await recordOf(city, driver)).toEqual(before)
})

test('a crash before that sets it back to what was stored, and by no more', async () => {
  const { city, driver } = await cityOf()
  await deliver(city, driver)
  city.advance(WORK_KEPT_WITHIN_MS + COMPANY_MS + 10)
  await decline(city, driver)
  expect(await recordOf(city, driver)).toMatchObject({ servedToday: 1, accepted: 1, refused: 1 })
  await city.crashAndRestart()
  expect(await recordOf(city, driver)).toMatchObject({ servedToday: 1, accepted: 1, refused: 0 })
})

test('many changes are stored together, and none of them puts that off', async () => {
  const { city, driver } = await cityOf()
  expect(await recordOf(city, driver)).toMatchObject(NOTHING_DONE)
  const startMs = city.clock.nowMs()
  await decline(city, driver)
  await decline(city, driver)
  await decline(city, driver)
  expect(city.clock.nowMs() - startMs).toBeLessThan(WORK_KEPT_WITHIN_MS + 1_500)
  expect(keptTimes(city)).toBe(0)
  city.advance(startMs + 1_500 + WORK_KEPT_WITHIN_MS + COMPANY_MS + 10 - city.clock.nowMs())
  expect(keptTimes(city)).toBe(1)
  city.advance(60_000)
  expect(keptTimes(city)).toBe(1)
  await city.crashAndRestart()
  expect(await recordOf(city, driver)).toMatchObject({ refused: 3 })
})

test('while the record is away it waits, and is stored when that is back', async () => {
  let isAway = false
  const before = ({ method }: { method: string }) => (isAway && method === 'commit' ? 'unavailable' : 'ok')
  const { city, driver } = await cityOf({ journal: { before } })
  await deliver(city, driver)
  isAway = true
  city.advance(20_000)
  expect(keptTimes(city)).toBe(0)
  isAway = false
  city.advance(2_000)
  expect(keptTimes(city)).toBe(1)
  await city.crashAndRestart()
  expect(await recordOf(city, driver)).toMatchObject({ servedToday: 1 })
})

test('a commit of unknown outcome counts nothing twice', async () => {
  for (const fate of ['land_then_lose_answer', 'lose_before'] as const) {
    let isArmed = false
    const before = ({ turns }: { turns: readonly { events: readonly { type: string }[] }[] }) => {
      if (!isArmed || !turns.some(turn => turn.events.some(event => event.type === 'work_kept'))) return 'ok'
      isArmed = false
      return fate
    }
    const { city, driver } = await cityOf({ journal: { before: before as never } })
    await deliver(city, driver)
    isArmed = true
    city.advance(30_000)
    expect(isArmed).toBe(false)
    const { servedToday } = await recordOf(city, driver)
    expect([fate, servedToday]).toEqual([fate, fate === 'land_then_lose_answer' ? 1 : 0])
  }
})

test('a driver without work to store costs the record nothing', async () => {
  const { city, driver } = await cityOf()
  const events = city.record.journal().length
  for (let n = 0; n < 20; n++) {
    city.fix(driver, DOWNTOWN)
    city.advance(5_000)
  }
  expect(city.record.journal().length).toBe(events)
})
