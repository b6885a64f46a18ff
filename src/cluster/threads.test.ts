import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Engine, startEngine } from '../../test/support/engine.ts'
import { testDatabase } from '../../test/support/postgres.ts'
import { until } from '../../test/support/until.ts'
import type { OrderReply } from '../actors/order/order.messages.ts'
import type { OrderState } from '../actors/order/order.state.ts'
import { termsOf } from '../actors/order/order-terms.fixtures.ts'
import type { DriverId, OfferId, OrderId } from '../domain/ids.ts'
import { systemClock } from './system-clock.ts'

const ADMIN = { role: 'admin', id: 'admin' } as const
const SF = { latitude: 37.775, longitude: -122.418 }

let database: Awaited<ReturnType<typeof testDatabase>>
let engine: Engine
const told: string[] = []
const rang: { driverId: DriverId; offerId: OfferId }[] = []

beforeAll(async () => {
  database = await testDatabase()
  engine = await startEngine(database.url)
  engine.gateway.listen({
    onFix: () => {},
    onPublish: (topic, type, data) => {
      if (topic.startsWith('order:')) told.push(`${topic} ${data.status}`)
      if (type === 'offer') {
        rang.push({ driverId: topic.slice('phone:'.length) as DriverId, offerId: data.offer_id as OfferId })
      }
    },
  })
}, 60_000)

afterAll(async () => {
  await engine.stop()
  await database.drop()
}, 60_000)

function fix(at: { latitude: number; longitude: number }, recordedAtMs: number) {
  return { ...at, speed: null, heading: null, accuracy: null, recordedAtMs, orderId: null }
}

async function onDuty(id: string, at = SF): Promise<DriverId> {
  const driverId = id as DriverId
  const [result] = await engine.gateway.ingest([{ driverId, fix: fix(at, Date.now()) }])
  expect(result?.result).toBe('committed')
  const reply = await engine.gateway.askDriver(driverId, { kind: 'driver.availability', status: 'available' })
  expect(reply.kind).toBe('driver')
  return driverId
}

async function place(): Promise<OrderId> {
  const orderId = engine.gateway.newOrderId(SF, systemClock.nowMs())
  const reply = await engine.gateway.askOrder(orderId, {
    kind: 'order.place',
    by: ADMIN,
    key: null,
    terms: termsOf(orderId, { pickup: { ...SF, address: null }, dropoff: { ...SF, latitude: 37.8, address: null } }),
  })
  expect(reply.kind).toBe('order')
  return orderId
}

test('positions from all over the city are committed across threads and found in the history once', async () => {
  const atMs = Date.now()
  const fixes = Array.from({ length: 500 }, (_, i) => ({
    driverId: `city_${i}` as DriverId,
    fix: fix({ latitude: 37.7 + (i % 25) * 0.005, longitude: -122.5 + Math.floor(i / 25) * 0.005 }, atMs),
  }))
  const first = await engine.gateway.ingest(fixes)
  const again = await engine.gateway.ingest(fixes)

  expect(new Set(first.map(r => r.result))).toEqual(new Set(['committed']))
  expect(new Set(again.map(r => r.result))).toEqual(new Set(['duplicate']))
  const [row] = await engine.sql<{ n: number }[]>`
    select count(*)::int as n from position_history where driver_id like 'city\\_%'`
  expect(row?.n).toBe(500)
})

test('an order is placed, offered, accepted and in the record', async () => {
  const driverId = await onDuty('thread_driver')
  const orderId = await place()
  await until(() => rang.some(r => r.driverId === driverId), 'the offer rings')
  const offerId = rang.find(r => r.driverId === driverId)?.offerId as OfferId
  const reply = await engine.gateway.askOrder(orderId, { kind: 'order.accept', offerId, by: ADMIN })

  expect(reply.kind).toBe('order')
  const [row] = await engine.sql<{ status: string; driver_id: string }[]>`
    select status, driver_id from orders where order_id = ${orderId}`
  expect(row).toEqual({ status: 'assigned', driver_id: driverId })
  await engine.gateway.askOrder(orderId, { kind: 'order.cancel', reason: 'test', by: ADMIN })
  // Having waited longer it would be asked before whoever the next test puts beside it.
  await engine.gateway.askDriver(driverId, { kind: 'driver.availability', status: 'offline' })
})

const cancel = (orderId: OrderId) =>
  engine.gateway.askOrder(orderId, { kind: 'order.cancel', reason: 'test', by: ADMIN })

test('of orders the gateway is told those that it watches, from the instant on at which that is known', async () => {
  const [watched, other, left] = [await place(), await place(), await place()]
  await Promise.all([watched, left].map(id => engine.gateway.watch(`order:${id}`)))
  engine.gateway.unwatch(`order:${left}`)
  for (const id of [other, left, watched]) await cancel(id)
  await until(() => told.includes(`order:${watched} cancelled`), 'who watches is told')
  expect(told).toEqual([`order:${watched} cancelled`])
})

test('who watches an order twice is told until both have gone', async () => {
  const [twice, once] = [await place(), await place()]
  for (const id of [twice, twice, once]) await engine.gateway.watch(`order:${id}`)
  for (const id of [twice, once]) engine.gateway.unwatch(`order:${id}`)
  for (const id of [once, twice]) await cancel(id)
  await until(() => told.includes(`order:${twice} cancelled`), 'who still watches is told')
  expect(told.some(t => t.includes(once))).toBe(false)
})

test('a crashed worker comes back from the record, and nothing acknowledged is lost', async () => {
  const driverId = await onDuty('survivor')
  const orderId = await place()
  await until(() => rang.some(r => r.driverId === driverId && r.offerId.includes(orderId.slice(4))), 'the offer rings')
  const offerId = rang.findLast(r => r.driverId === driverId)?.offerId as OfferId
  for (const worker of [0, 1]) await engine.threads.crash(worker)
  await until(() => engine.threads.restarts >= 2 && engine.threads.shardsServed === 16, 'both workers serve again')
  const ended = engine.troubleEntries.filter((_, i) => engine.trouble[i]?.includes(' ended: '))
  expect(ended.map(({ level, fields }) => [level, fields.thread])).toEqual([
    ['error', 0],
    ['error', 1],
  ])

  const accept = () => engine.gateway.askOrder(orderId, { kind: 'order.accept', offerId, by: ADMIN })
  const reply = (await accept()) as OrderReply
  expect(reply.kind).toBe('order')
  const order = (reply as { order: unknown }).order as OrderState
  expect(order.assignment?.driverId).toBe(driverId)
  const again = await onDutyAgain('city_1')
  expect(again).toBe('committed')
}, 30_000)

test('a thread that takes the place of another one knows what is watched', async () => {
  const [known, asked] = [await place(), await place()]
  await engine.gateway.watch(`order:${known}`)
  const restarts = engine.threads.restarts
  for (const worker of [0, 1]) await engine.threads.crash(worker)
  // Asked while they are down, too.
  await until(() => engine.threads.restarts >= restarts + 2, 'both are gone')
  await engine.gateway.watch(`order:${asked}`)
  await until(() => engine.threads.shardsServed === 16, 'both workers serve again')
  for (const id of [known, asked]) {
    await cancel(id)
    await until(() => told.includes(`order:${id} cancelled`), 'who watches is told')
  }
}, 30_000)

async function onDutyAgain(id: string): Promise<string | undefined> {
  const at = { latitude: 37.705, longitude: -122.5 }
  const [result] = await engine.gateway.ingest([{ driverId: id as DriverId, fix: fix(at, Date.now()) }])
  return result?.result
}
