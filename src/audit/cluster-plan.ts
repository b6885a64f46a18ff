import type { Uniform } from '../domain/ids.ts'
import { randomStream, weightedIndex } from '../sim/random.ts'
import { offersOf, type PlanOptions } from './embedded-plan.ts'

/** What each round does to a cluster, and how often beside the others. */
const WEIGHTS = {
  /** Killed with SIGKILL, and started again. */
  node_killed: 5,
  two_nodes_killed: 2,
  /** SIGSTOP past its lease, SIGCONT. */
  node_frozen: 4,
  /** SIGTERM, and started again: one step of a rolling restart. */
  node_rolled: 3,
  /** One more joins, and leaves again. */
  node_added: 2,
  nats_killed: 2,
  nats_restarted: 1,
  nats_frozen: 2,
  postgres_killed: 2,
  postgres_restarted: 1,
  postgres_stalled: 2,
  redis_flushed: 1,
  redis_killed: 1,
} as const

export type ClusterFault = keyof typeof WEIGHTS

// The cast is what `keyof` above says.
export const CLUSTER_FAULTS = Object.keys(WEIGHTS) as ClusterFault[]

/** How long what is struck stays away, in ms: below and above what the others bear without a word. */
const AWAY_MS: Readonly<Record<ClusterFault, readonly [minMs: number, maxMs: number]>> = {
  node_killed: [0, 8_000],
  two_nodes_killed: [3_000, 8_000],
  node_frozen: [4_200, 8_000],
  node_rolled: [0, 500],
  node_added: [4_000, 8_000],
  nats_killed: [0, 6_000],
  nats_restarted: [0, 0],
  nats_frozen: [500, 6_000],
  postgres_killed: [0, 3_000],
  postgres_restarted: [0, 0],
  postgres_stalled: [2_000, 2_000],
  redis_flushed: [0, 0],
  redis_killed: [0, 2_000],
}

export interface ClusterRound {
  readonly fault: ClusterFault
  /** Load before the fault. */
  readonly loadMs: number
  /** By its index. */
  readonly victim: number
  /** Of `two_nodes_killed`: the other one. */
  readonly other: number
  readonly awayMs: number
  /** Struck before the cluster has come to rest after the fault before. */
  readonly isHasty: boolean
  /** `WAGGLE_OFFERS` of a node that is started in it. */
  readonly offers: string
}

const LOAD_SHARE_MIN = 0.3
const HASTY_SHARE = 0.2

export function planClusterRounds({ seed, rounds, roundMs }: PlanOptions, nodes: number): ClusterRound[] {
  const random = randomStream(seed, 'cluster plan')
  return Array.from({ length: rounds }, () => roundOf(random, roundMs, nodes))
}

function roundOf(random: Uniform, roundMs: number, nodes: number): ClusterRound {
  const weights = CLUSTER_FAULTS.map(kind => WEIGHTS[kind])
  const fault = CLUSTER_FAULTS[weightedIndex(random, weights)] ?? 'node_killed'
  const [minMs, maxMs] = AWAY_MS[fault]
  const victim = Math.floor(random() * nodes)
  return {
    fault,
    loadMs: roundMs * (LOAD_SHARE_MIN + random() * (1 - LOAD_SHARE_MIN)),
    victim,
    other: (victim + 1 + Math.floor(random() * (nodes - 1))) % nodes,
    awayMs: minMs + random() * (maxMs - minMs),
    isHasty: random() < HASTY_SHARE,
    offers: offersOf(random),
  }
}
