/** Orders, as the record keeps them: part of the conformance suite of the Journal port. */
import { beforeEach, describe, expect, test } from 'bun:test'
import type { Journal } from '../../src/actors/runtime/ports.ts'
import { AT_MS, type JournalUnderTest, OTHER_SHARD, orderId, orderTurn, SHARD } from './journal-fixtures.ts'

export function journalOrders(current: () => JournalUnderTest): void {
  describe('orders', () => {
    let under: JournalUnderTest
    let journal: Journal
    beforeEach(() => {
      under = current()
      journal = under.open()
    })

    test('a committed turn is there whole: row, events, key and decision', async () => {
      const state = { text: 'ünïcode ✓ "quoted" \\u0000 \n', nested: [1, null, { a: 0.1 }], empty: {} }
      const turn = orderTurn('a', {
        events: ['created', 'placed'],
        row: { customerId: 'cus_1', dueAtMs: AT_MS + 60_000, state },
        key: { key: 'k1', requestHash: 'h1', response: { ok: true } },
        decision: { orderId: orderId('a'), atMs: AT_MS, body: { why: 'near' } },
      })

      expect(await journal.commit([turn])).toEqual(['committed'])

      expect(await under.contents()).toEqual({
        orders: [
          {
            orderId: orderId('a'),
            shard: SHARD,
            version: 2,
            status: 'placed',
            customerId: 'cus_1',
            driverId: null,
            dueAtMs: AT_MS + 60_000,
            createdAtMs: AT_MS,
            updatedAtMs: AT_MS,
            state,
          },
        ],
        drivers: [],
        assignments: [],
        journal: ['created', 'placed'].map((type, index) => ({
          shard: SHARD,
          seq: index + 1,
          atMs: AT_MS,
          actorKind: 'order',
          actorId: orderId('a'),
          version: index + 1,
          type,
          data: { name: 'a' },
        })),
        keys: [{ key: 'k1', requestHash: 'h1', response: { ok: true } }],
        decisions: [{ orderId: orderId('a'), atMs: AT_MS, body: { why: 'near' } }],
      })
      expect(await journal.loadOrders([orderId('a'), orderId('none')])).toEqual([
        { orderId: orderId('a'), shard: SHARD, version: 2, state },
      ])
    })

    test('a turn on another version than the row has is a conflict and writes nothing', async () => {
      await journal.commit([orderTurn('a'), orderTurn('b')])
      const before = await under.contents()
      const writes = {
        key: { key: 'k', requestHash: 'h', response: {} },
        decision: { orderId: orderId('a'), atMs: AT_MS, body: {} },
      }

      expect(await journal.commit([orderTurn('a', writes)])).toEqual(['conflict'])
      expect(await journal.commit([orderTurn('a', { versionBefore: 2, ...writes })])).toEqual(['conflict'])
      expect(await journal.commit([orderTurn('none', { versionBefore: 1, ...writes })])).toEqual(['conflict'])

      expect(await under.contents()).toEqual(before)
      expect(await journal.commit([orderTurn('a', { versionBefore: 1, events: ['x', 'y'] })])).toEqual(['committed'])
      expect((await journal.loadOrders([orderId('a')]))[0]?.version).toBe(3)
    })

    test('terms stay as they were written last, until a turn comes with others', async () => {
      const terms = { pickup: 'here', reference: 'r', price: { amount: 5 } }
      const placed = orderTurn('a', { row: { state: { step: 1, terms } } })
      const moved = { status: 'assigned', state: { step: 2, terms }, hasSameTerms: true } as const
      const amended = { state: { step: 3, terms: { ...terms, pickup: 'there' } } }
      const stateOf = async () => (await journal.loadOrders([orderId('a')]))[0]?.state

      await journal.commit([placed, orderTurn('none')])
      expect(await stateOf()).toEqual({ step: 1, terms })
      await journal.commit([orderTurn('a', { versionBefore: 1, row: moved })])
      expect(await stateOf()).toEqual({ step: 2, terms })
      await journal.commit([orderTurn('a', { versionBefore: 2, row: amended })])
      expect(await stateOf()).toEqual(amended.state)
      await journal.commit([orderTurn('a', { versionBefore: 3, row: { ...amended, hasSameTerms: true } })])
      expect(await stateOf()).toEqual(amended.state)
      expect((await journal.loadOrders([orderId('none')]))[0]?.state).toEqual({ name: 'none' })
    })

    test('terms that the first event has are those of the order', async () => {
      const terms = { pickup: 'here', reference: null }
      const turn = orderTurn('a', { row: { state: { terms } } })
      const events = [{ type: 'placed', atMs: AT_MS, data: { terms, by: 'x' } }]

      expect(await journal.commit([{ ...turn, events }])).toEqual(['committed'])

      expect((await journal.loadOrders([orderId('a')]))[0]?.state).toEqual({ terms })
      expect((await under.contents()).journal[0]?.data).toEqual({ terms, by: 'x' })
    })

    test('a turn updates the row, but not when it was created', async () => {
      await journal.commit([orderTurn('a')])
      const row = { status: 'delivered', customerId: 'c', updatedAtMs: AT_MS + 5, createdAtMs: AT_MS + 5, state: {} }

      await journal.commit([orderTurn('a', { versionBefore: 1, row })])

      const [order] = (await under.contents()).orders
      expect(order).toEqual({
        orderId: orderId('a'),
        shard: SHARD,
        version: 2,
        driverId: null,
        dueAtMs: AT_MS,
        ...row,
        createdAtMs: AT_MS,
      })
    })

    test('a turn without events keeps its notes and key, and does not raise the version', async () => {
      await journal.commit([orderTurn('a')])
      const note = { orderId: orderId('a'), atMs: AT_MS, body: { n: 1 } }
      const silent = { events: [], versionBefore: 1, decision: note, row: { status: 'other' } }

      const key = { key: 'k', requestHash: 'h', response: {} }
      expect(await journal.commit([orderTurn('a', { ...silent, key })])).toEqual(['committed'])
      expect(await journal.commit([orderTurn('a', { ...silent, key })])).toEqual(['key_taken'])

      const contents = await under.contents()
      expect(contents.orders[0]).toMatchObject({ version: 1, status: 'placed' })
      expect(contents.decisions).toEqual([note])
      expect(contents.journal).toHaveLength(1)
    })

    test('an order answers from its newest version only: a turn without events of an older one is a conflict', async () => {
      await journal.commit([orderTurn('a')])
      await journal.commit([orderTurn('a', { versionBefore: 1 })])
      const note = { orderId: orderId('a'), atMs: AT_MS, body: {} }

      const asOf = (versionBefore: number) => orderTurn('a', { events: [], versionBefore, decision: note })
      expect(await journal.commit([asOf(1)])).toEqual(['conflict'])
      expect(await journal.commit([asOf(3)])).toEqual(['conflict'])
      expect((await under.contents()).decisions).toEqual([])
      expect(await journal.commit([asOf(2), orderTurn('a', { versionBefore: 2 })])).toEqual(['committed', 'committed'])
    })

    test('a second turn of the same actor in one batch is a conflict', async () => {
      const outcomes = await journal.commit([orderTurn('a'), orderTurn('a'), orderTurn('a', { versionBefore: 1 })])

      expect(outcomes).toEqual(['committed', 'conflict', 'conflict'])
      expect((await under.contents()).journal).toHaveLength(1)
    })

    test('orders that ended lately are found on their shards, the latest first', async () => {
      const ended = (name: string, status: string, updatedAtMs: number, shard = SHARD) =>
        orderTurn(name, { shard, row: { status, updatedAtMs } })
      await journal.commit([
        orderTurn('waits', { row: { updatedAtMs: AT_MS + 9 } }),
        ended('e1', 'delivered', AT_MS + 1),
        ended('e2', 'cancelled', AT_MS + 3),
        ended('e3', 'expired', AT_MS + 2),
        ended('before', 'delivered', AT_MS - 1),
        ended('elsewhere', 'delivered', AT_MS + 1, OTHER_SHARD),
      ])
      const names = (orders: readonly { readonly orderId: string }[]) => orders.map(order => order.orderId)
      expect(names(await journal.endedOrders([SHARD], AT_MS, 10))).toEqual([
        orderId('e2'),
        orderId('e3'),
        orderId('e1'),
      ])
      expect(names(await journal.endedOrders([SHARD], AT_MS, 1))).toEqual([orderId('e2')])
      expect(names(await journal.endedOrders([OTHER_SHARD], AT_MS, 10))).toEqual([orderId('elsewhere')])
      expect(await journal.endedOrders([], AT_MS, 10)).toEqual([])
    })

    test('open orders are paged by id; due ones come earliest first', async () => {
      const due = (name: string, dueAtMs: number, shard = SHARD) =>
        orderTurn(name, { shard, row: { status: 'scheduled', dueAtMs } })
      await journal.commit([
        orderTurn('p3'),
        orderTurn('p1'),
        orderTurn('p2'),
        orderTurn('done', { row: { status: 'delivered' } }),
        orderTurn('p4', { shard: OTHER_SHARD }),
        due('s1', AT_MS + 2),
        due('s2', AT_MS + 1),
        due('s3', AT_MS + 3),
        due('s4', AT_MS, OTHER_SHARD),
      ])

      const first = await journal.openOrders([SHARD], null, 2)
      expect(first.map(order => order.orderId)).toEqual([orderId('p1'), orderId('p2')])
      expect(first[0]).toEqual({ orderId: orderId('p1'), shard: SHARD, version: 1, state: { name: 'p1' } })
      const rest = await journal.openOrders([SHARD, OTHER_SHARD], orderId('p2'), 10)
      expect(rest.map(order => order.orderId)).toEqual([orderId('p3'), orderId('p4')])
      expect(await journal.openOrders([], null, 10)).toEqual([])

      expect(await journal.dueOrders([SHARD], AT_MS + 2, 10)).toEqual([orderId('s2'), orderId('s1')])
      expect(await journal.dueOrders([SHARD, OTHER_SHARD], AT_MS + 9, 2)).toEqual([orderId('s4'), orderId('s2')])
      expect(await journal.dueOrders([SHARD], AT_MS, 10)).toEqual([])
      expect(await journal.loadOrders([])).toEqual([])
    })
  })
}
