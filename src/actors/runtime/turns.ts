/**
 * Turns of actors: decide, evolve, and the way of what follows through the gate.
 *
 * Where a turn changes nothing durable its effects go out at once; else the actor waits for the record, and so does
 * everything that it would tell anybody. What the record answers decides: taken → the effects go out; outdated → the actor
 * is loaded anew and takes the same message again; refused → the state is as before and the actor is told why; unknown →
 * nothing is assumed: loaded anew, outputs derived again, same message again (every step is idempotent, so whichever way
 * the commit went, the second turn gives the right answer); fenced → the shard is somebody else's.
 */
import type { OrderId, ShardId } from '../../domain/ids.ts'
import type { Effects } from './effects.ts'
import type { Envelope, Message } from './envelope.ts'
import type { Gate, Settled } from './gate.ts'
import type { Intake } from './intake.ts'
import type { Clock, JournalTurn } from './ports.ts'
import type { Router } from './router.ts'
import type { PendingTurn, Slot } from './slot.ts'
import type { Slots } from './slots.ts'
import type { TraceContext, TurnSpan, TurnTracer } from './tracing.ts'
import type { Effect, Turn } from './turn.ts'

/** One message whose turn is outdated or unanswered so often in a row is given up, so that it cannot hold up its actor for ever. */
const RETRIES_MAX = 8

export interface TurnsParts {
  readonly clock: Clock
  readonly slots: Slots
  readonly gate: Gate
  readonly intake: Pick<Intake, 'whenSettled'>
  readonly router: Router
  readonly effects: Effects
  /** Loads the actor so that this message finds it: it was not in the record so far. */
  readonly make: (slot: Slot) => void
  readonly reload: (slot: Slot) => void
  /** Positions that waited for the outcome may go in. */
  readonly fixesReady: (slot: Slot) => void
  /** Nothing waits for the actor now: it may make room. */
  readonly rest: (slot: Slot) => void
  readonly shardLost: (shard: ShardId, cause: 'fenced' | Error) => void
  /** Not stored, and not tried again. */
  readonly dropped: (envelope: Envelope, reason: 'shard_lost' | 'not_stored') => void
  /** Left out: no traces. */
  readonly tracer?: TurnTracer
}

export interface TurnStats {
  turns: number
  conflicts: number
  writesRefused: number
  /** Messages that nobody waited for any more when their turn came. */
  late: number
  /** Messages of which nobody will know whether they were carried out. */
  unanswered: number
}

export class Turns {
  readonly #parts: TurnsParts
  /** Orders: where each was placed, if that is followed. Forgotten with a crash, which costs links. */
  readonly #placedIn = new WeakMap<Slot, TraceContext>()
  readonly stats: TurnStats = { turns: 0, conflicts: 0, writesRefused: 0, late: 0, unanswered: 0 }

  constructor(parts: TurnsParts) {
    this.#parts = parts
  }

  /** @returns how many turns were taken of the budget. */
  run(slot: Slot, budget: number): number {
    const { clock, slots, rest } = this.#parts
    slot.queued = false
    let taken = 0
    while (slot.phase === 'ready' && taken < budget) {
      const envelope = slot.mailbox.next()
      if (!envelope) break
      taken++
      if (envelope.deadlineMs > 0 && clock.nowMs() > envelope.deadlineMs) this.stats.late++
      else this.#take(slot, envelope)
    }
    slot.dropEmptyMailbox()
    slots.enqueue(slot)
    rest(slot)
    return taken
  }

