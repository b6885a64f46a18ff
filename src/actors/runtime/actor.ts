import type { DriverId, OrderId, ShardId, UnixMs } from '../../domain/ids.ts'
import type { Guard } from '../../domain/position-guard.ts'
import type { ActorKindName, Envelope, Message } from './envelope.ts'
import { Mailbox } from './mailbox.ts'
import type { DriverRow, IntakeItem, JournalEvent, OrderRow, StoredDriver, StoredOrder } from './ports.ts'
import type { Effect, JsonObject, Turn } from './turn.ts'

/** What the runtime needs to know of a kind of actor. All pure. */
export interface ActorKind<S, M extends Message, E> {
  readonly name: ActorKindName
  decide(state: S | null, message: M, nowMs: UnixMs): Turn<E>
  evolve(state: S | null, event: E): S
  /** Durable events go into the journal; the others change the state in memory only. */
  isDurable(event: E): boolean
  /** The outputs that follow from the state alone: after a crash, a take-over, a commit of unknown outcome, a move. */
  resume(state: S, nowMs: UnixMs): Effect[]
  /** May be dropped from memory when nothing waits for it. */
  canRest(state: S, nowMs: UnixMs): boolean
  /** How it is kept; null for actors without a record, which `initial` begins anew. */
  readonly record: OrderKeeping<S, E> | DriverKeeping<S, E> | null
  initial(id: string): S | null
}

interface Keeping<S, E> {
  versionOf(state: S): number
  toEvent(event: E): JournalEvent
  /** This message brings the actor into being where the record has none. */
  isBirth(message: Message): boolean
}

export interface OrderKeeping<S, E> extends Keeping<S, E> {
  readonly kind: 'order'
  toRow(state: S): OrderRow
  fromStored(stored: StoredOrder): S
}

export interface DriverKeeping<S, E> extends Keeping<S, E> {
  readonly kind: 'driver'
  toRow(state: S): DriverRow
  fromStored(stored: StoredDriver): S
  epochOf(state: S): number
}

/** A kind whose state, messages and events the host does not look into. */
export type AnyActorKind = ActorKind<unknown, Message, unknown>

export type ActorKinds = Readonly<Record<ActorKindName, AnyActorKind>>

/**
 * - `loading`: the record is being read; messages wait.
 * - `ready`: takes turns.
 * - `committing`: its last turn is with the record. One at a time: what it would tell anybody meanwhile waits behind
 *   that commit anyway, so nothing is gained by running ahead, and nothing has to be unwound but this one turn.
 * - `gone`: no longer here.
 */
export type SlotPhase = 'loading' | 'ready' | 'committing' | 'gone'

/** One actor in memory. */
export class Slot {
  readonly kind: AnyActorKind
  readonly id: string
  readonly shard: ShardId
  readonly mailbox = new Mailbox()
  state: unknown
  phase: SlotPhase
  queued = false
  /** Load with `create`: a driver seen for the first time. */
  create = false
  /** Its outputs are to be derived again once it is loaded. */
  resumeOnLoad = true
  /** Turns in a row that the record found outdated. */
  conflicts = 0
  timers: Map<string, UnixMs> | null = null
  /** Drivers only: what positions have been let in so far, and those that wait for the record. */
  guard: Guard | null = null
  waitingFixes: { readonly gateway: string; readonly item: IntakeItem }[] | null = null

  constructor(kind: AnyActorKind, id: string, shard: ShardId, phase: SlotPhase) {
    this.kind = kind
    this.id = id
    this.shard = shard
    this.phase = phase
    this.state = null
  }
}

/** A turn with the record: what is told if it is taken, and what is gone back to if it is not. */
export interface PendingTurn {
  readonly slot: Slot
  readonly envelope: Envelope
  readonly before: unknown
  readonly effects: readonly Effect[]
}

/** Brings a driver to its new shard. Sent by the runtime; lost, the new shard loads the record instead. */
export interface Adoption extends Message {
  readonly kind: 'runtime.adopt'
  readonly state: JsonObject
  readonly guard: Guard | null
}

export type ActorId = OrderId | DriverId
