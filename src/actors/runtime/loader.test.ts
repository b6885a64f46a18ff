import { expect, test } from 'bun:test'
import { newOrderId, type OrderId, type ShardId } from '../../domain/ids.ts'
import type { AnyActorKind } from './actor.ts'
import { counterKind } from './counter.fixtures.ts'
import { Loader } from './loader.ts'
import { MemoryJournal } from './memory/memory-journal.ts'
import { MemoryRecord } from './memory/memory-record.ts'
import { VirtualClock } from './memory/virtual-clock.ts'
import type { StoredOrder } from './ports.ts'
import { Slot } from './slot.ts'

const SHARD = 3 as ShardId
const MAX = 1_000

/** Notes how many it is asked for at once. */
class NotingJournal extends MemoryJournal {
  readonly asked: number[] = []

  override loadOrders(orderIds: readonly OrderId[]): Promise<StoredOrder[]> {
    this.asked.push(orderIds.length)
    return super.loadOrders(orderIds)
  }
}

function setUp() {
  const clock = new VirtualClock()
  const record = new MemoryRecord({ nowMs: () => clock.nowMs() })
  let isDown = false
  const journal = new NotingJournal({ record, clock, before: () => (isDown ? 'unavailable' : 'ok') })
  const loaded: string[] = []
  let refused = 0
  const loader = new Loader({
    clock,
    journal,
    epochOf: () => 1,
    orderLoaded: slot => loaded.push(slot.id),
    driverLoaded: () => {},
    unavailable: () => refused++,
    settled: () => {},
    fail: error => {
      throw error
    },
  })
  const slots = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      const id = newOrderId(SHARD, 1_700_000_000_000 + i, () => 0.5)
      return new Slot(counterKind as AnyActorKind, id, SHARD, 'loading')
    })
  const load = (all: readonly Slot[]) => {
    for (const slot of all) loader.load(slot)
    loader.flush()
  }
  return {
    clock,
    journal,
    loader,
    loaded,
    slots,
    load,
    refused: () => refused,
    setDown: (down: boolean) => {
      isDown = down
    },
  }
}

/** Lets what is asked be answered, without time. */
async function answered(clock: VirtualClock): Promise<void> {
  for (let round = 0; round < 20; round++) {
    clock.advance(0)
    await Promise.resolve()
  }
}

test('one round trip brings so many and no more; the next waits for it', async () => {
  const { clock, journal, loader, loaded, slots, load } = setUp()
  load(slots(2 * MAX + 1))
  expect(journal.asked).toEqual([MAX])
  await answered(clock)
  expect(journal.asked).toEqual([MAX, MAX, 1])
  expect(loaded).toHaveLength(2 * MAX + 1)
  expect(loader.isIdle).toBe(true)
})

test('who is gone, or was loaded meanwhile, is not asked for', async () => {
  const { clock, journal, loaded, slots, load } = setUp()
  const [gone, ready, waiting] = slots(3)
  if (gone) gone.phase = 'gone'
  if (ready) ready.phase = 'ready'
  load([gone, ready, waiting].flatMap(slot => slot ?? []))
  await answered(clock)
  expect(journal.asked).toEqual([1])
  expect(loaded).toEqual([waiting?.id ?? ''])
})

test('while the record does not answer, whoever waits is told each time, and is loaded when it answers again', async () => {
  const { clock, loaded, slots, load, refused, setDown } = setUp()
  setDown(true)
  load(slots(2))
  await answered(clock)
  expect([refused(), loaded.length]).toEqual([2, 0])

  setDown(false)
  clock.advance(499)
  await answered(clock)
  expect(loaded).toHaveLength(0)
  clock.advance(1)
  await answered(clock)
  expect([refused(), loaded.length]).toEqual([2, 2])
})
