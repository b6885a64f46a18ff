/** A node among two, with the cluster and the record played by the test. */
import type { ShardId } from '../../domain/ids.ts'
import { ORPHAN_WAIT_MS } from './limits.ts'
import type { OwnershipEffect, OwnershipMessage } from './ownership.messages.ts'
import { evolve, newOwnership, type OwnershipState } from './ownership.state.ts'
import { decide } from './ownership.ts'
import { homesOf } from './rendezvous.ts'
import type { ClusterView, LeaseNote, NodeId, NodePhase, Release } from './types.ts'

export const A = 'a' as NodeId
export const B = 'b' as NodeId
export const SHARDS = 40

/** Those that are at home at A and at B while both are there. */
export const HOMES = homesOf(
  [A, B].map(node => ({ node, weight: 1 })),
  SHARDS,
)
export const shardsOf = (node: NodeId) => HOMES.flatMap((home, shard) => (home.node === node ? [shard as ShardId] : []))
export const toBeGivenB = HOMES.flatMap((home, shard) =>
  home.node === B && home.isFirstChoice ? [shard as ShardId] : [],
)
const [first = 0 as ShardId] = shardsOf(A)
export const MINE: ShardId = first

export type Owned = readonly (readonly [ShardId, number])[]
export type Released = readonly (readonly [ShardId, Release])[]

export function note(node: NodeId, phase: NodePhase, owned: Owned = [], released: Released = []): LeaseNote {
  return { node, incarnation: 'x.1', weight: 1, phase, claims: { owned: new Map(owned), released: new Map(released) } }
}

export function all(epoch: number): Owned {
  return Array.from({ length: SHARDS }, (_, shard) => [shard as ShardId, epoch])
}

/** Node A, and what it has asked since it was last looked at. */
export class Bench {
  state: OwnershipState = newOwnership(A, 1, SHARDS)
  nowMs = 0
  asked: OwnershipEffect[] = []

  tell(message: OwnershipMessage): this {
    const { events, effects } = decide(this.state, message, this.nowMs)
    this.state = events.reduce(evolve, this.state)
    this.asked.push(...effects)
    return this
  }

  view(view: Partial<ClusterView>): this {
    const { view: before } = this.state
    return this.tell({ kind: 'view', view: { ...before, mayTake: true, isOut: false, ...view } })
  }

  tickAt(nowMs: number): this {
    this.nowMs = nowMs
    return this.tell({ kind: 'tick' })
  }

  /** Everything that was asked of the record is given, at that epoch, and opened. */
  granted(epoch: number): this {
    for (const shards of this.take('take').map(e => e.shards)) {
      const grants = shards.map(shard => ({ shard, epoch }))
      this.tell({ kind: 'taken', grants }).tell({ kind: 'opened', grants })
    }
    return this
  }

  take<K extends OwnershipEffect['kind']>(kind: K): (OwnershipEffect & { kind: K })[] {
    const taken = this.asked.filter((e): e is OwnershipEffect & { kind: K } => e.kind === kind)
    this.asked = this.asked.filter(e => e.kind !== kind)
    return taken
  }

  shardsAsked(kind: 'take' | 'drop' | 'seal'): ShardId[] {
    const shards =
      kind === 'seal'
        ? this.take('seal').flatMap(e => e.grants.map(g => g.shard))
        : this.take(kind).flatMap(e => e.shards)
    return shards.toSorted((a, b) => a - b)
  }

  phaseOf(shard: ShardId) {
    return this.state.held.get(shard)?.phase
  }
}

/** A alone, with everything at epoch 1. */
export function alone(): Bench {
  const bench = new Bench().view({ phase: 'serving' }).tickAt(ORPHAN_WAIT_MS).granted(1)
  bench.asked = []
  return bench
}

/** A and B, each with what is at home there, A's at epoch 1. */
export function both(): Bench {
  const owned: Owned = shardsOf(B).map(shard => [shard, 1])
  const bench = new Bench().view({ phase: 'serving', members: [note(B, 'serving', owned)] })
  bench.tickAt(ORPHAN_WAIT_MS).granted(1)
  bench.asked = []
  return bench
}
