/** What users of other systems report about prices: each with what forbids it. Real actors on several hosts, virtual time. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { PricingReply } from '../../src/actors/cell/pricing-area.messages.ts'
import type { PriceLogFault } from '../../src/actors/runtime/memory/memory-price-log.ts'
import { pricingAddress } from '../../src/actors/send.ts'
import { distanceM, type LatLng } from '../../src/domain/geo.ts'
import { cellAt, centreOf, disk, PRICE_RES, ring } from '../../src/domain/h3.ts'
import type { CellId, DriverId, OfferId, OrderId, QuoteId } from '../../src/domain/ids.ts'
import { fareOf } from '../../src/domain/pricing/adjustments.ts'
import { price } from '../../src/domain/pricing/price.ts'
import { type AdjustmentRules, RULESET_1 } from '../../src/domain/pricing/ruleset.ts'
import { areaOf } from '../../src/domain/surge/neighbourhood.ts'
import { BORDER } from '../../src/domain/surge/surge.fixtures.ts'
import { NEUTRAL_PERMILLE, type SurgeRound } from '../../src/domain/surge/surge-round.ts'
import { DEFAULT_SURGE } from '../../src/domain/surge/surge-rules.ts'
import { type CityOptions, DOWNTOWN, north, orderOf, VirtualCity } from '../support/virtual-city.ts'

const MINUTE_MS = 60_000
const CELL = cellAt(DOWNTOWN, PRICE_RES)
const { stepPermille: STEP, movePermille: MOVE } = DEFAULT_SURGE

async function cityWithSurge(options: CityOptions = {}): Promise<VirtualCity> {
  const city = new VirtualCity({ hosts: 2, ...options })
  const ruleset = { ...RULESET_1, version: '2', surge: DEFAULT_SURGE }
  city.prices.rulesets.push({ ruleset, validFromMs: 1, validToMs: null, cells: null, createdAtMs: 1 })
  return city.start()
}

async function ask(city: VirtualCity, message: object, cell: CellId): Promise<PricingReply> {
  const address = pricingAddress(areaOf(cell), city.settings.shards)
  return (await city.clock.settle(city.ask(address, message as never, MINUTE_MS))) as unknown as PricingReply
}

async function quote(city: VirtualCity, asker: string, cell = CELL): Promise<number> {
  const reply = await ask(city, { kind: 'pricing.quote', cell, asker }, cell)
  if (reply.kind !== 'surge') throw new Error(reply.kind)
  return reply.cells[0]?.multiplierPermille ?? 0
}

/** What somebody there sees, without counting as somebody who asks. */
async function seen(city: VirtualCity, at: LatLng): Promise<number> {
  const cell = cellAt(at, PRICE_RES)
  const reply = await ask(city, { kind: 'pricing.read', cells: [cell] }, cell)
  if (reply.kind !== 'surge') throw new Error(reply.kind)
  return reply.cells[0]?.multiplierPermille ?? 0
}

async function rush(city: VirtualCity, people: number, cell = CELL): Promise<void> {
  for (let n = 0; n < people; n++) await quote(city, `${cell} ${n}`, cell)
}

function levelsOf(round: SurgeRound | undefined): Map<CellId, number> {
  return new Map((round?.cells ?? []).map(cell => [cell.cell, cell.multiplierPermille]))
}

/** Of every stored round of these areas: neighbours within a step, moves within a move per round. */
function expectCalm(city: VirtualCity, areas: readonly CellId[]): void {
  const latest = new Map<CellId, number>()
  const stored = areas.flatMap(area => city.prices.rounds(area)).sort((a, b) => a.round - b.round)
  const before = new Map<CellId, SurgeRound>()
  for (const [i, round] of stored.entries()) {
    const [was, now] = [levelsOf(before.get(round.area)), levelsOf(round)]
    const rounds = round.round - (before.get(round.area)?.round ?? round.round - 1)
    for (const cell of new Set([...was.keys(), ...now.keys()])) {
      const [from, to] = [was.get(cell) ?? NEUTRAL_PERMILLE, now.get(cell) ?? NEUTRAL_PERMILLE]
      expect(to - from).toBeLessThanOrEqual(MOVE)
      expect(from - to).toBeLessThanOrEqual(MOVE * rounds)
      latest.set(cell, to)
    }
    before.set(round.area, round)
    if (stored[i + 1]?.round === round.round) continue
    for (const [cell, level] of latest) {
      for (const near of disk(cell, 1)) {
        expect(Math.abs(level - (latest.get(near) ?? NEUTRAL_PERMILLE))).toBeLessThanOrEqual(STEP)
      }
    }
  }
}

