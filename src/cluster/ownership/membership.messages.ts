/** What the lease decider is told, what it says happened, and what it asks of the driver. */
import type { MembershipEntry, MembershipWrite } from '../../actors/runtime/membership-port.ts'
import type { UnixMs } from '../../domain/ids.ts'
import type { Claims, LeaseNote, NodeId } from './types.ts'

/** A call for the node's own key. One is under way at a time. */
export type OwnCall =
  | { readonly kind: 'create'; readonly value: string; readonly noteVersion: number }
  | { readonly kind: 'update'; readonly value: string; readonly revision: number; readonly noteVersion: number }
  | { readonly kind: 'get' }
  | { readonly kind: 'delete'; readonly revision: number }

export type OwnAnswer =
  | { readonly kind: 'write'; readonly write: MembershipWrite }
  | { readonly kind: 'entry'; readonly entry: MembershipEntry | null }
  | { readonly kind: 'unanswered' }

export type MembershipMessage =
  | { readonly kind: 'tick' }
  /** What our note should say from now on. */
  | { readonly kind: 'announce'; readonly claims: Claims }
  | { readonly kind: 'own'; readonly call: OwnCall; readonly answer: OwnAnswer }
  | { readonly kind: 'tried'; readonly node: NodeId; readonly write: MembershipWrite | null }
  /** Null: no answer. */
  | { readonly kind: 'listed'; readonly entries: readonly MembershipEntry[] | null }
  | { readonly kind: 'watched'; readonly entry: MembershipEntry }
  /** We have been given our share. */
  | { readonly kind: 'filled' }
  /** From now on our note says `draining`. */
  | { readonly kind: 'drain' }
  /** Give the lease back. */
  | { readonly kind: 'resign' }

export type MembershipEvent =
  | { readonly kind: 'called'; readonly call: OwnCall; readonly atMs: UnixMs }
  /** The bucket has answered a write: it is there, for us. */
  | { readonly kind: 'bucket_answered'; readonly atMs: UnixMs }
  | { readonly kind: 'call_ended'; readonly retryAtMs: UnixMs }
  /** The lease is ours: `isNew` where it was not before. */
  | {
      readonly kind: 'lease_held'
      readonly revision: number
      readonly noteVersion: number
      readonly isNew: boolean
      readonly atMs: UnixMs
    }
  /** Our update was refused: ours may have landed unanswered before, or somebody has found our lease lapsed. */
  | { readonly kind: 'lease_doubted' }
  /** Somebody else, or nobody, holds our key. Whatever comes next is another life. */
  | { readonly kind: 'lease_lost' }
  | { readonly kind: 'resigning' }
  | { readonly kind: 'resigned' }
  | { readonly kind: 'noted'; readonly claims: Claims }
  | { readonly kind: 'phase'; readonly phase: LeaseNote['phase'] }
  | { readonly kind: 'list_asked'; readonly atMs: UnixMs }
  | { readonly kind: 'list_ended'; readonly listed: boolean; readonly atMs: UnixMs }
  | { readonly kind: 'try_begun'; readonly node: NodeId; readonly atMs: UnixMs }
  | {
      readonly kind: 'member_seen'
      readonly note: LeaseNote
      readonly text: string
      readonly revision: number
      readonly atMs: UnixMs
    }
  | { readonly kind: 'member_left'; readonly node: NodeId; readonly revision: number; readonly atMs: UnixMs }
  | { readonly kind: 'member_dead'; readonly node: NodeId; readonly revision: number; readonly atMs: UnixMs }
  /** Revisions have started anew: what was seen before says nothing about what is newer. */
  | { readonly kind: 'bucket_reset' }

export type MembershipEffect =
  | { readonly kind: 'own'; readonly call: OwnCall }
  | { readonly kind: 'try'; readonly node: NodeId; readonly value: string }
  | { readonly kind: 'list' }
  | { readonly kind: 'trouble'; readonly sentence: string }
