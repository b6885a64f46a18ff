/**
 * What every adapter of the Journal port must do, whatever it is made of. Run against Postgres and against the model in
 * memory; races between connections are in `journal-races.ts`.
 */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { InvariantError } from '../../src/actors/runtime/errors.ts'
import type { Journal } from '../../src/actors/runtime/ports.ts'
import { COMMIT_TURNS_MAX, UnstorableTurnError } from '../../src/actors/runtime/turn-check.ts'
import type { ShardId } from '../../src/domain/ids.ts'
import { journalClaims } from './journal-claims.ts'
import { journalDrivers } from './journal-drivers.ts'
import {
  AT_MS,
  claimOf,
  driverId,
  driverTurn,
  type JournalUnderTest,
  newDriver,
  OTHER_SHARD,
  orderId,
  orderTurn,
  releaseOf,
  SHARD,
} from './journal-fixtures.ts'
import { journalOrders } from './journal-orders.ts'
import { journalRaces } from './journal-races.ts'

/** @param make  an adapter with an empty record; called once per test. */
export function journalConformance(name: string, make: () => Promise<JournalUnderTest>): void {
  describe(`Journal: ${name}`, () => {
    let under: JournalUnderTest
    let journal: Journal

    beforeEach(async () => {
      under = await make()
      journal = under.open()
      expect(await journal.takeShards([SHARD, OTHER_SHARD], 'node')).toEqual([1, 1])
    })
    afterEach(() => under.close())

    describe('shards', () => {
      test('each taking raises the epoch of the shards taken, answered in the order given', async () => {
        const third = 5 as ShardId

        expect(await journal.takeShards([third, SHARD], 'b')).toEqual([1, 2])
        expect(await journal.takeShards([SHARD, third, SHARD], 'c')).toEqual([3, 2, 3])
        expect(await journal.takeShards([OTHER_SHARD], 'c')).toEqual([2])
        expect(await journal.takeShards([], 'c')).toEqual([])
      })

      test('a turn with an old epoch, or of a shard that nobody has taken, is fenced; others in its batch are not', async () => {
        await journal.takeShards([SHARD], 'taker')

        const outcomes = await journal.commit([
          orderTurn('zombie'),
          orderTurn('other', { shard: OTHER_SHARD }),
          orderTurn('nobody', { shard: 200 as ShardId }),
          orderTurn('ours', { shardEpoch: 2 }),
          orderTurn('silent', { events: [], decision: { orderId: orderId('silent'), atMs: AT_MS, body: {} } }),
        ])

        expect(outcomes).toEqual(['fenced', 'committed', 'fenced', 'committed', 'fenced'])
        const { orders, decisions } = await under.contents()
        expect(orders.map(order => order.orderId)).toEqual([orderId('other'), orderId('ours')])
        expect(decisions).toEqual([])
      })
    })

    journalOrders(() => under)
    journalDrivers(() => under)
    journalClaims(() => under)

    describe('idempotency keys', () => {
      const key = (text: string) => ({ key: { key: text, requestHash: 'h', response: { text } } })

      test('who comes second with a key writes nothing at all', async () => {
        const driver = await newDriver(journal, 'd', 1)
        await journal.commit([orderTurn('a', key('k'))])
        const before = await under.contents()
        const decision = { orderId: orderId('b'), atMs: AT_MS, body: {} }

        const turn = orderTurn('b', { ...key('k'), claim: claimOf(driver, 'b'), decision })

        expect(await journal.commit([turn])).toEqual(['key_taken'])
        expect(await under.contents()).toEqual(before)
      })

      test('of two turns with one key in a batch one wins; a turn refused for another reason does not take it', async () => {
        const outcomes = await journal.commit([
          orderTurn('x', { versionBefore: 3, ...key('k') }),
          orderTurn('a', key('k')),
          orderTurn('b', key('k')),
          orderTurn('c', key('other')),
        ])

        expect(outcomes).toEqual(['conflict', 'committed', 'key_taken', 'committed'])
        const { keys, orders } = await under.contents()
        expect(keys.map(({ key }) => key)).toEqual(['k', 'other'])
        expect(orders.map(order => order.orderId)).toEqual([orderId('a'), orderId('c')])
      })
    })

    test('numbers are contiguous per shard, in the order of the turns; what is refused leaves no hole', async () => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f']
      const turns = names.map((name, i) =>
        orderTurn(name, {
          shard: i % 2 === 0 ? SHARD : OTHER_SHARD,
          events: ['x', 'y'],
          versionBefore: name === 'c' ? 4 : 0,
        }),
      )

      expect((await journal.commit(turns)).filter(outcome => outcome === 'committed')).toHaveLength(5)
      await journal.commit([orderTurn('a', { versionBefore: 2, events: ['z'] })])

      const written = (await under.contents()).journal.map(event => [event.shard, event.seq, event.actorId, event.type])
      const expected = (shard: number, list: readonly (readonly [string, string])[]) =>
        list.map(([name, type], index) => [shard, index + 1, orderId(name), type])
      expect(written).toEqual([
        ...expected(SHARD, [
          ['a', 'x'],
          ['a', 'y'],
          ['e', 'x'],
          ['e', 'y'],
          ['a', 'z'],
        ]),
        ...expected(OTHER_SHARD, [
          ['b', 'x'],
          ['b', 'y'],
          ['d', 'x'],
          ['d', 'y'],
          ['f', 'x'],
          ['f', 'y'],
        ]),
      ])
    })

    test('a turn that can never be stored is named, and takes nobody down with it', async () => {
      const names = Array.from({ length: 9 }, (_, i) => `o${i}`)
      const turns = names.map((name, i) =>
        orderTurn(name, {
          ...(i === 2 && { row: { state: { text: 'a\u0000b' } } }),
          ...(i === 5 && { row: { dueAtMs: Number.NaN } }),
          ...(i === 8 && { row: { state: { text: '\ud800' } } }),
        }),
      )

      const failure = await journal.commit(turns).catch((error: unknown) => error)

      if (!(failure instanceof UnstorableTurnError)) throw failure
      expect(failure).toBeInstanceOf(InvariantError)
      expect(failure.message).toContain('ord_o2, ord_o5, ord_o8')
      expect(failure.outcomes).toEqual(names.map((_, i) => ([2, 5, 8].includes(i) ? null : 'committed')))
      const { orders, journal: events } = await under.contents()
      expect(orders).toHaveLength(6)
      expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
    })

    test('a batch that breaks the rules is refused as a whole', async () => {
      const driver = await newDriver(journal, 'd', 1)
      const before = await under.contents()
      const broken = [
        driverTurn(driver, { claim: claimOf(driver, 'a') }),
        orderTurn('a', { claim: claimOf(driver, 'b') }),
        orderTurn('a', { release: releaseOf(driver, 'b') }),
        orderTurn('a', { events: [], claim: claimOf(driver, 'a') }),
        orderTurn('a', { claim: claimOf(driver, 'a', 0) }),
        orderTurn('a', { versionBefore: -1 }),
      ]

      for (const turn of broken) {
        expect(await journal.commit([orderTurn('fine'), turn]).catch((error: unknown) => error)).toBeInstanceOf(
          InvariantError,
        )
      }
      const many = Array.from({ length: COMMIT_TURNS_MAX + 1 }, (_, i) => orderTurn(`m${i}`))
      expect(await journal.commit(many).catch((error: unknown) => error)).toBeInstanceOf(InvariantError)

      expect(await under.contents()).toEqual(before)
      expect(await journal.commit([])).toEqual([])
    })

    test('200 turns of every kind in one batch', async () => {
      const asks = Array.from({ length: 100 }, (_, i) => ({
        driverId: driverId(`d${i}`),
        shard: SHARD,
        shardEpoch: 1,
        create: true,
      }))
      const drivers = (await journal.activateDrivers(asks)).flatMap(it => (it.kind === 'active' ? [it.driver] : []))
      const turns = drivers.flatMap((driver, i) => [
        orderTurn(`o${i}`, { claim: claimOf(driver, `o${i}`), key: { key: `k${i}`, requestHash: 'h', response: {} } }),
        driverTurn(driver, { status: 'busy' }),
      ])

      expect(new Set(await journal.commit(turns))).toEqual(new Set(['committed']))

      const contents = await under.contents()
      expect(contents.drivers.every(it => it.load === 1 && it.loadVersion === 1 && it.version === 1)).toBe(true)
      expect(contents.assignments).toHaveLength(100)
      expect(contents.journal.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
    })

    journalRaces(() => under)
  })
}
