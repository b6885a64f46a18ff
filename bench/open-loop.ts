/**
 * Something at a fixed rate, each at its own time whatever became of those before it. What the generator is late by is part of
 * every latency, and counted beside it.
 */
import { nowMs } from '../src/sim/clock.ts'
import { Histogram } from '../src/sim/histogram.ts'
import { ticksUntilOver } from './ticking.ts'

export interface OpenLoopOptions {
  readonly ratePerS: number
  readonly warmUpS: number
  readonly durationS: number
  /**
   * So long of the warm-up the rate rises to what it is afterwards; left out: it is that from the first on. What is behind before it is
   * compiled would go into the measured part with what it is behind by.
   */
  readonly rampS?: number
  /** Has to call `done` at most once, at any later time. */
  readonly send: (n: number, dueAtMs: number, isMeasured: boolean) => void
  /** The measured part begins, and its last one has been sent. */
  readonly onStart?: () => void
  readonly onEnd?: () => void
}

export interface OpenLoopRun {
  readonly sent: number
  readonly lateness: Histogram
}

const STEP_MS = 1
const LEAD_MS = 50

/** Of the n-th, from the start. */
function dueS(n: number, { ratePerS, rampS = 0 }: OpenLoopOptions): number {
  const isOnTheRamp = n < (ratePerS * rampS) / 2
  return isOnTheRamp ? Math.sqrt((2 * rampS * n) / ratePerS) : n / ratePerS + rampS / 2
}

/** Settles once the last one has been sent. */
export async function openLoop(options: OpenLoopOptions): Promise<OpenLoopRun> {
  const { warmUpS, durationS, send } = options
  const startMs = Math.ceil(nowMs()) + LEAD_MS
  const measuredFromMs = startMs + warmUpS * 1_000
  const endMs = measuredFromMs + durationS * 1_000
  const dueMs = (n: number): number => startMs + 1_000 * dueS(n, options)
  const lateness = new Histogram()
  let next = 0
  let sent = 0
  await ticksUntilOver(STEP_MS, () => {
    const now = nowMs()
    for (let due = dueMs(next); due <= now && due < endMs; due = dueMs(next)) {
      const isMeasured = due >= measuredFromMs
      if (isMeasured) {
        if (sent++ === 0) options.onStart?.()
        lateness.record(now - due)
      }
      send(next++, due, isMeasured)
    }
    if (dueMs(next) < endMs) return 'goes_on'
    options.onEnd?.()
    return 'over'
  })
  return { sent, lateness }
}
