import type { UnixMs } from '../../domain/ids.ts'
import type { InsideFence } from '../../domain/zones/fence-track.ts'
import type { ActorKindName, Message, ReplyTo } from './envelope.ts'
import type { DriverRow, JournalEvent, OrderRow, StoredDriver, StoredOrder } from './ports.ts'
import type { Effect, Turn } from './turn.ts'

/** What the runtime needs to know of a kind of actor. All pure. */
export interface ActorKind<S, M extends Message, E> {
  readonly name: ActorKindName
  decide(state: S | null, message: M, nowMs: UnixMs): Turn<E>
  evolve(state: S | null, event: E): S
  /**
   * Takes in what changes nothing but where the actor is, by writing it into the state as that lies: the one thing of a state that is ever written over,
   * and only here. Of vehicles that is nearly every message, and a state anew for each would be most of what a thread throws away.
   * @returns false where the message takes a turn all the same, which may find the place written already; so may a command that has its turn before it.
   */
  absorb?(state: S, message: M, nowMs: UnixMs): boolean
  /** Durable events go into the journal; the others change the state in memory only. */
  isDurable(event: E): boolean
  /** The outputs that follow from the state alone: after a crash, a take-over, a commit of unknown outcome, a move. */
  resume(state: S, nowMs: UnixMs): Effect[]
  /** May be dropped from memory when nothing waits for it. */
  canRest(state: S, nowMs: UnixMs): boolean
  /** How it is kept; null for actors without a record, which `initial` begins anew. */
  readonly record: OrderKeeping<S, E> | DriverKeeping<S, E> | null
  initial(id: string): S | null
  /** Who waits for an answer that comes with a later turn, where that is remembered in memory only. */
  askersOf?(state: S): readonly ReplyTo[]
  /** Of whoever has positions: the geofences that it is in, as it knows. */
  fencesOf?(state: S): readonly InsideFence[]
}

interface Keeping<S, E> {
  versionOf(state: S): number
  toEvent(event: E): JournalEvent
  /** This message brings the actor into being where the record has none. */
  isBirth(message: Message): boolean
}

export interface OrderKeeping<S, E> extends Keeping<S, E> {
  readonly kind: 'order'
  /** @param before  the state that was written last; null: none. */
  toRow(state: S, before: S | null): OrderRow
  fromStored(stored: StoredOrder): S
}

export interface DriverKeeping<S, E> extends Keeping<S, E> {
  readonly kind: 'driver'
  toRow(state: S, before: S | null): DriverRow
  fromStored(stored: StoredDriver): S
  epochOf(state: S): number
}

/** A kind whose state, messages and events the host does not look into. */
export type AnyActorKind = ActorKind<unknown, Message, unknown>

export type ActorKinds = Readonly<Record<ActorKindName, AnyActorKind>>
