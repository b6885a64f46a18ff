import { describe, expect, test } from 'bun:test'
import { journalConformance } from '../../../../test/conformance/journal.conformance.ts'
import type { Contents, JournalUnderTest } from '../../../../test/conformance/journal-fixtures.ts'
import { orderId, orderTurn, SHARD } from '../../../../test/conformance/journal-fixtures.ts'
import { CommitUnknownError, StoreUnavailableError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { type JournalFate, MemoryJournal } from './memory-journal.ts'
import { MemoryRecord } from './memory-record.ts'
import { VirtualClock } from './virtual-clock.ts'

function by<T>(field: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (field(a) < field(b) ? -1 : 1)
}

function contentsOf(record: MemoryRecord): Contents {
  return {
    orders: record.orders().sort(by(order => order.orderId)),
    drivers: record.drivers().sort(by(driver => driver.driverId)),
    assignments: record
      .assignments()
      .map(({ startedAtMs: _, endedAtMs, ...assignment }) => ({ ...assignment, ended: endedAtMs !== null })),
    journal: record.journal().sort((a, b) => a.shard - b.shard || a.seq - b.seq),
    keys: record.keys().sort(by(({ key }) => key)),
    decisions: record.decisions(),
  }
}

/** Virtual time that moves by itself, one timer per turn of the event loop: requests overlap, and nobody waits. */
function selfDriven(clock: VirtualClock): Clock {
  return {
    nowMs: () => clock.nowMs(),
    after: (delayMs, fire) => {
      const cancel = clock.after(delayMs, fire)
      setImmediate(() => clock.step())
      return cancel
    },
  }
}

async function make(): Promise<JournalUnderTest> {
  let seed = 1
  const latencyMs = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % 10
  }
  const clock = selfDriven(new VirtualClock())
  const record = new MemoryRecord({ nowMs: clock.nowMs })
  return {
    open: () => new MemoryJournal({ record, clock, latencyMs }),
    contents: async () => contentsOf(record),
    close: async () => undefined,
  }
}

journalConformance('memory', make)

describe('faults of the journal in memory', () => {
  async function commitWith(fate: JournalFate) {
    const clock = new VirtualClock()
    const record = new MemoryRecord({ nowMs: () => clock.nowMs() })
    const journal = new MemoryJournal({
      record,
      clock,
      latencyMs: () => 10,
      before: ({ method }) => (method === 'commit' ? fate : 'ok'),
    })
    await clock.settle(journal.takeShards([SHARD], 'node'))
    const answer = await clock.settle(journal.commit([orderTurn('a')]).catch((error: unknown) => error))
    const written = record.orders().length
    clock.runUntilIdle()
    return { answer, written, writtenInTheEnd: record.orders().length, clock }
  }

  test('none: it is carried out half-way through its latency and answered at the end', async () => {
    const { answer, written, clock } = await commitWith('ok')

    expect(answer).toEqual(['committed'])
    expect(written).toBe(1)
    expect(clock.nowMs()).toBe(20)
  })

  test('unavailable: nothing is written, and the caller knows', async () => {
    const { answer, writtenInTheEnd } = await commitWith('unavailable')

    expect(answer).toBeInstanceOf(StoreUnavailableError)
    expect(writtenInTheEnd).toBe(0)
  })

  test.each([
    ['land_then_lose_answer', 1, 1],
    ['lose_before', 0, 0],
    ['lose_answer_then_land', 0, 1],
  ] as const)('%s: the caller cannot tell what was written', async (fate, atOnce, inTheEnd) => {
    const { answer, written, writtenInTheEnd } = await commitWith(fate)

    expect(answer).toBeInstanceOf(CommitUnknownError)
    expect([written, writtenInTheEnd]).toEqual([atOnce, inTheEnd])
  })

  test('a request other than a commit that loses its answer is merely unavailable', async () => {
    const clock = new VirtualClock()
    const record = new MemoryRecord({ nowMs: () => clock.nowMs() })
    const journal = new MemoryJournal({ record, clock, before: () => 'land_then_lose_answer' })

    const answer = await clock.settle(journal.takeShards([SHARD], 'node').catch((error: unknown) => error))

    expect(answer).toBeInstanceOf(StoreUnavailableError)
    expect(record.shards()).toMatchObject([{ shard: SHARD, epoch: 1 }])
  })

  test('what is read back is nobody else’s object', async () => {
    const clock = new VirtualClock()
    const record = new MemoryRecord({ nowMs: () => clock.nowMs() })
    const state = { list: [1] }
    record.takeShards([SHARD], 'node')
    record.commit([orderTurn('a', { row: { state } })])

    state.list.push(2)

    expect(record.loadOrders([orderId('a')])[0]?.state).toEqual({ list: [1] })
  })
})