  /** A turn that leaves nothing behind, see `ActorKind.absorb`. @returns false where the message has to wait for one of the others. */
  absorb(slot: Slot, message: Message): boolean {
    if (slot.phase !== 'ready' || slot.hasMail || slot.state === null) return false
    try {
      if (!slot.kind.absorb?.(slot.state, message, this.#parts.clock.nowMs())) return false
    } catch (error) {
      this.#broken(slot, error)
    }
    this.stats.turns++
    return true
  }

  #take(slot: Slot, envelope: Envelope): void {
    if (mustBeMade(slot, envelope.message)) {
      slot.mailbox.putBack(envelope)
      this.#parts.make(slot)
      return
    }
    if (mustBeLoaded(slot, envelope.message)) {
      slot.mailbox.putBack(envelope)
      this.#parts.reload(slot)
      return
    }
    slot.assumedNew = false
    this.stats.turns++
    const span = this.#spanOf(slot, envelope)
    try {
      this.#apply(slot, envelope, slot.kind.decide(slot.state, envelope.message, this.#parts.clock.nowMs()), span)
    } catch (error) {
      span?.failed(error)
      this.#broken(slot, error)
    }
  }

  /** A turn is followed whose message is, and each of an order whose placing was. */
  #spanOf(slot: Slot, { message, trace }: Envelope): TurnSpan | null {
    const { tracer } = this.#parts
    if (tracer === undefined) return null
    const placedIn = this.#placedIn.get(slot) ?? null
    if (trace === undefined && placedIn === null) return null
    const { id, shard } = slot
    const actor = slot.kind.name
    const span = tracer.turn({ actor, id, shard, message: message.kind, parent: trace ?? null, placedIn })
    if (actor === 'order' && placedIn === null) this.#placedIn.set(slot, span.context)
    return span
  }

