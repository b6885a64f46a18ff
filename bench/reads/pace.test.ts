import { expect, test } from 'bun:test'
import { nowMs } from '../../src/sim/clock.ts'
import { seededRandom } from '../../src/sim/random.ts'
import { pace } from './pace.ts'

const random = seededRandom(1)

test('each is due in its own interval and sent once, never before its time, also where nothing is awaited', async () => {
  for (const ratePerS of [50, 2_000]) {
    const startAtMs = nowMs() + 10
    const due: number[] = []
    let early = 0
    const send = (dueAtMs: number, atMs: number): void => {
      due.push(dueAtMs - startAtMs)
      if (atMs < dueAtMs || nowMs() < dueAtMs) early++
    }
    await pace({ ratePerS, startAtMs, endAtMs: startAtMs + 200, random, send, awaitingSinceMs: () => null })
    const intervals = due.map(ms => Math.floor((ms * ratePerS) / 1_000))
    expect(intervals).toEqual(Array.from({ length: ratePerS / 5 }, (_, n) => n))
    expect(early).toBe(0)
  }
})

test('what keeps the process delays what is due meanwhile, and leaves none of it out', async () => {
  const startAtMs = nowMs() + 10
  let sent = 0
  let latestMs = 0
  const send = (dueAtMs: number, atMs: number): void => {
    latestMs = Math.max(latestMs, atMs - dueAtMs)
    if (++sent === 10) Bun.sleepSync(50)
  }
  await pace({ ratePerS: 1_000, startAtMs, endAtMs: startAtMs + 100, random, send, awaitingSinceMs: () => nowMs() })
  expect(sent).toBe(100)
  expect(latestMs).toBeGreaterThan(40)
})

test('what sending throws ends it', async () => {
  const startAtMs = nowMs()
  const send = (): void => {
    throw new RangeError('no')
  }
  const run = pace({ ratePerS: 1_000, startAtMs, endAtMs: startAtMs + 100, random, send, awaitingSinceMs: () => null })
  await expect(run).rejects.toThrow('no')
})
