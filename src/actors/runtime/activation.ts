/**
 * The coming and going of actors: into memory with the first message, out of it when nothing waits, and, for drivers, to
 * another shard.
 *
 * Where a driver lives is known to its row alone. It leaves a shard by a commit that names the new home and raises its
 * epoch; the new home is told to load it, and if that message is lost, the next message or fix loads it just as
 * well. Nothing of its memory travels: it would have to be proven newer than the record, and a position that one host has
 * let in but not stored yet must not make another host call its repeat a duplicate. Whoever comes to a shard that the
 * driver has left is sent on by the record, never by a note of this host: two notes may point at each other.
 */
import type { DriverId, ShardId } from '../../domain/ids.ts'
import { guardFrom } from '../../domain/position-guard.ts'
import type { Effects } from './effects.ts'
import type { ActorKindName, Envelope, Message } from './envelope.ts'
import { invariant } from './errors.ts'
import type { Loader } from './loader.ts'
import type { ActivationOutcome, Bus, Clock, StoredOrder } from './ports.ts'
import type { Router } from './router.ts'
import type { Slot } from './slot.ts'
import type { Slots } from './slots.ts'
import { clearTimers } from './timers.ts'

/** Tells the new home of a driver that it comes. */
export const ADOPT = 'runtime.adopt'

export interface ActivationParts {
  readonly clock: Clock
  readonly bus: Bus
  readonly slots: Slots
  readonly loader: Loader
  readonly router: Router
  readonly effects: Effects
  /** Positions that waited until their driver was loaded; it may be unknown. */
  readonly fixesReady: (slot: Slot) => void
  /** Positions that waited for a driver that lives on that shard. */
  readonly fixesMoved: (slot: Slot, shard: ShardId) => void
  readonly shardLost: (shard: ShardId, cause: 'fenced' | Error) => void
}

export class Activation {
  readonly #parts: ActivationParts

  constructor(parts: ActivationParts) {
    this.#parts = parts
  }

  /** The actor of a message, brought to life where it is not here. */
  slotFor(kind: ActorKindName, id: string, shard: ShardId, message: Message): Slot {
    const { slots } = this.#parts
    const known = slots.find(kind, id)
    if (known) return known
    const slot = slots.add(kind, id, shard, 'ready')
    const { record } = slot.kind
    const isBirth = record?.isBirth(message) ?? false
    // An order that is being placed has a fresh id: there is nothing to load. If there is, the commit says so.
    if (record === null) return slot
    if (record.kind === 'order' && isBirth) {
      slot.assumedNew = true
      return slot
    }
    slot.create = isBirth
    this.load(slot)
    return slot
  }

  /** The message that makes a driver has come after the record had none. */
  make(slot: Slot): void {
    slot.create = true
    this.load(slot)
  }

  /** Forgets what is in memory and looks at the record again. */
  reload(slot: Slot): void {
    this.#parts.router.refuseAskers(slot, slot.state)
    slot.state = slot.kind.initial(slot.id)
    clearTimers(slot)
    this.load(slot)
  }

  load(slot: Slot): void {
    slot.phase = 'loading'
    slot.assumedNew = false
    this.#parts.loader.load(slot)
  }

  // ---------------------------------------------------------------- what the record answered

  orderLoaded(slot: Slot, stored: StoredOrder | null): void {
    if (slot.phase !== 'loading') return
    this.#guarded(slot, () => {
      const { record } = slot.kind
      invariant(record?.kind === 'order', 'an order was loaded for another kind of actor')
      this.#loaded(slot, stored ? record.fromStored(stored) : null)
    })
  }

  driverLoaded(slot: Slot, outcome: ActivationOutcome): void {
    if (slot.phase !== 'loading') return
    this.#guarded(slot, () => this.#driverLoaded(slot, outcome))
  }

  #driverLoaded(slot: Slot, outcome: ActivationOutcome): void {
    const { record } = slot.kind
    invariant(record?.kind === 'driver', 'a driver was loaded for another kind of actor')
    switch (outcome.kind) {
      case 'active': {
        const fix = outcome.driver.lastFix
        slot.guard ??= fix ? guardFrom(fix, fix.recordedAtMs) : null
        this.#loaded(slot, record.fromStored(outcome.driver))
        break
      }
      case 'unknown':
        // Whoever may make it has come while the record was asked without.
        if (slot.create) this.load(slot)
        else this.#loaded(slot, null)
        break
      case 'elsewhere':
        this.#sendOn(slot, outcome.homeShard)
        break
      case 'fenced':
        this.#parts.shardLost(slot.shard, 'fenced')
        break
    }
  }

  #loaded(slot: Slot, state: unknown): void {
    const { clock, effects, slots, fixesReady } = this.#parts
    slot.state = state
    slot.phase = 'ready'
    if (state !== null) effects.perform(slot, slot.kind.resume(state, clock.nowMs()))
    fixesReady(slot)
    slots.enqueue(slot)
    this.restIfDone(slot)
  }

  /** What the record holds cannot be read, or a decider broke: the shard stops, the rest of the batch is loaded. */
  #guarded(slot: Slot, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#parts.shardLost(slot.shard, error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** While the record does not answer, whoever waits is refused at once; what nobody waits for stays. */
  refuseAsked(slot: Slot): void {
    for (const envelope of slot.mailbox.takeAsked()) this.#parts.router.refuse(envelope, { kind: 'unavailable' })
  }

  // ---------------------------------------------------------------- drivers that move

  /** The record names the new home already: from here on nobody takes a turn for it here. */
  move(slot: Slot, toShard: ShardId): void {
    const { router, slots } = this.#parts
    const { guard } = slot
    this.#sendOn(slot, toShard)
    router.send({ ...slot.address, shard: toShard }, { kind: ADOPT })
    // In the same thread its repeats still queue behind their originals, so what was let in stays known.
    const here = slots.find('driver', slot.id)
    if (here) here.guard = guard
  }

  #sendOn(slot: Slot, homeShard: ShardId): void {
    const { bus, router, slots, fixesMoved } = this.#parts
    const messages = waitingOf(slot)
    slots.remove(slot)
    bus.publishHome(slot.id as DriverId, homeShard)
    for (const envelope of messages) router.forward(envelope, homeShard)
    fixesMoved(slot, homeShard)
  }

  // ---------------------------------------------------------------- rest

  /** An order that is over, and an actor that there is none of, leave at once. */
  restIfDone(slot: Slot): void {
    const { kind, state } = slot
    if (slot.phase !== 'ready' || slot.hasMail) return
    if (state === null || (kind.name === 'order' && kind.canRest(state, this.#parts.clock.nowMs()))) {
      this.#parts.slots.remove(slot)
    }
  }

  /** Whoever was not heard of for long makes room. */
  restAll(): void {
    const { clock, slots } = this.#parts
    const nowMs = clock.nowMs()
    for (const slot of slots.all()) {
      const idle = slot.phase === 'ready' && !slot.hasMail
      if (idle && (slot.state === null || slot.kind.canRest(slot.state, nowMs))) slots.remove(slot)
    }
  }
}

/** A live message is left behind: it is in the history, and put behind newer ones it would drag the vehicle back. */
function waitingOf(slot: Slot): Envelope[] {
  const waiting: Envelope[] = []
  for (let envelope = slot.mailbox.next(); envelope; envelope = slot.mailbox.next()) {
    if (envelope.class !== 'live') waiting.push(envelope)
  }
  return waiting
}
