/**
 * The words of ownership. What should be (`DesiredAssignment`) and what is (`EffectiveOwnership`) are different types on
 * purpose: the first is computed by every node from what it has heard, the second was given by the record.
 */
import type { ShardId } from '../../domain/ids.ts'

/** Names a node for good: after a restart it is the same. Also its key in the bucket of leases. */
export type NodeId = string & { readonly brand: 'NodeId' }

/** @returns null unless 1–32 of `A-Za-z0-9_-`. */
export function parseNodeId(text: string): NodeId | null {
  return /^[A-Za-z0-9_-]{1,32}$/.test(text) ? (text as NodeId) : null
}

/** Which node should serve each shard. A shard is missing while there is nobody to serve it. */
export type DesiredAssignment = ReadonlyMap<ShardId, NodeId>

/** Which node the record gave a shard to, and at which epoch. The highest epoch is the owner; all others are fenced. */
export interface EffectiveOwnership {
  readonly shard: ShardId
  readonly node: NodeId
  readonly epoch: number
}

/**
 * `joining`: has just got its lease; keeps what it has, is given nothing · `filling`: is given its share, also of what others
 * serve · `serving`: has had its share; is given only what nobody serves · `draining`: hands off what it has and goes.
 */
export type NodePhase = 'joining' | 'filling' | 'serving' | 'draining'

/** A shard that its owner has let go of, for the named node. */
export interface Release {
  readonly epoch: number
  readonly to: NodeId
}

/** What a node says of its shards. */
export interface Claims {
  /** The shards that it owns, at the epochs that the record gave it. */
  readonly owned: ReadonlyMap<ShardId, number>
  readonly released: ReadonlyMap<ShardId, Release>
}

export const NO_CLAIMS: Claims = { owned: new Map(), released: new Map() }

/** What a node writes into its lease: whoever reads it is told, whoever decides on it alone is wrong. */
export interface LeaseNote {
  readonly node: NodeId
  /** One life as a member: another after each restart and after each lost lease. */
  readonly incarnation: string
  /** Its share of the shards in proportion to those of the others. */
  readonly weight: number
  readonly phase: NodePhase
  readonly claims: Claims
}

/** What lies in the place of a lease once somebody has found it lapsed, by creating its key. */
export interface Tombstone {
  readonly node: NodeId
  readonly by: NodeId
}

/** `none`: not a member, or no longer. The revision is that of the last write of ours that was answered. */
export type Lease = { readonly kind: 'none' } | { readonly kind: 'held'; readonly revision: number }

/** What one node knows of the cluster at some moment. */
export interface ClusterView {
  /** The bucket answers, our lease is held, and the grace time is over: it may be decided who is dead and who serves what. */
  readonly mayTake: boolean
  /** The lease was lost for certain: whatever we still serve, others may have taken. */
  readonly isOut: boolean
  readonly phase: NodePhase
  /** The others, as they last said. */
  readonly members: readonly LeaseNote[]
  /** Those whose leases were found lapsed, as they last said. */
  readonly dead: readonly LeaseNote[]
}
