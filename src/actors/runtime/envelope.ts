import type { ShardId, UnixMs } from '../../domain/ids.ts'
import type { TraceContext } from './tracing.ts'

export type ActorKindName = 'driver' | 'order' | 'matching' | 'pricing'

/** Where an actor lives. For a driver the shard is a hint: its row is the directory, and the host there forwards. */
export interface Address {
  readonly kind: ActorKindName
  readonly id: string
  readonly shard: ShardId
}

/** Whoever asked from outside the actors: a gateway's open request. Opaque to deciders, which keep it and hand it back. */
export interface ReplyTo {
  readonly gateway: string
  readonly askId: number
}

/** What every message has: the `kind` that a decider switches on, and who waits for an answer, if anybody does. */
export interface Message {
  readonly kind: string
  readonly replyTo?: ReplyTo
}

/**
 * - `command`: bounded; a full mailbox answers `busy`.
 * - `live`: only the latest is kept.
 * - `vital`: timers, acknowledgements and answers between actors; never shed.
 */
export type MailboxClass = 'command' | 'live' | 'vital'

/** One message on its way to one actor. */
export interface Envelope {
  readonly to: Address
  readonly class: MailboxClass
  /** The owner's epoch as the sender knew it; 0 where it did not. A stale one is answered `moved`. */
  readonly epoch: number
  /** Nobody waits for an answer after this; the message is then dropped unread. 0: no deadline. */
  readonly deadlineMs: UnixMs
  /** How often the message was forwarded because its actor had moved. */
  readonly hops: number
  readonly message: Message
  /** Left out where nobody follows it. */
  readonly trace?: TraceContext
}

/** What the runtime itself answers in place of an actor. */
export type RuntimeRefusal =
  /** The mailbox is full. */
  | { readonly kind: 'busy' }
  /** The record does not answer; nothing was changed. */
  | { readonly kind: 'unavailable' }
  /** The asker's epoch is stale: ask again with this one. `begun`: what was asked was begun, and goes on or not without its asker. */
  | { readonly kind: 'moved'; readonly shard: ShardId; readonly epoch: number; readonly begun?: true }
