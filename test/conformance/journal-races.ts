/** Races between connections to one record: part of the conformance suite of the Journal port. */
import { describe, expect, test } from 'bun:test'
import type { Journal, TurnOutcome } from '../../src/actors/runtime/ports.ts'
import {
  activate,
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

function count(outcomes: readonly TurnOutcome[]): Partial<Record<TurnOutcome, number>> {
  const counts: Partial<Record<TurnOutcome, number>> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

/** Turns on alternating connections, each a commit of its own, all at the same time. */
function scatter<T>(journals: readonly Journal[], items: readonly T[], act: (journal: Journal, item: T) => unknown) {
  return Promise.all(
    items.map((item, i) => {
      const journal = journals[i % journals.length]
      if (!journal) throw new Error('no journal')
      return act(journal, item)
    }),
  )
}

export function journalRaces(under: () => JournalUnderTest): void {
  describe('between connections', () => {
    const numbers = (length: number) => Array.from({ length }, (_, i) => i)

    test('of 50 claims on one driver as it is now, one is committed', async () => {
      const journals = [under().open(), under().open()] as const
      const driver = await newDriver(journals[0], 'd', 9)

      const outcomes = await scatter(journals, numbers(50), async (journal, i) => {
        const shard = i % 3 === 0 ? OTHER_SHARD : SHARD
        return (await journal.commit([orderTurn(`o${i}`, { shard, claim: claimOf(driver, `o${i}`) })]))[0]
      })

      expect(count(outcomes as TurnOutcome[])).toEqual({ committed: 1, claim_refused: 49 })
      expect((await under().contents()).drivers[0]).toMatchObject({ load: 1, loadVersion: 1 })
    })

    test('50 orders that try until a driver is full: its capacity is used and never exceeded', async () => {
      const journals = [under().open(), under().open()] as const
      const driver = await newDriver(journals[0], 'd', 5)
      let loadVersion = 0

      const committed = await scatter(journals, numbers(50), async (journal, i) => {
        for (;;) {
          const seen = loadVersion
          if (seen === driver.capacity) return false
          const claim = claimOf({ ...driver, loadVersion: seen }, `o${i}`)
          const [outcome] = await journal.commit([orderTurn(`o${i}`, { claim })])
          if (outcome === 'committed') {
            loadVersion = seen + 1
            return true
          }
          expect(outcome).toBe('claim_refused')
        }
      })

      expect(committed.filter(Boolean)).toHaveLength(5)
      const { drivers, assignments, orders } = await under().contents()
      expect(drivers[0]).toMatchObject({ load: 5, loadVersion: 5 })
      expect(assignments.filter(({ ended }) => !ended)).toHaveLength(5)
      expect(orders).toHaveLength(5)
      const last = claimOf({ ...driver, loadVersion: 5 }, 'late')
      expect(await journals[1].commit([orderTurn('late', { claim: last })])).toEqual(['claim_refused'])
    })

    test('of one key from many connections one wins', async () => {
      const journals = [under().open(), under().open(), under().open()]

      const outcomes = await scatter(journals, numbers(30), async (journal, i) => {
        const shard = i % 2 === 0 ? SHARD : OTHER_SHARD
        const key = { key: 'k', requestHash: 'h', response: { i } }
        return (await journal.commit([orderTurn(`o${i}`, { shard, key })]))[0]
      })

      expect(count(outcomes as TurnOutcome[])).toEqual({ committed: 1, key_taken: 29 })
      const { orders, keys } = await under().contents()
      expect(orders).toHaveLength(1)
      expect(keys).toHaveLength(1)
      const [winner] = keys.map(({ response }) => (response as { readonly i: number }).i)
      expect(orders[0]?.orderId).toBe(orderId(`o${winner}`))
    })

    test('the same order made twice at once exists once', async () => {
      const journals = [under().open(), under().open()]

      const outcomes = await scatter(
        journals,
        numbers(20),
        async journal => (await journal.commit([orderTurn('o')]))[0],
      )

      expect(count(outcomes as TurnOutcome[])).toEqual({ committed: 1, conflict: 19 })
      expect((await under().contents()).journal).toHaveLength(1)
    })

    test('a release and a claim at once: both count', async () => {
      const journals = [under().open(), under().open()] as const
      for (const round of numbers(10)) {
        const driver = await newDriver(journals[0], `d${round}`, 2)
        const [first, second] = [`a${round}`, `b${round}`]
        await journals[0].commit([orderTurn(first, { claim: claimOf(driver, first) })])
        const release = releaseOf(driver, first)
        const claim = claimOf({ ...driver, loadVersion: 1 }, second)

        const outcomes = await Promise.all([
          journals[0].commit([orderTurn(first, { versionBefore: 1, release })]),
          journals[1].commit([orderTurn(second, { shard: OTHER_SHARD, claim })]),
        ])

        expect(outcomes).toEqual([['committed'], ['committed']])
        const after = await activate(journals[0], `d${round}`)
        expect(after).toMatchObject({ load: 1, loadVersion: 2, assignments: [{ orderId: orderId(second) }] })
      }
    })

    test('after shards are taken nothing of their former owner is written', async () => {
      const [zombie, taker] = [under().open(), under().open()]
      for (const epoch of [1, 2, 3, 4, 5]) {
        const commits = numbers(8).map(i => zombie.commit([orderTurn(`e${epoch}-${i}`, { shardEpoch: epoch })]))
        expect(await taker.takeShards([SHARD], 'taker')).toEqual([epoch + 1])
        const written = (await under().contents()).journal
        const outcomes = (await Promise.all(commits)).flat()

        expect((await under().contents()).journal).toEqual(written)
        const committed = outcomes.filter(outcome => outcome === 'committed').length
        expect(outcomes.filter(outcome => outcome === 'fenced')).toHaveLength(8 - committed)
        expect(written.filter(({ actorId }) => actorId.startsWith(`ord_e${epoch}-`))).toHaveLength(committed)
      }
      const seqs = (await under().contents()).journal.map(({ seq }) => seq)
      expect(seqs).toEqual(seqs.map((_, i) => i + 1))
    })

    test('an activation sees every claim that was committed before it, and refuses the others', async () => {
      const [former, next] = [under().open(), under().open()]
      for (const round of numbers(20)) {
        const name = `d${round}`
        const driver = await newDriver(former, name, 5)
        const ask = { driverId: driverId(name), shard: SHARD, shardEpoch: 1, create: true }
        const claims = [`a${round}`, `b${round}`].map(order =>
          former.commit([orderTurn(order, { shard: OTHER_SHARD, claim: claimOf(driver, order) })]),
        )
        const [[activation], ...outcomes] = await Promise.all([next.activateDrivers([ask]), ...claims])

        const committed = outcomes.flat().filter(outcome => outcome === 'committed').length
        if (activation?.kind !== 'active') throw new Error(`${name} is ${activation?.kind}`)
        expect(activation.driver.epoch).toBe(driver.epoch + 1)
        expect(activation.driver.load).toBe(committed)
        expect(activation.driver.loadVersion).toBe(committed)
        expect(activation.driver.assignments).toHaveLength(committed)
        expect((await under().contents()).drivers.find(it => it.driverId === driverId(name))?.load).toBe(committed)
      }
    })

    test('a driver first seen by two shards at once has one home', async () => {
      const journals = [under().open(), under().open()]

      const outcomes = await scatter(journals, numbers(12), async (journal, i) => {
        const shard = i % 2 === 0 ? SHARD : OTHER_SHARD
        return (await journal.activateDrivers([{ driverId: driverId('d'), shard, shardEpoch: 1, create: true }]))[0]
      })

      const kinds = (outcomes as ({ kind: string } | undefined)[]).map(outcome => outcome?.kind)
      expect(kinds.filter(kind => kind === 'active')).toHaveLength(6)
      expect(kinds.filter(kind => kind === 'elsewhere')).toHaveLength(6)
      expect((await under().contents()).drivers).toHaveLength(1)
    })

    test('batches that name the same orders, drivers and keys in opposite orders all end', async () => {
      const journals = [under().open(), under().open(), under().open(), under().open()] as const
      const drivers = await Promise.all(numbers(8).map(i => newDriver(journals[0], `d${i}`, 100)))

      const outcomes = await scatter(journals, numbers(40), (journal, round) => {
        const turns = drivers.flatMap((driver, i) => {
          const name = `r${round}-${i}`
          const claim = { ...claimOf(driver, name), loadVersion: Math.floor(round / 8) }
          const key = { key: `k${(round + i) % 50}`, requestHash: 'h', response: {} }
          return [
            orderTurn(name, { shard: (round + i) % 2 === 0 ? SHARD : OTHER_SHARD, claim }),
            orderTurn(`${name}k`, { shard: i % 2 === 0 ? SHARD : OTHER_SHARD, key }),
            driverTurn(driver, { events: round % 5 === 0 ? ['changed'] : [] }),
          ]
        })
        return journal.commit(round % 2 === 0 ? turns : turns.toReversed())
      })

      const committed = (outcomes as TurnOutcome[][]).flat().filter(outcome => outcome === 'committed').length
      expect(committed).toBeGreaterThan(50)
      const contents = await under().contents()
      for (const driver of contents.drivers) {
        const active = contents.assignments.filter(it => it.driverId === driver.driverId && !it.ended)
        expect(driver.load).toBe(active.length)
        expect(driver.loadVersion).toBe(active.length)
      }
      for (const shard of [SHARD, OTHER_SHARD]) {
        const seqs = contents.journal.filter(event => event.shard === shard).map(({ seq }) => seq)
        expect(seqs).toEqual(seqs.map((_, i) => i + 1))
      }
    })
  })
}
