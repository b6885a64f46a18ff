/**
 * One seeded life of a small cluster: nodes with clocks that are wrong, half a minute of faults, then calm until every shard is
 * served and nothing moves any more.
 */
import { NodeClock } from './node-clock.fixtures.ts'
import { SimulatedCluster, type SimulatedNode } from './simulated-cluster.fixtures.ts'

/** Time for a node that was started last to join and be given its shards. */
const SETTLE_MS = 20_000
const FAULTS_MS = 30_000
const HOUR_MS = 3_600_000

function startWith(cluster: SimulatedCluster, node: SimulatedNode): void {
  const offsetMs = cluster.between(-HOUR_MS, HOUR_MS)
  node.start(new NodeClock(cluster.clock, { offsetMs, rate: cluster.between(0.995, 1.005) }))
}

type Fault = (cluster: SimulatedCluster, node: SimulatedNode) => void

/** Each arranges its own end. What is under way when the faults stop is ended then. */
const FAULTS: readonly Fault[] = [
  function crashed(cluster, node) {
    node.crash()
    cluster.clock.after(cluster.between(50, 9_000), () => {
      if (!node.isUp) startWith(cluster, node)
    })
  },
  function pausedPastItsLease(cluster, { clock }) {
    cluster.count('pauses')
    clock.pause()
    cluster.clock.after(cluster.between(200, 9_000), () => clock.resume())
  },
  function cutOffFromTheBucket(cluster, { membership }) {
    cluster.count('cut_offs')
    membership?.cutOff()
    cluster.clock.after(cluster.between(200, 9_000), () => membership?.mend())
  },
  function bucketAway(cluster) {
    cluster.count('bucket_outages')
    cluster.bucketIsAway = true
    cluster.clock.after(cluster.between(200, 9_000), () => {
      cluster.bucketIsAway = false
    })
  },
  function bucketWiped(cluster) {
    cluster.count('bucket_wipes')
    cluster.bucket.wipe()
  },
  function recordAway(cluster) {
    cluster.count('record_outages')
    cluster.recordIsAway = true
    cluster.clock.after(cluster.between(200, 6_000), () => {
      cluster.recordIsAway = false
    })
  },
  function clockSet(cluster, { clock }) {
    cluster.count('clocks_set')
    clock.set(cluster.pick([-HOUR_MS, -5_000, 5_000, HOUR_MS]))
  },
  function left(cluster, node) {
    const isGone = node.leave()
    const again = () => {
      if (node.isUp && !isGone()) cluster.clock.after(500, again)
      else if (!node.isUp) startWith(cluster, node)
    }
    cluster.clock.after(cluster.between(500, 6_000), again)
  },
]

function suffer(cluster: SimulatedCluster): void {
  cluster.isCalm = false
  const endMs = cluster.clock.nowMs() + FAULTS_MS
  while (cluster.clock.nowMs() < endMs) {
    cluster.runFor(cluster.between(50, 4_000))
    const up = cluster.nodes.filter(node => node.isUp)
    if (up.length > 0) cluster.pick(FAULTS)(cluster, cluster.pick(up))
  }
  cluster.isCalm = true
  cluster.bucketIsAway = false
  cluster.recordIsAway = false
  for (const node of cluster.nodes) {
    node.membership?.mend()
    if (node.clock.isPaused) node.clock.resume()
    if (!node.isUp) startWith(cluster, node)
  }
}

function isSettled(cluster: SimulatedCluster): boolean {
  if (cluster.unserved.length > 0) return false
  return cluster.nodes.every(node => {
    const status = node.driver?.status
    return (
      node.isUp &&
      status?.hasLease === true &&
      status.self.phase === 'serving' &&
      status.members.length === cluster.nodes.length - 1 &&
      status.serving.length === node.served.size &&
      status.serving.every(({ shard }) => node.actsFor(shard))
    )
  })
}

export interface Life {
  readonly counts: Readonly<Record<string, number>>
  /** Until every shard was served again, once the faults had stopped. */
  readonly servedAfterMs: number
  readonly steps: number
}

/** @throws naming the seed. */
export function live(seed: number): Life {
  const cluster = new SimulatedCluster({ seed, shards: 24, nodes: 3 + (seed % 3), faultChance: 0.03 })
  try {
    for (const node of cluster.nodes) startWith(cluster, node)
    if (cluster.runUntil(() => cluster.unserved.length === 0, SETTLE_MS) === null)
      throw new Error('it never began to serve')
    suffer(cluster)
    const servedAfterMs = cluster.runUntil(() => cluster.unserved.length === 0, SETTLE_MS)
    if (servedAfterMs === null) throw new Error(`unserved: ${cluster.unserved.join(' ')}`)
    // Longer than a hand-off that went wrong is held against its successor.
    cluster.runFor(SETTLE_MS)
    if (!isSettled(cluster)) throw new Error('it does not settle')
    const epochs = epochsOf(cluster)
    cluster.runFor(SETTLE_MS)
    if (epochsOf(cluster) !== epochs) throw new Error(`shards move for ever: ${epochs} → ${epochsOf(cluster)}`)
    return { counts: cluster.counts, servedAfterMs, steps: cluster.steps }
  } catch (error) {
    throw new Error(`seed ${seed}, step ${cluster.steps}: ${String(error)}`, { cause: error })
  }
}

function epochsOf(cluster: SimulatedCluster): string {
  return [...cluster.record.epochs.values()].map(e => e.epoch).join(' ')
}
