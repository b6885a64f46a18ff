/**
 * The highest rate that a system sustains. Sustained: acknowledgements within 250 ms (p99), nothing refused or lost, and no
 * backlog that takes longer than that to drain. Tries of the systems go by turns, so that a noisy neighbour meets both.
 */
import type { Trial } from './trial.ts'

const ACK_P99_MAX_MS = 250
const GROWTH = 2
/** The answer is as exact as that. */
const PRECISION = 1.05

export function isSustained(trial: Trial): boolean {
  return (
    trial.ack.quantile(0.99) <= ACK_P99_MAX_MS &&
    trial.drainMs <= ACK_P99_MAX_MS &&
    trial.acked === trial.sent &&
    trial.lost === 0
  )
}

/** What is known of one system so far: pure, so that its steps can be tested without any system. */
export interface Search {
  readonly nextPerS: number
  /** The highest that was sustained; 0: none yet. */
  readonly goodPerS: number
  /** The lowest that was not; infinite: none yet. */
  readonly badPerS: number
  readonly isOver: boolean
}

/** Below this a system is not measured but broken. */
const LEAST_PER_S = 10

export function startSearch(fromPerS: number): Search {
  return { nextPerS: fromPerS, goodPerS: 0, badPerS: Number.POSITIVE_INFINITY, isOver: false }
}

export function nextStep({ nextPerS, goodPerS, badPerS }: Search, wasSustained: boolean): Search {
  const good = wasSustained ? Math.max(goodPerS, nextPerS) : goodPerS
  const bad = wasSustained ? badPerS : Math.min(badPerS, nextPerS)
  const next = !Number.isFinite(bad) ? good * GROWTH : good === 0 ? bad / GROWTH : Math.sqrt(good * bad)
  const isOver = (good > 0 && bad / good <= PRECISION) || next < LEAST_PER_S
  return { nextPerS: Math.round(next), goodPerS: good, badPerS: bad, isOver }
}
