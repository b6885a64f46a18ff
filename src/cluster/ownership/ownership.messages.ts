/** What the decider of shards is told, what it says happened, and what it asks of the driver. */
import type { ShardGrant } from '../../actors/runtime/host.ts'
import type { ShardId, UnixMs } from '../../domain/ids.ts'
import type { Homes } from './rendezvous.ts'
import type { Claims, ClusterView, NodeId } from './types.ts'

export type OwnershipMessage =
  | { readonly kind: 'tick' }
  | { readonly kind: 'view'; readonly view: ClusterView }
  | { readonly kind: 'taken'; readonly grants: readonly ShardGrant[] }
  /** Nobody knows whether the record has raised the epochs. */
  | { readonly kind: 'take_failed'; readonly shards: readonly ShardId[] }
  | { readonly kind: 'opened'; readonly grants: readonly ShardGrant[] }
  | { readonly kind: 'open_failed'; readonly grants: readonly ShardGrant[] }
  /** What the sealed shards had under way is settled. */
  | { readonly kind: 'drained'; readonly grants: readonly ShardGrant[] }
  /** `fenced`: the record has refused a commit of ours. `failed`: it broke here, and the record still says that it is ours. */
  | { readonly kind: 'lost'; readonly shard: ShardId; readonly cause: 'fenced' | 'failed' }
  | { readonly kind: 'leave' }

export type OwnershipEvent =
  | { readonly kind: 'viewed'; readonly view: ClusterView }
  | { readonly kind: 'housed'; readonly homes: Homes; readonly candidates: string; readonly atMs: UnixMs }
  | { readonly kind: 'unclaimed'; readonly sinceMs: ReadonlyMap<ShardId, UnixMs> }
  | { readonly kind: 'taking'; readonly shards: readonly ShardId[] }
  | { readonly kind: 'take_failed'; readonly shards: readonly ShardId[]; readonly atMs: UnixMs }
  | { readonly kind: 'taken'; readonly grants: readonly ShardGrant[]; readonly atMs: UnixMs }
  | { readonly kind: 'opened'; readonly grants: readonly ShardGrant[] }
  | { readonly kind: 'failed'; readonly grants: readonly ShardGrant[]; readonly atMs: UnixMs }
  | {
      readonly kind: 'sealed'
      readonly grants: readonly ShardGrant[]
      readonly to: NodeId | null
      readonly atMs: UnixMs
    }
  | {
      readonly kind: 'released'
      readonly shard: ShardId
      readonly epoch: number
      readonly to: NodeId
      readonly atMs: UnixMs
    }
  | { readonly kind: 'dropped'; readonly shards: readonly ShardId[] }
  | { readonly kind: 'avoided'; readonly node: NodeId; readonly untilMs: UnixMs; readonly incarnation: string | null }
  /** They are as any other node again. */
  | { readonly kind: 'trusted'; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'leaving'; readonly atMs: UnixMs }
  | { readonly kind: 'gone' }
  /** Everything is where it should be: until something happens there is nothing to look at. */
  | { readonly kind: 'settled' }

export type OwnershipEffect =
  | { readonly kind: 'take'; readonly shards: readonly ShardId[] }
  | { readonly kind: 'open'; readonly grants: readonly ShardGrant[] }
  | { readonly kind: 'seal'; readonly grants: readonly ShardGrant[] }
  | { readonly kind: 'drop'; readonly shards: readonly ShardId[] }
  | { readonly kind: 'announce'; readonly claims: Claims }
  /** Our share is here: what others serve stays where it is from now on. */
  | { readonly kind: 'filled' }
  /** Nothing is left: the lease may go. */
  | { readonly kind: 'resign' }
