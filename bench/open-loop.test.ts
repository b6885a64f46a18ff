import { expect, test } from 'bun:test'
import { nowMs } from '../src/sim/clock.ts'
import { openLoop } from './open-loop.ts'

test('each is sent once, never before its time, and those of the warm-up are not measured', async () => {
  const due: number[] = []
  const early: number[] = []
  let measured = 0
  const { sent, lateness } = await openLoop({
    ratePerS: 500,
    warmUpS: 0.05,
    durationS: 0.1,
    send: (_, dueAtMs, isMeasured) => {
      due.push(dueAtMs)
      if (nowMs() < dueAtMs) early.push(dueAtMs)
      if (isMeasured) measured++
    },
  })
  expect(due).toHaveLength(75)
  expect(new Set(due).size).toBe(75)
  expect(early).toEqual([])
  expect([sent, measured, lateness.count]).toEqual([50, 50, 50])
})

test('what a slow sender delays is sent late, not left out', async () => {
  let calls = 0
  const { sent, lateness } = await openLoop({
    ratePerS: 1_000,
    warmUpS: 0,
    durationS: 0.1,
    send: () => {
      // The whole generator stands still for half of the run.
      if (++calls === 10) Bun.sleepSync(50)
    },
  })
  expect(sent).toBe(100)
  expect(lateness.maxMs).toBeGreaterThan(40)
})

test('on a ramp the rate rises to what it is afterwards, and as many are measured', async () => {
  const due: number[] = []
  const { sent } = await openLoop({
    ratePerS: 500,
    warmUpS: 0.2,
    rampS: 0.1,
    durationS: 0.1,
    send: (_, dueAtMs) => due.push(dueAtMs),
  })
  const startMs = due[0] ?? 0
  const within = (fromMs: number, toMs: number) =>
    due.filter(atMs => atMs - startMs >= fromMs && atMs - startMs < toMs).length
  expect([within(0, 50), within(50, 100)]).toEqual([7, 18])
  expect(within(100, 200)).toBe(50)
  expect(sent).toBe(50)
})
