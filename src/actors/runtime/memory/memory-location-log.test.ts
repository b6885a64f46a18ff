import { expect, test } from 'bun:test'
import { locationLogConformance } from '../../../../test/conformance/location-log.conformance.ts'
import type { DriverId } from '../../../domain/ids.ts'
import { StoreUnavailableError } from '../errors.ts'
import { fixRow } from '../fix-row.fixtures.ts'
import type { Clock } from '../ports.ts'
import { type AppendFault, MemoryHistory, MemoryLocationLog } from './memory-location-log.ts'

/** Fires what is armed, in order of its time, whenever it is told to. */
function handClock(nowMs: number): Clock & { run(): Promise<void> } {
  const armed: { atMs: number; fire: () => void }[] = []
  let now = nowMs
  return {
    nowMs: () => now,
    after(delayMs, fire) {
      const timer = { atMs: now + delayMs, fire }
      armed.push(timer)
      return () => armed.splice(armed.indexOf(timer), 1)
    },
    async run() {
      for (let next = armed.shift(); next; next = armed.shift()) {
        now = Math.max(now, next.atMs)
        next.fire()
        for (let i = 0; i < 10; i++) await Promise.resolve()
      }
    },
  }
}

const atOnce = (nowMs: number): Clock => ({
  nowMs: () => nowMs,
  after: (_delayMs, fire) => {
    queueMicrotask(fire)
    return () => {}
  },
})

locationLogConformance('MemoryLocationLog', async ({ nowMs, retentionDays }) => {
  const history = new MemoryHistory()
  let nextFault: AppendFault = 'ok'
  const log = new MemoryLocationLog({
    history,
    clock: atOnce(nowMs),
    retentionDays,
    before: () => {
      const fault = nextFault
      nextFault = 'ok'
      return fault
    },
  })
  return {
    log,
    other: new MemoryLocationLog({ history, clock: atOnce(nowMs), retentionDays }),
    route: async driverId => history.route(driverId),
    deadReasons: async () => history.deadLetters.map(letter => letter.reason),
    loseNextAnswer: async () => {
      nextFault = 'land_then_lose_answer'
    },
    close: async () => {},
  }
})

const row = fixRow('drv_1', 1_000)

test('an append that fails to arrive stores nothing; one whose answer is lost stores everything', async () => {
  for (const [fault, stored] of [
    ['unavailable', 0],
    ['land_then_lose_answer', 1],
  ] as const) {
    const history = new MemoryHistory()
    const log = new MemoryLocationLog({ history, clock: atOnce(1_000), retentionDays: 1, before: () => fault })
    await expect(log.append([row])).rejects.toThrow(StoreUnavailableError)
    expect(history.route(row.driverId)).toHaveLength(stored)
  }
})

test('the answer takes the latency of the clock that was given', async () => {
  const clock = handClock(1_000)
  const history = new MemoryHistory()
  const log = new MemoryLocationLog({ history, clock, retentionDays: 1, latencyMs: () => 40 })
  const answered = log.append([row]).then(() => clock.nowMs())
  expect(history.route(row.driverId)).toHaveLength(0)
  await clock.run()
  expect(await answered).toBe(1_040)
})

test('the last fix is the newest by its own time, not by arrival', async () => {
  const history = new MemoryHistory()
  history.append([row, { ...row, recordedAtMs: 5 }], 1_000, 1)
  expect(history.lastFix(row.driverId)?.recordedAtMs).toBe(1_000)
  expect(history.lastFix('drv_2' as DriverId)).toBeNull()
})
