/** Whole nodes under virtual time: each row of what may die, and how long service is away. */
import { expect, test } from 'bun:test'
import { GRACE_MS, LEASE_TTL_MS } from './limits.ts'
import { NodeClock } from './node-clock.fixtures.ts'
import { shareOf } from './rendezvous.ts'
import { SimulatedCluster, type SimulatedNode } from './simulated-cluster.fixtures.ts'

const SHARDS = 64
const TAKEOVER_BUDGET_MS = 6_000
const HAND_OFF_BUDGET_MS = 500

interface Running {
  readonly cluster: SimulatedCluster
  readonly a: SimulatedNode
  readonly b: SimulatedNode
  readonly c: SimulatedNode
}

/** Three nodes, of which so many run and serve everything; a moment of theirs chosen by the seed. */
function running(started: number, seed = 1): Running {
  const cluster = new SimulatedCluster({ seed, shards: SHARDS, nodes: 3 })
  for (const node of cluster.nodes.slice(0, started)) node.start()
  cluster.runFor(8_000 + cluster.between(0, 1_000))
  expect(cluster.unserved).toEqual([])
  const [a, b, c] = cluster.nodes as [SimulatedNode, SimulatedNode, SimulatedNode]
  return { cluster, a, b, c }
}

function epochsOf({ record }: SimulatedCluster): string {
  return [...record.epochs].map(([shard, { epoch, owner }]) => `${shard}:${epoch}@${owner}`).join(' ')
}

test('after a kill the shards of the dead are served again within the budget, whenever it happens', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { cluster, b } = running(3, seed)
    b.crash()
    expect(cluster.unserved.length).toBeGreaterThan(0)

    expect(cluster.runUntil(() => cluster.unserved.length === 0, 20_000)).toBeLessThan(TAKEOVER_BUDGET_MS)
    // One of them did it, not each: every shard has been taken over once.
    expect(cluster.counts.fenced ?? 0).toBe(0)
  }
})

test('the last node that lives takes over everything, of two that were killed at once', () => {
  const { cluster, a, b } = running(3)
  a.crash()
  b.crash()

  expect(cluster.runUntil(() => cluster.unserved.length === 0, 20_000)).toBeLessThan(TAKEOVER_BUDGET_MS)
  expect(cluster.ownersByNode()).toEqual([0, 0, SHARDS])
})

test('a node that joins is given at most its share, each shard away for less than the budget, and nothing else moves', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { cluster, c } = running(2, seed)
    const before = new Map(cluster.record.epochs)
    c.start()

    expect(cluster.longestGapMs(8_000)).toBeLessThan(HAND_OFF_BUDGET_MS)

    const moved = [...cluster.record.epochs].filter(([shard, { epoch }]) => epoch !== before.get(shard)?.epoch)
    expect(moved.length).toBeGreaterThan(10)
    expect(moved.length).toBeLessThanOrEqual(
      shareOf(
        1,
        [1, 1, 1].map((weight, i) => ({ node: `${i}` as never, weight })),
        SHARDS,
      ),
    )
    expect(moved.every(([, { owner }]) => owner === c.id)).toBe(true)
    expect(cluster.counts.fenced ?? 0).toBe(0)
  }
})

test('a node that leaves hands everything off first, each shard away for less than the budget', () => {
  const { cluster, b } = running(3)
  const isGone = b.leave()

  expect(cluster.longestGapMs(3_000)).toBeLessThan(HAND_OFF_BUDGET_MS)
  expect(isGone()).toBe(true)
  expect(cluster.bucket.get(b.id)?.value).toBeNull()
  expect(cluster.counts.declared_dead ?? 0).toBe(0)
})

test('all nodes restarted one by one: nothing is ever away for longer than a hand-off', () => {
  const { cluster } = running(3)
  for (const node of cluster.nodes) {
    const isGone = node.leave()
    expect(cluster.longestGapMs(3_000)).toBeLessThan(HAND_OFF_BUDGET_MS)
    expect(isGone()).toBe(true)
    node.start()
    expect(cluster.longestGapMs(6_000)).toBeLessThan(HAND_OFF_BUDGET_MS)
  }
  expect(cluster.counts.fenced ?? 0).toBe(0)
})

test('the successor dies in the middle of a hand-off: what it was given is served again within the budget', () => {
  let tried = 0
  for (let seed = 1; seed <= 12; seed++) {
    const { cluster, c } = running(2, seed)
    c.start()
    const sealed = cluster.counts.sealed ?? 0
    cluster.runUntil(() => (cluster.counts.sealed ?? 0) > sealed, 8_000)
    cluster.runFor(cluster.between(0, 12))
    c.crash()
    if (cluster.unserved.length > 0) tried++

    expect(cluster.runUntil(() => cluster.unserved.length === 0, 20_000)).toBeLessThan(TAKEOVER_BUDGET_MS)
  }
  expect(tried).toBeGreaterThan(5)
})