async function onDuty(city: VirtualCity, drivers: number, at: LatLng): Promise<DriverId[]> {
  const ids: DriverId[] = []
  for (let n = 0; n < drivers; n++) ids.push(await city.onDuty(`drv_${n}`, at))
  return ids
}

test('ride-hailing surge, studied 2015: prices do not jump each five minutes, nor from one street to the next', async () => {
  const city = await cityWithSurge()
  const elsewhere = disk(CELL, 2).at(-1) as CellId
  for (let minute = 0; minute < 30; minute++) {
    if (minute % 5 === 0) await rush(city, 30, minute % 10 === 0 ? CELL : elsewhere)
    city.advance(MINUTE_MS)
  }
  expect(city.prices.rounds(areaOf(CELL)).length).toBeGreaterThan(25)
  expect(Math.max(...city.prices.rounds(areaOf(CELL)).flatMap(round => [...levelsOf(round).values()]))).toBeGreaterThan(
    1_100,
  )
  expectCalm(city, [areaOf(CELL)])
})

test('ride-hailing surge, studied 2015: nor across the border of two metropolises, whatever digest is lost or late', async () => {
  let n = 0
  const city = await cityWithSurge({
    fate: what => {
      const isDigest = 'message' in what && what.message.kind === 'pricing.border'
      if (!isDigest) return [0]
      // Lost, late by more than a round, twice, in time.
      return [[], [90_000], [1_000, 70_000], [0]][n++ % 4] ?? []
    },
  })
  const { here, there } = BORDER
  for (let minute = 0; minute < 40; minute++) {
    if (minute < 25 && minute % 4 === 0) await rush(city, 25, here)
    if (minute < 25 && minute % 4 === 2) await rush(city, 25, there)
    city.advance(MINUTE_MS)
  }
  const areas = [...new Set(disk(here, 3).map(areaOf))]
  for (const area of [areaOf(here), areaOf(there)]) {
    expect(Math.max(...city.prices.rounds(area).flatMap(round => [...levelsOf(round).values()]))).toBeGreaterThan(1_100)
  }
  expectCalm(city, areas)
})

test('ride-hailing surge, 2019: 120 drivers switch off together; the price moves by no more than the step, and the round is flagged', async () => {
  const city = await cityWithSurge()
  const drivers = await onDuty(city, 150, centreOf(CELL))
  await rush(city, 150)
  for (let s = 0; s < 90; s += 10) {
    for (const driverId of drivers) city.fix(driverId, centreOf(CELL))
    city.advance(10_000)
  }
  const before = await quote(city, 'ann')
  const gone = drivers.slice(0, 120)
  await Promise.all(gone.map(id => city.driver(id, { kind: 'driver.availability', status: 'offline' } as never)))
  let was = before
  for (let minute = 0; minute < 8; minute++) {
    await rush(city, 150)
    for (let s = 0; s < 60; s += 10) {
      for (const driverId of drivers.slice(120)) city.fix(driverId, centreOf(CELL))
      city.advance(10_000)
    }
    const now = await quote(city, 'ann')
    expect(now - was).toBeLessThanOrEqual(MOVE)
    was = now
  }
  expect(was - before).toBeLessThanOrEqual(STEP)
  const flags = city.prices.rounds(areaOf(CELL)).flatMap(round => round.flags)
  expect(flags[0]).toMatchObject({ kind: 'mass_log_off', left: 120 })
})

