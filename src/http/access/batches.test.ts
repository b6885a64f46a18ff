import { expect, test } from 'bun:test'
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import { VirtualClock } from '../../actors/runtime/memory/virtual-clock.ts'
import { Batches } from './batches.ts'

function batches(write: (batch: ReadonlyMap<string, number>) => Promise<void>, max = 10) {
  const clock = new VirtualClock()
  const failures: unknown[] = []
  const options = { clock, everyMs: 1_000, max, write, onFailure: (error: unknown) => failures.push(error) }
  return { clock, failures, gathered: new Batches<number>(options) }
}

test('what comes within the time is written together, the newest of each name', () => {
  const written: [string, number][][] = []
  const { clock, gathered } = batches(async batch => {
    written.push([...batch])
  })
  for (let i = 0; i < 100; i++) gathered.put(i % 2 === 0 ? 'even' : 'odd', i)
  expect(written).toEqual([])
  clock.advance(1_000)
  expect(written).toEqual([
    [
      ['even', 98],
      ['odd', 99],
    ],
  ])
  clock.advance(60_000)
  expect(written).toHaveLength(1)
})

test('a batch that was not taken is tried again, and never replaces what is newer', () => {
  const written: [string, number][][] = []
  let isDown = true
  const { clock, failures, gathered } = batches(async batch => {
    if (isDown) throw new StoreUnavailableError('down')
    written.push([...batch])
  })
  gathered.put('a', 1)
  gathered.put('b', 1)
  clock.advance(1_000)
  gathered.put('a', 2)
  isDown = false
  clock.advance(1_000)
  expect(failures).toHaveLength(1)
  expect(written.map(batch => Object.fromEntries(batch))).toEqual([{ a: 2, b: 1 }])
})

test('beyond its bound, and where it would be refused again, something is lost and counted', () => {
  const { clock, gathered } = batches(() => Promise.reject(new Error('refused')), 3)
  for (const name of ['a', 'b', 'c', 'd']) gathered.put(name, 1)
  expect([gathered.size, gathered.lost]).toEqual([3, 1])
  clock.advance(1_000)
  expect([gathered.size, gathered.lost]).toEqual([0, 4])
})

test('closing waits for what is being written, writes the rest once, and leaves no timer', async () => {
  const written: string[] = []
  const gate = Promise.withResolvers<void>()
  const { clock, gathered } = batches(async batch => {
    await gate.promise
    written.push(...batch.keys())
    if (batch.has('later')) throw new StoreUnavailableError('down')
  })
  gathered.put('first', 1)
  clock.advance(1_000)
  gathered.put('later', 1)
  const closed = gathered.close()
  gate.resolve()
  await closed
  expect(written).toEqual(['first', 'later'])
  expect(clock.nextAtMs()).toBeNull()
})
