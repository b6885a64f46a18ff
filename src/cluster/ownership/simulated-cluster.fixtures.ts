/**
 * A few nodes that own shards of one record, under virtual time: the real driver and deciders, and in place of a host the least
 * that serves: it loads what is opened, commits for each served shard ten times a second, and hears when it is fenced.
 *
 * Checked after every step: an epoch only rises, and at most one node acts with the current one. Everything random comes
 * from the seed.
 */
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import type { ShardGrant } from '../../actors/runtime/host.ts'
import { type JournalFate, MemoryJournal } from '../../actors/runtime/memory/memory-journal.ts'
import { type MembershipFate, MemoryBucket, MemoryMembership } from '../../actors/runtime/memory/memory-membership.ts'
import { MemoryRecord } from '../../actors/runtime/memory/memory-record.ts'
import { VirtualClock } from '../../actors/runtime/memory/virtual-clock.ts'
import type { JournalTurn, Random } from '../../actors/runtime/ports.ts'
import type { OrderId, ShardId } from '../../domain/ids.ts'
import { LEASE_TTL_MS } from './limits.ts'
import { NodeClock } from './node-clock.fixtures.ts'
import { OwnershipDriver } from './ownership-driver.ts'
import type { NodeId } from './types.ts'

const COMMIT_EVERY_MS = 100
const START_MS = 1_700_000_000_000

/** mulberry32. */
export function seeded(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** The record, which tells who owns what as it is decided. */
class WatchedRecord extends MemoryRecord {
  readonly epochs = new Map<ShardId, { epoch: number; owner: string }>()
  readonly faults: string[] = []

  override takeShards(shards: readonly ShardId[], owner: string): number[] {
    const epochs = super.takeShards(shards, owner)
    shards.forEach((shard, i) => {
      const epoch = epochs[i] ?? 0
      if (epoch <= (this.epochs.get(shard)?.epoch ?? 0))
        this.faults.push(`the epoch of shard ${shard} fell to ${epoch}`)
      this.epochs.set(shard, { epoch, owner })
    })
    return epochs
  }
}

interface Served {
  readonly epoch: number
  isOpen: boolean
  isSealed: boolean
  commits: number
}

export interface ClusterOptions {
  readonly seed: number
  readonly shards: number
  readonly nodes: number
  /** Chances of a single call or message to go wrong, while it is not calm. */
  readonly faultChance?: number
}

export class SimulatedCluster {
  readonly clock: VirtualClock
  readonly record: WatchedRecord
  readonly bucket: MemoryBucket
  readonly nodes: SimulatedNode[]
  readonly random: Random
  readonly shards: number
  readonly counts: Record<string, number> = {}
  readonly #faultChance: number
  isCalm = true
  bucketIsAway = false
  recordIsAway = false
  steps = 0

  constructor({ seed, shards, nodes, faultChance = 0 }: ClusterOptions) {
    const random = seeded(seed)
    this.random = random
    this.shards = shards
    this.#faultChance = faultChance
    this.clock = new VirtualClock({ startMs: START_MS, shuffle: random })
    this.record = new WatchedRecord({ nowMs: () => this.clock.nowMs() })
    this.bucket = new MemoryBucket({ clock: this.clock, ttlMs: LEASE_TTL_MS, expiryLagMs: () => random() * 300 })
    this.nodes = Array.from({ length: nodes }, (_, i) => new SimulatedNode(this, `node-${i}` as NodeId))
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  happens(chance: number): boolean {
    return this.random() < chance
  }

  between(min: number, max: number): number {
    return min + this.random() * (max - min)
  }

  pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.random() * all.length)] as T
  }

  get goesWrong(): boolean {
    return !this.isCalm && this.happens(this.#faultChance)
  }

  /** @throws where an invariant does not hold. */
  runFor(ms: number): void {
    this.runUntil(() => false, ms)
  }

  /** @returns how long it took; null where it did not come true in time. */
  runUntil(isTrue: () => boolean, maxMs: number): number | null {
    const startMs = this.clock.nowMs()
    for (;;) {
      const nextMs = this.clock.nextAtMs()
      if (nextMs === null || nextMs > startMs + maxMs) break
      this.clock.step()
      this.steps++
      this.#check()
      if (isTrue()) return this.clock.nowMs() - startMs
    }
    this.clock.advanceTo(startMs + maxMs)
    return isTrue() ? maxMs : null
  }

  /** @returns the longest time that a shard was not served, of those that ended or began within that time. */
  longestGapMs(ms: number): number {
    const sinceMs = new Map<ShardId, number>()
    let longestMs = 0
    this.runUntil(() => {
      const nowMs = this.clock.nowMs()
      const unserved = new Set(this.unserved)
      for (const [shard, beganMs] of sinceMs) {
        longestMs = Math.max(longestMs, nowMs - beganMs)
        if (!unserved.has(shard)) sinceMs.delete(shard)
      }
      for (const shard of unserved) if (!sinceMs.has(shard)) sinceMs.set(shard, nowMs)
      return false
    }, ms)
    return longestMs
  }

  /** Shards that nobody serves who could commit for them. */
  get unserved(): ShardId[] {
    return Array.from({ length: this.shards }, (_, s) => s as ShardId).filter(
      shard => !this.nodes.some(node => node.actsFor(shard) && node.isUp && !node.clock.isPaused),
    )
  }

  ownersByNode(): number[] {
    return this.nodes.map(node => [...this.record.epochs.keys()].filter(shard => node.actsFor(shard)).length)
  }

  #check(): void {
    const [fault] = this.record.faults
    if (fault) throw new Error(fault)
    for (const [shard, { epoch, owner }] of this.record.epochs) {
      const acting = this.nodes.filter(node => node.served.get(shard)?.epoch === epoch).map(node => node.id)
      if (acting.length > 1) throw new Error(`${acting.join(' and ')} act for shard ${shard} at epoch ${epoch}`)
      if (acting[0] && acting[0] !== owner) throw new Error(`${acting[0]} acts for shard ${shard}, which is ${owner}'s`)
    }
  }
}

