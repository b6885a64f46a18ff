import type { ShardGrant } from '../../actors/runtime/host.ts'
import type { HandOffFigures } from './hand-off-times.ts'
import type { EffectiveOwnership, LeaseNote, NodeId } from './types.ts'

/** For whoever looks at a node from outside. */
export interface OwnershipStatus {
  readonly self: LeaseNote
  readonly hasLease: boolean
  /** Since the bucket last took our lease; null: this life has had none. */
  readonly leaseAgeMs: number | null
  readonly members: readonly LeaseNote[]
  /** Whose lease was found lapsed, and who has not come back since. */
  readonly lapsed: readonly NodeId[]
  readonly owners: readonly EffectiveOwnership[]
  /** Shards that this node serves now. */
  readonly serving: readonly ShardGrant[]
  readonly handOffs: HandOffFigures
}
