/** A quote is good for one order, whatever happens to the commit of that order. */
import { expect, test } from 'bun:test'
import { type OrderId, orderIdOfQuote, type QuoteId, shardOfOrder } from '../../src/domain/ids.ts'
import { shardOfPosition } from '../../src/domain/region.ts'
import { DOWNTOWN, orderOf, VirtualCity } from '../support/virtual-city.ts'

const QUOTE = 'quo_01ke70f413cgt11gn0c2' as QuoteId

function orderIn(city: VirtualCity): OrderId {
  return orderIdOfQuote(QUOTE, shardOfPosition(DOWNTOWN, city.settings.shards))
}

function place(city: VirtualCity, requestId: string, key: string | null = null) {
  const orderId = orderIn(city)
  const terms = { ...city.newOrder(DOWNTOWN, { quoteId: QUOTE, requestId }), orderId }
  return city.order(orderId, {
    kind: 'order.place',
    terms,
    key: key === null ? null : { key, requestHash: 'same' },
  } as never)
}

for (const fate of ['ok', 'land_then_lose_answer', 'lose_before'] as const) {
  test(`two requests for the order of one quote at once, and the first commit meets "${fate}": one has it`, async () => {
    let commits = 0
    const before = ({ method }: { method: string }) => (method === 'commit' && commits++ === 0 ? fate : 'ok')
    const city = await new VirtualCity({ hosts: 2, journal: { before } }).start()
    expect(shardOfOrder(orderIn(city))).toBe(shardOfPosition(DOWNTOWN, city.settings.shards))
    const replies = await Promise.all([place(city, 'one'), place(city, 'two')])

    expect(replies.map(reply => reply.kind).toSorted()).toEqual(['already_ordered', 'order'])
    expect(city.record.orders().length).toBe(1)
    const winner = replies[0]?.kind === 'order' ? 'one' : 'two'
    expect(city.stored(orderIn(city)).terms.requestId).toBe(winner)
    // Nobody has it in memory any more: the record says so.
    await city.order(orderIn(city), { kind: 'order.cancel', reason: 'no need' } as never)
    await city.crashAndRestart()
    expect(await place(city, 'three')).toEqual({ kind: 'already_ordered', orderId: orderIn(city) })
    expect(orderOf(await place(city, winner)).status).toBe('cancelled')
  })
}

test('a key that was refused because its quote is used is not taken by that', async () => {
  const city = await new VirtualCity().start()
  await place(city, 'one', 'a')
  await city.crashAndRestart()
  expect((await place(city, 'two', 'b')).kind).toBe('already_ordered')
  expect(city.record.keys().map(({ key }) => key)).toEqual(['a'])
})