export class SimulatedNode {
  readonly id: NodeId
  readonly #cluster: SimulatedCluster
  readonly served = new Map<ShardId, Served>()
  readonly troubles: string[] = []
  clock: NodeClock
  membership: MemoryMembership | null = null
  driver: OwnershipDriver | null = null
  isUp = false
  weight = 1
  #starts = 0

  constructor(cluster: SimulatedCluster, id: NodeId) {
    this.#cluster = cluster
    this.id = id
    this.clock = new NodeClock(cluster.clock)
  }

  /** It serves the shard at the current epoch, and takes what comes. */
  actsFor(shard: ShardId): boolean {
    const served = this.served.get(shard)
    return served?.isOpen === true && !served.isSealed && served.epoch === this.#cluster.record.epochs.get(shard)?.epoch
  }

  start(clock: NodeClock = new NodeClock(this.#cluster.clock)): void {
    const cluster = this.#cluster
    this.clock = clock
    this.isUp = true
    this.served.clear()
    const membership = new MemoryMembership({
      bucket: cluster.bucket,
      clock,
      latencyMs: () => this.#latencyMs(),
      before: ({ method }) => this.#membershipFate(method),
      watchDelayMs: () => (cluster.goesWrong ? null : this.#latencyMs()),
    })
    const journal = new MemoryJournal({
      record: cluster.record,
      clock,
      latencyMs: () => this.#latencyMs(),
      before: ({ method }) => this.#journalFate(method),
    })
    this.membership = membership
    const driver = new OwnershipDriver({
      node: this.id,
      boot: `b${++this.#starts}`,
      weight: this.weight,
      shards: cluster.shards,
      clock,
      membership,
      journal,
      hooks: {
        open: grants => this.#open(journal, grants),
        seal: shards => {
          for (const shard of shards) this.#mark(shard)
          cluster.count('sealed')
        },
        drained: shards => this.#drained(shards),
        drop: shards => {
          for (const shard of shards) this.served.delete(shard)
        },
      },
      onTrouble: sentence => {
        this.troubles.push(sentence)
        if (sentence.includes('lapsed;')) cluster.count('declared_dead')
      },
      onError: error => {
        throw error
      },
    })
    this.driver = driver
    driver.start()
    const life = this.#starts
    const work = () => {
      if (!this.isUp || life !== this.#starts) return
      this.#commit(journal, driver)
      clock.after(COMMIT_EVERY_MS, work)
    }
    work()
  }

  crash(): void {
    this.#cluster.count('crashes')
    this.isUp = false
    this.clock.kill()
    this.driver?.stop()
    this.served.clear()
  }

  /** Graceful. @returns whether it has gone. */
  leave(): () => boolean {
    this.#cluster.count('leaves')
    const { driver } = this
    let isGone = false
    driver?.leave().then(() => {
      isGone = true
      if (this.driver !== driver) return
      this.isUp = false
      this.served.clear()
    })
    return () => isGone
  }

  // ---------------------------------------------------------------- its host

  async #open(journal: MemoryJournal, grants: readonly ShardGrant[]): Promise<void> {
    for (const { shard, epoch } of grants) {
      this.served.set(shard, { epoch, isOpen: false, isSealed: false, commits: 0 })
    }
    await journal.openOrders(
      grants.map(g => g.shard),
      null,
      1,
    )
    for (const { shard, epoch } of grants) {
      const served = this.served.get(shard)
      if (served?.epoch === epoch) served.isOpen = true
    }
    this.#cluster.count('opened')
  }

  #mark(shard: ShardId): void {
    const served = this.served.get(shard)
    if (served) served.isSealed = true
  }

  #drained(shards: readonly ShardId[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => {
      if (shards.every(shard => (this.served.get(shard)?.commits ?? 0) === 0)) resolve()
      else this.clock.after(1, look)
    }
    look()
    return promise
  }

  #commit(journal: MemoryJournal, driver: OwnershipDriver): void {
    const open = [...this.served].filter(([, s]) => s.isOpen && !s.isSealed)
    if (open.length === 0) return
    for (const [, served] of open) served.commits++
    journal.commit(open.map(([shard, { epoch }]) => turnOf(shard, epoch))).then(
      outcomes => {
        open.forEach(([shard, served], i) => {
          served.commits--
          if (outcomes[i] !== 'fenced') return
          this.#cluster.count('fenced')
          // As a host does: it stops by itself and says so.
          if (this.served.get(shard) !== served) return
          this.served.delete(shard)
          driver.shardLost(shard, 'fenced')
        })
      },
      error => {
        for (const [, served] of open) served.commits--
        this.#cluster.count(error instanceof StoreUnavailableError ? 'record_unavailable' : 'commit_unknown')
      },
    )
  }

  // ---------------------------------------------------------------- what the world does to it

  #latencyMs(): number {
    return this.#cluster.goesWrong ? this.#cluster.pick([20, 150, 600, 2_000]) : this.#cluster.between(0.2, 2)
  }

  #membershipFate(method: string): MembershipFate {
    const cluster = this.#cluster
    if (cluster.bucketIsAway) return cluster.pick(['unavailable', 'silent'])
    if (!cluster.goesWrong) return 'ok'
    const fate = cluster.pick(['unavailable', 'land_then_lose_answer', 'lose_answer_then_land', 'silent'] as const)
    cluster.count(`${method} ${fate}`)
    return fate
  }

  #journalFate(method: string): JournalFate {
    const cluster = this.#cluster
    if (cluster.recordIsAway) return 'unavailable'
    if (!cluster.goesWrong) return 'ok'
    const fate = cluster.pick(['unavailable', 'land_then_lose_answer', 'lose_before', 'lose_answer_then_land'] as const)
    cluster.count(`${method} ${fate}`)
    return fate
  }
}

/** A turn that writes nothing but is judged like any other. */
function turnOf(shard: ShardId, shardEpoch: number): JournalTurn {
  const row = { kind: 'order', status: 'placed', customerId: null, driverId: null, state: {} } as const
  const times = { dueAtMs: 0, createdAtMs: 0, updatedAtMs: 0 }
  return { shard, shardEpoch, actorId: 'ord_none' as OrderId, versionBefore: 0, events: [], row: { ...row, ...times } }
}
