import type { DriverId, OfferId, OrderId, ShardId, UnixMs } from '../../domain/ids.ts'
import type { SurgeRound } from '../../domain/surge/surge-round.ts'
import type { Address, MailboxClass, Message, ReplyTo } from './envelope.ts'

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/**
 * What a turn asks of the world: a closed union, carried out by the host once the turn is committed. A decider never
 * awaits: it sends, arms a timer and goes on.
 */
export type Effect =
  | { readonly kind: 'send'; readonly to: Address; readonly message: Message; readonly class: MailboxClass }
  | {
      readonly kind: 'reply'
      readonly to: ReplyTo
      readonly body: JsonObject
      /** Not from the memory of one that was replaced without knowing it: where the turn writes nothing, the epoch is checked. */
      readonly mustBeCurrent?: true
    }
  | { readonly kind: 'set_timer'; readonly name: string; readonly atMs: UnixMs }
  | { readonly kind: 'clear_timer'; readonly name: string }
  /** To whoever watches the topic now; nobody is waited for. */
  | { readonly kind: 'publish'; readonly topic: string; readonly type: string; readonly data: JsonObject }
  /** Stores the round, if there is one, then looks what the record has: answered with `pricing.record` or `pricing.no_record`. */
  | { readonly kind: 'price_log'; readonly round: SurgeRound | null }
  /** In doubt: forget what is in memory and load the record again. */
  | { readonly kind: 'reload' }
  /** Leave this shard; the record already names the new home. */
  | { readonly kind: 'move'; readonly toShard: ShardId }

/** Takes load on a driver's row, refused unless the driver is exactly as it was when it held the offer. */
export interface LoadClaim {
  readonly orderId: OrderId
  readonly offerId: OfferId
  readonly driverId: DriverId
  readonly driverEpoch: number
  readonly loadVersion: number
  readonly size: number
}

/** Ends the active assignment of an order and gives the load back. Only subtracts, so it needs no driver version. */
export interface LoadRelease {
  readonly orderId: OrderId
  readonly driverId: DriverId
  readonly size: number
}

/** An idempotency key that commits with its effect. `response` is what a repeat is answered. */
export interface KeyClaim {
  readonly key: string
  readonly requestHash: string
  readonly response: JsonObject
}

/** An explanation kept with the order. */
export interface DecisionNote {
  readonly orderId: OrderId
  readonly atMs: UnixMs
  readonly body: JsonObject
}

/** What goes into the record beside the events, in the same transaction. */
export interface Writes {
  readonly claim?: LoadClaim
  readonly release?: LoadRelease
  readonly key?: KeyClaim
  readonly decision?: DecisionNote
}

/** The outcome of one `decide`: state changes as events, the rest as effects. */
export interface Turn<E> {
  readonly events: readonly E[]
  readonly effects: readonly Effect[]
  readonly writes: Writes
  /** Nobody waits for what follows from it: its commit may wait a moment for company. Left out: somebody may. */
  readonly isUnhurried?: true
}

/**
 * Told to an actor in place of the message whose turn the record refused; the state is as before that turn.
 * `claim_refused`: the driver has another load or epoch by now. `key_taken`: another request has that idempotency key.
 */
export interface WriteRefused<M> {
  readonly kind: 'write_refused'
  readonly reason: 'claim_refused' | 'key_taken'
  readonly message: M
}

/** A timer that the actor set has come due. */
export interface TimerFired {
  readonly kind: 'timer'
  readonly name: string
}

export const NOTHING: Turn<never> = { events: [], effects: [], writes: {} }

export function turn<E>(events: readonly E[], effects: readonly Effect[] = [], writes: Writes = {}): Turn<E> {
  return { events, effects, writes }
}

/** A turn that changes what is durable, and that nobody waits for: neither who sent the message nor who hears of it. */
export function unhurried<E>(taken: Turn<E>): Turn<E> {
  return { ...taken, isUnhurried: true }
}

/** @returns no effect where nobody waits. */
export function reply(to: ReplyTo | undefined, body: JsonObject): Effect[] {
  return to ? [{ kind: 'reply', to, body }] : []
}

export function setTimer(name: string, atMs: UnixMs): Effect {
  return { kind: 'set_timer', name, atMs }
}

export function clearTimer(name: string): Effect {
  return { kind: 'clear_timer', name }
}

export function publish(topic: string, type: string, data: JsonObject): Effect {
  return { kind: 'publish', topic, type, data }
}

/** States, events and messages are plain data: this says so to the compiler where they leave the typed world as JSON. */
export function asJson(value: object): JsonObject {
  return value as JsonObject
}