test('who hands off dies in the middle of it: the successor and the others finish within the budget', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const { cluster, b } = running(3, seed)
    b.leave()
    cluster.runFor(cluster.between(0, 20))
    b.crash()

    expect(cluster.runUntil(() => cluster.unserved.length === 0, 20_000)).toBeLessThan(TAKEOVER_BUDGET_MS)
  }
})

test('a zombie, paused past its lease, commits nothing for what was taken, drops it and joins again', () => {
  const { cluster, b } = running(3)
  const had = b.served.size
  b.clock.pause()
  expect(cluster.runUntil(() => cluster.unserved.length === 0, 20_000)).toBeLessThan(TAKEOVER_BUDGET_MS)
  b.clock.resume()
  cluster.runFor(50)

  expect(b.served.size).toBe(0)
  expect(cluster.counts.fenced).toBeGreaterThan(0)
  expect(b.driver?.status.self).toMatchObject({ incarnation: 'b1.2', phase: 'joining' })
  cluster.runFor(8_000)
  expect(b.served.size).toBeGreaterThan(had / 2)
})

test('a node that is cut off from the bucket serves on until others take over, and is fenced then', () => {
  const { cluster, b } = running(3)
  b.membership?.cutOff()
  cluster.runFor(LEASE_TTL_MS / 2)
  expect(cluster.unserved).toEqual([])
  expect(b.served.size).toBeGreaterThan(0)

  expect(cluster.longestGapMs(8_000)).toBeLessThan(HAND_OFF_BUDGET_MS)
  expect(b.served.size).toBe(0)
})

test('while the bucket is away, and in the grace time after it, nothing is taken and everything is served', () => {
  const { cluster } = running(3)
  const before = epochsOf(cluster)
  cluster.bucketIsAway = true
  expect(cluster.longestGapMs(20_000)).toBe(0)
  cluster.bucketIsAway = false
  expect(cluster.longestGapMs(20_000)).toBe(0)

  expect(epochsOf(cluster)).toBe(before)
  expect(cluster.counts.declared_dead ?? 0).toBe(0)
})

test('a node that dies while the bucket is away is taken over once the grace time after it is over', () => {
  const { cluster, b } = running(3)
  cluster.bucketIsAway = true
  cluster.runFor(1_000)
  b.crash()
  cluster.runFor(10_000)
  cluster.bucketIsAway = false
  cluster.runFor(GRACE_MS - 200)
  expect(cluster.unserved.length).toBeGreaterThan(0)

  expect(cluster.runUntil(() => cluster.unserved.length === 0, 20_000)).toBeLessThan(TAKEOVER_BUDGET_MS - GRACE_MS)
})

test('everything in the bucket is lost: the nodes find each other again, and nothing is away for longer than a hand-off', () => {
  const { cluster } = running(3)
  cluster.bucket.wipe()

  expect(cluster.longestGapMs(15_000)).toBeLessThan(HAND_OFF_BUDGET_MS)
  for (const node of cluster.nodes) expect(node.driver?.status.members.length).toBe(2)
})

test('the record is away when a node dies: its shards are taken as soon as the record answers', () => {
  const { cluster, b } = running(3)
  cluster.recordIsAway = true
  b.crash()
  cluster.runFor(10_000)
  expect(cluster.unserved.length).toBeGreaterThan(0)
  cluster.recordIsAway = false

  expect(cluster.runUntil(() => cluster.unserved.length === 0, 20_000)).toBeLessThan(1_000)
})

test('a node that is started again under its name waits for its old lease to lapse, and then serves again', () => {
  const { cluster, b } = running(3)
  b.crash()
  b.start()
  cluster.runFor(1_000)
  expect(b.driver?.status.hasLease).toBe(false)
  expect(b.troubles.join()).toContain('in use')

  cluster.runFor(12_000)

  expect(cluster.unserved).toEqual([])
  expect(b.served.size).toBeGreaterThan(10)
})

test('clocks that are wrong by hours, run at different speeds or are set back change nothing', () => {
  const cluster = new SimulatedCluster({ seed: 3, shards: SHARDS, nodes: 3 })
  const hourMs = 3_600_000
  cluster.nodes.forEach((node, i) => {
    node.start(new NodeClock(cluster.clock, { offsetMs: (i - 1) * hourMs, rate: 1 + (i - 1) * 0.01 }))
  })
  cluster.runFor(8_000)
  for (const node of cluster.nodes) node.clock.set(-hourMs)
  expect(cluster.longestGapMs(3_000)).toBe(0)
  cluster.nodes[0]?.crash()

  expect(cluster.runUntil(() => cluster.unserved.length === 0, 20_000)).toBeLessThan(TAKEOVER_BUDGET_MS)
})

test('a shard that breaks on its node is taken anew there, and served again', () => {
  const { cluster, a } = running(2)
  const [shard] = a.served.keys()
  if (shard === undefined) throw new Error('it serves nothing')
  a.served.delete(shard)
  a.driver?.shardLost(shard, 'failed')

  expect(cluster.runUntil(() => a.actsFor(shard), 5_000)).toBeLessThan(1_000)
})
