import type { Uniform } from '../domain/ids.ts'
import { randomStream, weightedIndex } from '../sim/random.ts'

/** What each round does to the processes, drawn from the seed before anything runs. */
export const FAULTS = ['node', 'postgres', 'both', 'sigterm', 'starting'] as const

/**
 * `node`, `postgres`, `both`: killed with SIGKILL, Postgres by its postmaster, `both` in either order. `sigterm`: the node is
 * asked to stop. `starting`: the node is killed, and killed once more while it starts.
 */
export type Fault = (typeof FAULTS)[number]

export interface EmbeddedRound {
  readonly fault: Fault
  /** Load before the fault. */
  readonly loadMs: number
  /** `both`: which goes first. */
  readonly first: 'node' | 'postgres'
  /** `both`: the time between the two. `starting`: how long the start gets. */
  readonly pauseMs: number
  /** `WAGGLE_OFFERS` of the node that is started after it. */
  readonly offers: string
}

const WEIGHTS: Readonly<Record<Fault, number>> = { node: 5, postgres: 3, both: 3, sigterm: 2, starting: 2 }
/** The fault comes at a random moment of the last part of a round's time. */
const LOAD_SHARE_MIN = 0.3
const BETWEEN_MAX_MS = 200
const STARTING_MAX_MS = 900
const BROADCAST_SHARE = 0.35

export interface PlanOptions {
  readonly seed: number
  readonly rounds: number
  readonly roundMs: number
}

export function planRounds({ seed, rounds, roundMs }: PlanOptions): EmbeddedRound[] {
  const random = randomStream(seed, 'plan')
  return Array.from({ length: rounds }, () => roundOf(random, roundMs))
}

function roundOf(random: Uniform, roundMs: number): EmbeddedRound {
  const fault =
    FAULTS[
      weightedIndex(
        random,
        FAULTS.map(kind => WEIGHTS[kind]),
      )
    ] ?? 'node'
  return {
    fault,
    loadMs: roundMs * (LOAD_SHARE_MIN + random() * (1 - LOAD_SHARE_MIN)),
    first: random() < 0.5 ? 'node' : 'postgres',
    pauseMs: random() * (fault === 'starting' ? STARTING_MAX_MS : BETWEEN_MAX_MS),
    offers: offersOf(random),
  }
}

/** Asking one driver at a time, or three at once: broadcasts make accepts race. */
export function offersOf(random: Uniform): string {
  return random() < BROADCAST_SHARE ? 'broadcast:3' : 'one'
}