  #apply(slot: Slot, envelope: Envelope, taken: Turn<unknown>, span: TurnSpan | null): void {
    const { events, effects, writes } = taken
    const before = slot.state
    for (const event of events) slot.state = slot.kind.evolve(slot.state, event)
    const journalTurn = this.#journalTurn(slot, before, events, writes) ?? this.#fenceCheck(slot, effects)
    if (!journalTurn) {
      this.#parts.effects.perform(slot, effects, span?.context)
      span?.end()
      return
    }
    const isUnhurried = taken.isUnhurried === true && envelope.message.replyTo === undefined
    const pending = { slot, envelope, before, effects, isUnhurried, span }
    span?.submitted()
    if (effects.some(effect => effect.kind === 'move')) this.#leave(pending, journalTurn)
    else {
      slot.phase = 'committing'
      this.#parts.gate.submit(pending, journalTurn)
    }
  }

  /**
   * The new home of a driver is not named before what it was positioned by is in the history: whoever loads it there must
   * find its last fix, or it would be nowhere, and invisible to matching, until the next one.
   */
  #leave(pending: PendingTurn, journalTurn: JournalTurn): void {
    const { slot } = pending
    const { gate, intake } = this.#parts
    slot.phase = 'leaving'
    intake.whenSettled({
      run: () => {
        if (slot.phase === 'leaving') gate.submit(pending, journalTurn)
        else this.settle(pending, 'fenced')
        gate.flush()
      },
      stalled: () => this.stalled(pending),
    })
  }

  /**
   * An answer that must be current and changes nothing waits for the record, too: whoever was replaced without knowing it
   * would answer from what it remembers, and so would one whose own last commit landed although it was told that it had
   * not. The record checks the epoch of the shard and the version of the order, in the round trip of the group.
   */
  #fenceCheck(slot: Slot, effects: readonly Effect[]): JournalTurn | null {
    const { record } = slot.kind
    // What is not there was looked for in the record a moment ago.
    if (record?.kind !== 'order' || slot.state === null) return null
    if (!effects.some(effect => effect.kind === 'reply' && effect.mustBeCurrent)) return null
    return {
      shard: slot.shard,
      shardEpoch: this.#parts.slots.epochOf(slot.shard) ?? 0,
      actorId: slot.id as OrderId,
      versionBefore: record.versionOf(slot.state),
      events: [],
      row: record.toRow(slot.state, slot.state),
    }
  }

  /** @returns null where there is nothing for the record. */
  #journalTurn(
    slot: Slot,
    before: unknown,
    events: readonly unknown[],
    writes: Turn<unknown>['writes'],
  ): JournalTurn | null {
    const { kind, shard } = slot
    const { record } = kind
    if (record === null || (!events.some(event => kind.isDurable(event)) && isEmpty(writes))) return null
    return {
      shard,
      shardEpoch: this.#parts.slots.epochOf(shard) ?? 0,
      actorId: slot.id as OrderId,
      versionBefore: before === null ? 0 : record.versionOf(before),
      events: events.filter(event => kind.isDurable(event)).map(event => record.toEvent(event)),
      row: record.toRow(slot.state, before),
      ...(record.kind === 'driver' ? { driverEpochBefore: record.epochOf(before) } : {}),
      ...writes,
    }
  }

  // ---------------------------------------------------------------- what the record answered

  settle(pending: PendingTurn, outcome: Settled): void {
    const { slot, span } = pending
    span?.settled(outcome)
    try {
      if (slot.phase === 'committing' || slot.phase === 'leaving') this.#settle(pending, outcome)
      else this.#settleGone(pending, outcome)
      span?.end()
    } catch (error) {
      span?.failed(error)
      this.#broken(slot, error)
    }
  }

  /** Nothing of it will go through while the record is down: whoever waits behind that turn is told so. */
  stalled({ slot }: PendingTurn): void {
    for (const envelope of slot.mailbox.takeAsked()) this.#parts.router.refuse(envelope, { kind: 'unavailable' })
  }

  #settle({ slot, envelope, before, effects, span }: PendingTurn, outcome: Settled): void {
    const { slots, router, fixesReady, rest, shardLost } = this.#parts
    slot.phase = 'ready'
    // Who waited before this turn is told to ask again as that is forgotten; the message of this turn is taken again.
    if (outcome === 'conflict' || outcome === 'unknown' || outcome === 'fenced') slot.state = before
    switch (outcome) {
      case 'committed':
        slot.retries = 0
        this.#parts.effects.perform(slot, effects, span?.context)
        break
      case 'conflict':
        this.stats.conflicts++
        this.#again(slot, envelope, outcome)
        return
      case 'unknown':
        this.#again(slot, envelope, outcome)
        return
      case 'claim_refused':
      case 'key_taken': {
        this.stats.writesRefused++
        slot.state = before
        const message = { kind: 'write_refused', reason: outcome, message: envelope.message } as Message
        this.#take(slot, { ...envelope, class: 'vital', message })
        break
      }
      case 'unavailable':
        slot.state = before
        this.#parts.dropped(envelope, 'not_stored')
        router.refuse(envelope, { kind: 'unavailable' })
        break
      case 'fenced':
        this.#parts.dropped(envelope, 'shard_lost')
        router.refuse(envelope, { kind: 'moved', shard: slot.shard, epoch: 0 })
        shardLost(slot.shard, 'fenced')
        break
    }
    fixesReady(slot)
    slots.enqueue(slot)
    rest(slot)
  }

  /** Its shard was dropped meanwhile. What the record did not take has not happened. */
  #settleGone({ slot, envelope, before, effects, span }: PendingTurn, outcome: Settled): void {
    if (outcome === 'committed') {
      this.#parts.effects.tellOnly(effects, span?.context)
      return
    }
    this.#parts.router.refuseAskers(slot, before)
    if (outcome === 'unknown') this.stats.unanswered++
    else {
      this.#parts.dropped(envelope, 'shard_lost')
      this.#parts.router.refuse(envelope, { kind: 'moved', shard: slot.shard, epoch: 0 })
    }
  }

  /** Forgets what is in memory, loads the record, and takes the same message again. */
  #again(slot: Slot, envelope: Envelope, outcome: 'conflict' | 'unknown'): void {
    slot.retries++
    if (slot.retries <= RETRIES_MAX) slot.mailbox.putBack(envelope)
    else {
      slot.retries = 0
      this.#parts.dropped(envelope, 'not_stored')
      // After an unknown outcome nobody knows what to answer, so the asker is left to its deadline.
      if (outcome === 'conflict') this.#parts.router.refuse(envelope, { kind: 'busy' })
      else this.stats.unanswered++
    }
    this.#parts.reload(slot)
  }

  /** A bug in a decider: its shard is not trusted any more, the others are. */
  #broken(slot: Slot, error: unknown): void {
    this.#parts.shardLost(slot.shard, error instanceof Error ? error : new Error(String(error)))
  }
}

/** A driver is made by a message that is known only now, after the record had none. */
function mustBeMade(slot: Slot, message: Message): boolean {
  const { record } = slot.kind
  return slot.state === null && record?.kind === 'driver' && record.isBirth(message) && !slot.create
}

function isEmpty(writes: object): boolean {
  for (const _ in writes) return false
  return true
}

/** Taken for new, and the placing was dropped because it came too late: a repeat, perhaps, of one that is in the record. */
function mustBeLoaded({ kind: { record }, assumedNew }: Slot, message: Message): boolean {
  return assumedNew && record !== null && !record.isBirth(message)
}
