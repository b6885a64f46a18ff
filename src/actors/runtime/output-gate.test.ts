/** What must not be told while a turn is with the record, and what is remembered across a loss of memory. */
import { expect, test } from 'bun:test'
import { DOWNTOWN, START_MS, VirtualCity } from '../../../test/support/virtual-city.ts'
import type { DriverId, ShardId } from '../../domain/ids.ts'
import { orderAddress } from '../send.ts'
import { Counters, counter } from './counter.fixtures.ts'
import { envelopeTo } from './router.ts'

const ONE = 'ord_01a'

test('reads and refusals that come while a turn is with the record wait for it', async () => {
  const counters = new Counters()
  const host = await counters.host(1)
  counters.send(host, ONE, { kind: 'order.place', what: 'a' })
  counters.clock.advance(1)
  const read = counters.send(host, ONE, { kind: 'read' })
  const refused = counters.send(host, ONE, { kind: 'add', what: 'a' })
  counters.clock.advance(0)
  expect([counters.answerTo(read), counters.answerTo(refused)]).toEqual([undefined, undefined])
  counters.clock.advance(2)
  expect([counters.answerTo(read), counters.answerTo(refused)]).toEqual([{ added: ['a'] }, { again: 'a' }])
})

test('nothing of an order is seen anywhere until the record has it', async () => {
  const city = await new VirtualCity({ journal: { latencyMs: () => 1_000 } }).start()
  const terms = city.newOrder(DOWNTOWN)
  const by = { role: 'admin', id: 'admin' }
  void city.ask(orderAddress(terms.orderId), { kind: 'order.place', terms, key: null, by } as never)
  const seen = () => city.published.filter(p => p.topic === `order:${terms.orderId}`).length
  city.advance(400)
  expect([city.record.orders().length, seen()]).toEqual([0, 0])
  city.advance(1_000)
  expect([city.record.orders().length, seen()]).toEqual([1, 1])
})

test('a driver whose memory was lost has the newest position of the history for its newest', async () => {
  const city = await new VirtualCity().start()
  const driver = 'drv_1' as DriverId
  city.fix(driver, DOWNTOWN, START_MS)
  city.advance(100)
  await city.crashAndRestart()
  const older = city.fix(driver, DOWNTOWN, START_MS - 1_000)
  const again = city.fix(driver, DOWNTOWN, START_MS)
  city.advance(100)
  const resultOf = (token: number) => city.settled.find(fix => fix.token === token)?.result
  expect([resultOf(older), resultOf(again)]).toEqual(['late', 'duplicate'])
})

test('a shard that is lost while its orders are read has none of them in memory', async () => {
  const counters = new Counters()
  const host = await counters.host(1)
  counters.ask(host, ONE, { kind: 'order.place', what: 'a' })
  const shards = [1 as ShardId]
  const [epoch = 0] = counters.record.takeShards(shards, 'test')
  const opened = host.open(shards.map(shard => ({ shard, epoch })))
  host.drop(1 as ShardId)
  await counters.clock.settle(opened)
  expect(host.stats.actors.order).toBe(0)
})

test('what nobody waits for is committed soon after each time that the record was down', async () => {
  const counters = new Counters()
  const host = await counters.host(1)
  counters.ask(host, ONE, { kind: 'order.place', what: 'a' })
  for (const what of ['b', 'c']) {
    counters.clock.advance(100)
    counters.isDown = true
    host.receive(envelopeTo(counter(ONE), { kind: 'add', what } as never, 'vital'))
    counters.clock.advance(600)
    counters.isDown = false
    counters.clock.advance(510)
    expect(counters.stored(ONE)).toContain(what)
  }
})