test('a quote survives re-dispatch and surge: whatever the price becomes, the order costs what was said', async () => {
  const city = await cityWithSurge()
  const first = await city.onDuty('first', north(DOWNTOWN, 100))
  const inputs = { distanceM: 3_000, durationS: 600, vehicleType: null }
  const priced = async (asker: string) => price({ ...inputs, surgePermille: await quote(city, asker) }, RULESET_1)
  const said = await priced('ann')
  const { terms } = await city.place(DOWNTOWN, { quoteId: 'quo_said' as QuoteId, price: said })
  city.advance(100)
  const [offer] = city.offers(first)
  orderOf(await city.accept(offer?.offerId as OfferId))
  for (let minute = 0; minute < 5; minute++) {
    await rush(city, 40)
    city.advance(MINUTE_MS)
  }
  expect((await priced('somebody else')).amount).toBeGreaterThan(said.amount)
  const by = { role: 'driver', id: first }
  await city.order(terms.orderId, { kind: 'order.unassign', reason: 'flat tyre', by } as never)
  const second = await city.onDuty('second', north(DOWNTOWN, 300))
  city.advance(5_000)
  await city.crashAndRestart()
  city.fix(second, north(DOWNTOWN, 300))
  city.advance(5_000)
  const again = city.offers(second).at(-1)
  const order = orderOf(await city.accept(again?.offerId as OfferId))
  expect(order).toMatchObject({ status: 'assigned', assignment: { driverId: second } })
  expect(order.terms).toEqual({ ...terms, price: said })
  expect(order.adjustments).toBeUndefined()
})

describe('the fare is the quote plus itemised adjustments', () => {
  const RULES: AdjustmentRules = {
    waiting: { freeS: 120, perMinuteMinor: 60, maximumMinor: 3_000 },
    cancellation: {
      freeS: 60,
      chargedRoles: ['customer'],
      byStage: { at_pickup: { feeMinor: 400, sharePermille: 100 } },
    },
  }

  /** A trip whose driver has come to the pickup and waits there, through a crash. */
  async function waitingTrip(rules: AdjustmentRules, waitedMs: number) {
    const city = await new VirtualCity({ hosts: 2, settings: { acceptAutomatically: true } }).start()
    await city.onDuty('driver')
    const surge = { cell: CELL, round: 7 }
    const inputs = { distanceM: 3_000, durationS: 600, vehicleType: null, surgePermille: 1_000 }
    const pricing = { rulesetVersion: '1', inputs, dueAtMs: 0, surge, rules, asker: 'customer:ann' }
    const { terms } = await city.place(DOWNTOWN, { pricing, price: price(inputs, RULESET_1) })
    city.advance(100)
    for (const status of ['en_route_to_pickup', 'at_pickup'] as const) {
      await city.order(terms.orderId, { kind: 'order.status', status } as never)
    }
    const atMs = city.clock.nowMs()
    city.advance(waitedMs / 2)
    await city.crashAndRestart()
    city.advance(atMs + waitedMs - city.clock.nowMs())
    return { city, orderId: terms.orderId, quoted: terms.price.amount }
  }

  function lines(city: VirtualCity, orderId: OrderId): unknown[] {
    return (city.stored(orderId).adjustments ?? []).map(({ code, amount }) => [code, amount])
  }

  test('waiting is charged by the rules of the quote, once, whatever crashed while the driver waited', async () => {
    const { city, orderId, quoted } = await waitingTrip(RULES, 300_000)
    for (const status of ['en_route_to_dropoff', 'en_route_to_dropoff', 'delivered'] as const) {
      await city.order(orderId, { kind: 'order.status', status } as never)
    }
    expect(lines(city, orderId)).toEqual([['waiting', 180]])
    const { terms, adjustments = [] } = city.stored(orderId)
    expect(fareOf(terms.price.amount, adjustments)).toBe(quoted + 180)
  })

  type Lines = (quoted: number) => readonly (readonly [string, number])[]

  test.each<[string, AdjustmentRules, string, Lines]>([
    [
      'the fee of its stage and a share',
      RULES,
      'customer',
      q => [
        ['trip_not_made', -q],
        ['cancellation_fee', 400 + Math.round(q / 10)],
      ],
    ],
    ['nothing by a role that is not charged', RULES, 'dispatcher', q => [['trip_not_made', -q]]],
    ['the quote where the ruleset says nothing', {}, 'customer', () => []],
  ])('a cancellation at the pickup costs %s', async (_, rules, role, expected) => {
    const { city, orderId, quoted } = await waitingTrip(rules, 90_000)
    await city.order(orderId, { kind: 'order.cancel', reason: 'no need', by: { role, id: 'x' } } as never)
    expect(lines(city, orderId)).toEqual([...expected(quoted)])
  })
})

