/** Surge on a whole node. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { until } from '../support/until.ts'
import type { Body } from './node.ts'
import {
  BERLIN,
  LYON,
  metropolis,
  OSLO,
  PLAIN,
  type PricingRig,
  pathsOf,
  priceCell,
  startPricing,
} from './pricing-rig.ts'
import { openClient } from './socket.ts'

let rig: PricingRig

beforeAll(async () => {
  rig = await startPricing()
})

afterAll(() => rig.stop())

const surgeAt = async (place: typeof BERLIN) => {
  const { body } = await rig.node.call('GET', `/v1/surge?cells=${priceCell(place)}`)
  return (body.cells as { multiplier: number; demand: number; supply: number }[])[0]
}

test('surge of a cell where nobody asks is 1', async () => {
  const cell = priceCell({ latitude: 1, longitude: 1 })
  const { status, body } = await rig.node.call('GET', `/v1/surge?cells=${cell}`)
  expect([status, body]).toEqual([200, { round: 0, cells: [{ cell, multiplier: 1, demand: 0, supply: 0, round: 0 }] }])
})

test.each([
  ['', '/cells'],
  ['?cells=', '/cells'],
  ['?cells=abc', '/cells/0'],
  [`?cells=${priceCell(BERLIN)},${metropolis(BERLIN)}`, '/cells/1'],
  [`?cells=${Array(201).fill(priceCell(BERLIN)).join(',')}`, '/cells'],
])('surge of %p is refused', async (query, path) => {
  const { status, body } = await rig.node.call('GET', `/v1/surge${query}`)
  expect([status, pathsOf(body)[0]]).toEqual([422, path])
})

test('surge rises with the people who ask, is watched, and a quote from before holds', async () => {
  await rig.create({
    ...PLAIN,
    version: 'lyon',
    surge: { round_s: 1, window_s: 60, smoothing_permille: 1_000, slope_permille: 1_000 },
    cells: [metropolis(LYON)],
  })
  const watcher = await openClient(rig.node, '/v1/live')
  const topic = `cell:${priceCell(LYON)}`
  watcher.send({ type: 'subscribe', topics: [topic] })
  const before = await rig.quote(LYON)
  expect(before.surge).toMatchObject({ multiplier: 1, cell: priceCell(LYON) })
  for (let n = 0; n < 12; n++) {
    const dropoff = { latitude: LYON.latitude + 0.02 * (n + 1), longitude: LYON.longitude }
    expect((await rig.node.call('POST', '/v1/quotes', { pickup: LYON, dropoff })).status).toBe(201)
  }
  await until(async () => ((await surgeAt(LYON))?.multiplier ?? 0) >= 1.1, 'the price has risen')
  expect(await surgeAt(LYON)).toMatchObject({ demand: 13, supply: 0 })
  const after = await rig.quote(LYON)
  const { multiplier, round } = after.surge as { multiplier: number; round: number }
  expect(multiplier).toBeGreaterThan(1)
  expect(round).toBeGreaterThan(0)
  expect(Number(after.amount)).toBeGreaterThan(Number(before.amount))

  const booked = await rig.node.call('POST', '/v1/orders', { quote_id: before.quote_id })
  expect((booked.body.price as Body).amount).toBe(before.amount)
  const watched = await watcher.nextOf('surge')
  expect(watched).toMatchObject({ topic, data: { cell: priceCell(LYON), multiplier: 1.05 } })
  expect(await watcher.nextOf('subscribed')).toMatchObject({
    snapshot: { surge: { cell: priceCell(LYON), multiplier: 1 } },
  })
  await watcher.close()

  const stored = await rig.sql<{ rounds: number }[]>`
    select count(*)::int as rounds from price_rounds where area = ${metropolis(LYON)} and round = ${round}::bigint`
  expect(stored[0]?.rounds).toBe(1)
})

test('an emergency cap on surge counts for the next quote', async () => {
  expect((await surgeAt(LYON))?.multiplier).toBeGreaterThan(1)
  await rig.create({
    ...PLAIN,
    version: 'lyon-calm',
    surge: { emergency_cap_permille: 1_000 },
    cells: [metropolis(LYON)],
  })
  expect((await rig.quote(LYON)).surge).toMatchObject({ multiplier: 1 })
  expect((await surgeAt(LYON))?.multiplier).toBe(1)
})

test('who books is counted, though its price was asked for by another; and pays what the cell costs by then', async () => {
  await rig.create({
    ...PLAIN,
    version: 'oslo',
    surge: { round_s: 1, window_s: 60, smoothing_permille: 1_000, slope_permille: 1_000 },
    cells: [metropolis(OSLO)],
  })
  const book = async (n: number | string, more: object = {}) => {
    // As far each time, and a person of its own each time.
    const dropoff = { latitude: OSLO.latitude + 0.05, longitude: OSLO.longitude }
    const booked = await rig.node.call('POST', '/v1/orders', {
      pickup: OSLO,
      dropoff,
      customer_id: `oslo_${n}`,
      ...more,
    })
    expect(booked.status).toBe(201)
    return (booked.body.price as { amount: number }).amount
  }
  const amounts = await Promise.all(Array.from({ length: 12 }, (_, n) => book(n)))
  expect(new Set(amounts).size).toBe(1)
  await until(async () => (await surgeAt(OSLO))?.demand === 12, 'all twelve are counted')
  await until(async () => (await book(0)) > (amounts[0] ?? 0), 'who books now pays more')
  // It waits for no driver yet, so nobody would count it.
  await book('later', { ready_at: new Date(Date.now() + 7_200_000).toISOString() })
  await until(async () => (await surgeAt(OSLO))?.demand === 13, 'who books for later is counted when asking')
})

test('who wanted to book and was turned away is counted, though its price came from memory', async () => {
  const MADRID = { latitude: 40.42, longitude: -3.7 }
  await rig.create({ ...PLAIN, version: 'madrid', surge: { round_s: 1, window_s: 60 }, cells: [metropolis(MADRID)] })
  const book = async (customerId: string) => {
    const dropoff = { latitude: MADRID.latitude + 0.05, longitude: MADRID.longitude }
    const booking = { pickup: MADRID, dropoff, customer_id: customerId }
    return (await rig.node.call('POST', '/v1/orders', booking)).status
  }
  // Whatever is compiled for the first booking, the second comes within a second of its price.
  expect([await book('madrid_0'), await book('madrid_1')]).toEqual([201, 201])
  await rig.sql`alter table orders add constraint takes_none check (false) not valid`
  expect(await book('madrid_2')).toBe(503)
  await rig.sql`alter table orders drop constraint takes_none`
  await until(async () => (await surgeAt(MADRID))?.demand === 3, 'all three are counted')
})
