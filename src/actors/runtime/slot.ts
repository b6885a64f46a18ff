import type { ShardId } from '../../domain/ids.ts'
import type { Guard } from '../../domain/position-guard.ts'
import type { AnyActorKind } from './actor.ts'
import type { Address, Envelope } from './envelope.ts'
import { Mailbox } from './mailbox.ts'
import type { Timed, Timer } from './timers.ts'
import type { TurnSpan } from './tracing.ts'
import type { Effect } from './turn.ts'

/**
 * - `loading`: the record is being read; messages wait.
 * - `ready`: takes turns.
 * - `committing`: its last turn is with the record. One at a time: what it would tell anybody meanwhile waits behind
 *   that commit anyway, so nothing is gained by running ahead, and nothing has to be unwound but this one turn.
 * - `leaving`: as `committing`, and the turn takes the driver to another shard: its positions wait, too, and come along.
 * - `gone`: no longer here.
 */
export type SlotPhase = 'loading' | 'ready' | 'committing' | 'leaving' | 'gone'

/** One actor in memory. A million of them may be: a thirteenth field would make each half as large again. */
export class Slot implements Timed {
  readonly kind: AnyActorKind
  readonly id: string
  readonly shard: ShardId
  #mailbox: Mailbox | null = null
  state: unknown
  phase: SlotPhase
  queued = false
  /** Load with `create`: a driver seen for the first time. */
  create = false
  /** An order whose placing has come: it is taken for new, and was not looked for in the record. */
  assumedNew = false
  /** Turns in a row that the record found outdated, or did not answer. */
  retries = 0
  /** The first of its timers, linked with the others. */
  timer: Timer | null = null
  /** Drivers only: what positions have been let in so far. */
  guard: Guard | null = null

  constructor(kind: AnyActorKind, id: string, shard: ShardId, phase: SlotPhase) {
    this.kind = kind
    this.id = id
    this.shard = shard
    this.phase = phase
    this.state = kind.initial(id)
  }

  /** Made for what comes; whoever has none has nothing to do. */
  get mailbox(): Mailbox {
    this.#mailbox ??= new Mailbox()
    return this.#mailbox
  }

  get hasMail(): boolean {
    return this.#mailbox !== null && !this.#mailbox.isEmpty
  }

  /** Messages that wait. Who looks at all makes no mailboxes. */
  get mailSize(): number {
    return this.#mailbox?.size ?? 0
  }

  /** Nothing waits: until something comes it needs no mailbox. */
  dropEmptyMailbox(): void {
    if (!this.hasMail) this.#mailbox = null
  }

  get address(): Address {
    return { kind: this.kind.name, id: this.id, shard: this.shard }
  }
}

/** A turn with the record: what is told if it is taken, and what is gone back to if it is not. */
export interface PendingTurn {
  readonly slot: Slot
  readonly envelope: Envelope
  readonly before: unknown
  readonly effects: readonly Effect[]
  /** Nobody waits for its outcome so far. */
  readonly isUnhurried: boolean
  /** Null: nobody follows it. */
  readonly span: TurnSpan | null
}