/** Two places a few metres apart, on either side of a street that is the border of two price cells. */
function acrossTheStreet(cell: CellId, towards: number): readonly [LatLng, LatLng] {
  const there = ring(cell, 1)[towards % 6] as CellId
  let [ann, bob] = [centreOf(cell), centreOf(there)]
  while (distanceM(ann, bob) > 5) {
    const middle = { latitude: (ann.latitude + bob.latitude) / 2, longitude: (ann.longitude + bob.longitude) / 2 }
    if (cellAt(middle, PRICE_RES) === cell) ann = middle
    else bob = middle
  }
  return [ann, bob]
}

test('two people a few metres apart never see multipliers more than one step apart, over random maps of who asks and who drives', async () => {
  const cells = disk(CELL, 4)
  const crowd = fc.record({
    cell: fc.constantFrom(...cells),
    people: fc.integer({ min: 3, max: 40 }),
    minute: fc.nat(6),
  })
  const drivers = fc.array(fc.constantFrom(...cells), { maxLength: 6 })
  let steepest = 0
  await fc.assert(
    fc.asyncProperty(fc.array(crowd, { minLength: 1, maxLength: 6 }), drivers, async (crowds, fleet) => {
      const city = await cityWithSurge()
      for (const [n, cell] of fleet.entries()) await city.onDuty(`drv_${n}`, centreOf(cell))
      for (let minute = 0; minute < 9; minute++) {
        for (const { cell, people, minute: from } of crowds) if (from <= minute) await rush(city, people, cell)
        city.advance(MINUTE_MS)
        for (const [i, cell] of cells.entries()) {
          const [here, there] = acrossTheStreet(cell, i + minute)
          expect(distanceM(here, there)).toBeLessThanOrEqual(5)
          const apart = Math.abs((await seen(city, here)) - (await seen(city, there)))
          expect(apart).toBeLessThanOrEqual(STEP)
          steepest = Math.max(steepest, apart)
        }
      }
    }),
    { numRuns: 10 },
  )
  // Or nothing was tried.
  expect(steepest).toBeGreaterThan(0)
}, 60_000)

test('one person who looks at the price again and again does not raise it', async () => {
  const city = await cityWithSurge()
  for (let minute = 0; minute < 6; minute++) {
    for (let n = 0; n < 30; n++) await quote(city, 'ann')
    city.advance(MINUTE_MS)
  }
  expect(await quote(city, 'ann')).toBe(NEUTRAL_PERMILLE)
})

test('a price goes on from its last stored round after a crash, and while the record is down', async () => {
  let fault: PriceLogFault = 'ok'
  const city = await cityWithSurge({ prices: { before: () => fault } })
  for (let minute = 0; minute < 6; minute++) {
    await rush(city, 40)
    city.advance(MINUTE_MS)
  }
  const price = await quote(city, 'ann')
  expect(price).toBeGreaterThan(1_100)
  await city.crashAndRestart()
  expect(await quote(city, 'ann')).toBe(price)

  fault = 'land_then_lose_answer'
  city.advance(MINUTE_MS + 1_000)
  expect(await quote(city, 'ann')).toBe(price)
  fault = 'unavailable'
  city.advance(3 * MINUTE_MS)
  expect(await quote(city, 'ann')).toBe(price)
  fault = 'ok'
  await rush(city, 40)
  city.advance(2 * MINUTE_MS)
  expectCalm(city, [areaOf(CELL)])
  const rounds = city.prices.rounds(areaOf(CELL)).map(round => round.round)
  expect(new Set(rounds).size).toBe(rounds.length)
})

test('an actor that was replaced and does not know it stores no round, and its answers are of stored ones', async () => {
  const city = await cityWithSurge()
  await rush(city, 40)
  city.advance(2 * MINUTE_MS)
  const { shard } = pricingAddress(areaOf(CELL), city.settings.shards)
  await city.clock.settle(city.takeOver(shard, shard % 2 === 0 ? 1 : 0))
  for (let n = 0; n < 40; n++) {
    // Whoever of the two is asked: the former owner is found out by the epoch.
    const message = { kind: 'pricing.quote', cell: CELL, asker: `late ${n}` }
    expect(['surge', 'moved']).toContain((await ask(city, message, CELL)).kind)
  }
  city.advance(3 * MINUTE_MS)
  city.advance(2 * MINUTE_MS)
  const rounds = city.prices.rounds(areaOf(CELL)).map(round => round.round)
  expect(new Set(rounds).size).toBe(rounds.length)
  expect(city.lost.some(({ cause }) => cause === 'fenced')).toBe(true)
  expectCalm(city, [areaOf(CELL)])
})
