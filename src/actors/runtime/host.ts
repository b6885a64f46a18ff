/**
 * The actors of one thread: their mailboxes, turns, timers, and the way of their outputs through the gate.
 *
 * A turn is: take a message, decide, evolve. Where it changes nothing durable its effects go out at once; else the
 * actor waits for the record, and so does everything it would tell anybody. What the record answers decides:
 * taken → the effects go out; outdated → the actor is loaded anew and takes the same message again; refused → the
 * state is as before and the actor is told why; unknown → nothing is assumed: loaded anew, outputs re-derived, same message
 * again (every step is idempotent, so whichever way the commit went, the second turn gives the right answer);
 * fenced → the shard is somebody else's: all of its actors are dropped.
 *
 * The same code runs on worker threads and under virtual time: time, the record and the bus come through ports.
 */
import { type DriverId, type OrderId, type ShardId, shardOfOrder, type UnixMs } from '../../domain/ids.ts'
import { guardFrom } from '../../domain/position-guard.ts'
import { type ActorKinds, type Adoption, type AnyActorKind, type PendingTurn, Slot } from './actor.ts'
import type { ActorKindName, Envelope, Message, RuntimeRefusal } from './envelope.ts'
import { invariant, StoreUnavailableError } from './errors.ts'
import { Gate, type Settled } from './gate.ts'
import { Intake } from './intake.ts'
import { Loader } from './loader.ts'
import type {
  ActivationOutcome,
  Bus,
  Clock,
  IntakeItem,
  Journal,
  JournalTurn,
  LocationLog,
  StoredOrder,
} from './ports.ts'
import { Timers } from './timers.ts'
import { asJson, type Effect, type Turn } from './turn.ts'

/** Messages that take part in one round of the turn loop before outputs are flushed and others get the thread. */
const TURNS_PER_ROUND = 5_000
const CONFLICTS_MAX = 8
const HOPS_MAX = 8
/** Drivers that left for another thread; a message that comes for one is sent on without asking the record. */
const FORWARDS_MAX = 20_000
const OPEN_ORDERS_PAGE = 1_000
const DUE_EVERY_MS = 1_000
const DUE_MAX = 500
const REST_EVERY_MS = 30_000

export interface ShardGrant {
  readonly shard: ShardId
  readonly epoch: number
}

export interface HostParts {
  readonly clock: Clock
  readonly journal: Journal
  readonly locations: LocationLog
  readonly bus: Bus
  readonly kinds: ActorKinds
  /** A shard was fenced, or a decider broke an invariant on it: it is dropped here, and whoever owns shards decides. */
  readonly onShardLost: (shard: ShardId, cause: 'fenced' | Error) => void
  /** An error that no outcome of a port names: a bug, not weather. */
  readonly onError: (error: unknown) => void
}

export interface HostStats {
  readonly actors: Readonly<Record<ActorKindName, number>>
  readonly shards: number
  readonly turns: number
  readonly commits: number
  readonly committedTurns: number
  readonly unknownCommits: number
  readonly appends: number
  readonly appendedFixes: number
  readonly waitingTurns: number
  readonly waitingFixes: number
  readonly timers: number
  readonly conflicts: number
  readonly claimsRefused: number
}

export class Host {
  readonly #parts: HostParts
  readonly #slots: Record<ActorKindName, Map<string, Slot>> = {
    driver: new Map(),
    order: new Map(),
    matching: new Map(),
    pricing: new Map(),
  }
  readonly #epochs = new Map<ShardId, number>()
  readonly #forwards = new Map<string, ShardId>()
  readonly #gate: Gate
  readonly #intake: Intake
  readonly #loader: Loader
  readonly #timers: Timers<Slot>
  #ready: Slot[] = []
  #pumpArmed = false
  #stopped = false
  #turns = 0
  #conflicts = 0
  #claimsRefused = 0

  constructor(parts: HostParts) {
    this.#parts = parts
    const { clock, journal, locations, bus, onError } = parts
    this.#gate = new Gate(clock, journal, (pending, outcome) => this.#settle(pending, outcome), onError)
    this.#intake = new Intake(clock, locations, bus, onError)
    this.#loader = new Loader({
      clock,
      journal,
      epochOf: shard => this.#epochs.get(shard) ?? 0,
      orderLoaded: (slot, stored) => this.#orderLoaded(slot, stored),
      driverLoaded: (slot, outcome) => this.#driverLoaded(slot, outcome),
      unavailable: slot => this.#refuseAsked(slot),
      fail: onError,
    })
    this.#timers = new Timers<Slot>(
      clock,
      (slot, name, atMs) => slot.phase !== 'gone' && slot.timers?.get(name) === atMs,
      (slot, name) => this.#fireTimer(slot, name),
    )
    this.#every(DUE_EVERY_MS, () => this.#pollDue())
    this.#every(REST_EVERY_MS, () => this.#rest())
  }

  // -------------------------------------------------------------- shards

  /**
   * Serves shards, at the epochs that the record gave. Orders that wait for a driver are loaded and derive their
   * outputs again; everything else comes to life with the first message for it.
   * @throws {StoreUnavailableError}
   */
  async open(grants: readonly ShardGrant[]): Promise<void> {
    for (const { shard, epoch } of grants) this.#epochs.set(shard, epoch)
    const shards = grants.map(g => g.shard)
    for (let after: OrderId | null = null; ; ) {
      const page: StoredOrder[] = await this.#parts.journal.openOrders(shards, after, OPEN_ORDERS_PAGE)
      for (const stored of page) {
        if (this.#slots.order.has(stored.orderId)) continue
        const slot = this.#newSlot('order', stored.orderId, stored.shard, 'loading')
        this.#orderLoaded(slot, stored)
      }
      after = page.at(-1)?.orderId ?? null
      if (page.length < OPEN_ORDERS_PAGE) break
    }
    this.#armPump()
  }

  /** Stops serving a shard: its actors are forgotten, what they have with the record is settled without a word. */
  drop(shard: ShardId): void {
    this.#epochs.delete(shard)
    for (const slots of Object.values(this.#slots)) {
      for (const slot of slots.values()) if (slot.shard === shard) this.#remove(slot)
    }
  }

  epochOf(shard: ShardId): number | undefined {
    return this.#epochs.get(shard)
  }

  // -------------------------------------------------------------- what comes in

  receive(envelope: Envelope): void {
    const { to } = envelope
    const epoch = this.#epochs.get(to.shard)
    if (epoch === undefined || (envelope.epoch !== 0 && envelope.epoch < epoch)) {
      this.#answer(envelope, { kind: 'moved', shard: to.shard, epoch: epoch ?? 0 })
      return
    }
    if (envelope.message.kind === 'runtime.adopt') {
      this.#adopt(to.id as DriverId, to.shard, envelope.message as Adoption)
      return
    }
    const forward = to.kind === 'driver' && !this.#slots.driver.has(to.id) ? this.#forwards.get(to.id) : undefined
    if (forward !== undefined && forward !== to.shard) {
      this.#forward(envelope, forward)
      return
    }
    const slot = this.#slotFor(to.kind, to.id, to.shard, envelope.message)
    if (!slot.mailbox.put(envelope)) {
      this.#answer(envelope, { kind: 'busy' })
      return
    }
    this.#enqueue(slot)
  }

  receiveFix(gateway: string, item: IntakeItem): void {
    const slot = this.#slots.driver.get(item.driverId)
    if (!slot) {
      const forward = this.#forwards.get(item.driverId)
      if (forward !== undefined && !this.#epochs.has(forward)) {
        this.#parts.bus.forwardFix(gateway, { ...item, shard: forward })
        return
      }
      const shard = forward ?? item.shard
      if (!this.#epochs.has(shard)) {
        this.#intake.refuse(gateway, item, 'overloaded')
        return
      }
      this.#waitWithFix(this.#newSlot('driver', item.driverId, shard, 'loading'), gateway, item)
      return
    }
    if (slot.phase === 'loading' || slot.state === null) this.#waitWithFix(slot, gateway, item)
    else this.#takeFix(slot, gateway, item)
  }

  /** Takes turns until nothing waits, then lets everything out that may go. Call it after a batch of `receive`. */
  pump(): void {
    this.#pumpArmed = false
    if (this.#stopped) return
    let left = TURNS_PER_ROUND
    while (this.#ready.length > 0 && left > 0) {
      const slots = this.#ready
      this.#ready = []
      for (const slot of slots) {
        slot.queued = false
        left -= this.#run(slot, left)
      }
    }
    this.#flush()
    if (this.#ready.length > 0) this.#armPump()
  }

  /** Everything that was taken in is settled. */
  get isIdle(): boolean {
    return this.#ready.length === 0 && this.#gate.isIdle && this.#intake.isIdle
  }

  stop(): void {
    this.#stopped = true
    this.#timers.stop()
  }

  get stats(): HostStats {
    return {
      actors: {
        driver: this.#slots.driver.size,
        order: this.#slots.order.size,
        matching: this.#slots.matching.size,
        pricing: this.#slots.pricing.size,
      },
      shards: this.#epochs.size,
      turns: this.#turns,
      commits: this.#gate.stats.commits,
      committedTurns: this.#gate.stats.turns,
      unknownCommits: this.#gate.stats.unknown,
      appends: this.#intake.stats.appends,
      appendedFixes: this.#intake.stats.rows,
      waitingTurns: this.#gate.size,
      waitingFixes: this.#intake.size,
      timers: this.#timers.size,
      conflicts: this.#conflicts,
      claimsRefused: this.#claimsRefused,
    }
  }

  // -------------------------------------------------------------- turns

  #run(slot: Slot, budget: number): number {
    let taken = 0
    while (slot.phase === 'ready' && taken < budget) {
      const envelope = slot.mailbox.next()
      if (!envelope) break
      taken++
      if (envelope.deadlineMs > 0 && this.#parts.clock.nowMs() > envelope.deadlineMs) continue
      this.#takeTurn(slot, envelope)
    }
    if (!slot.mailbox.isEmpty) this.#enqueue(slot)
    else if (slot.phase === 'ready') this.#restIfDone(slot)
    return taken
  }

  #takeTurn(slot: Slot, envelope: Envelope): void {
    if (slot.state === null && this.#mustBeMade(slot, envelope.message)) {
      slot.create = true
      slot.mailbox.putBack(envelope)
      this.#load(slot)
      return
    }
    this.#turns++
    try {
      const turn = slot.kind.decide(slot.state, envelope.message, this.#parts.clock.nowMs())
      this.#applyTurn(slot, envelope, turn)
    } catch (error) {
      this.#shardFailed(slot.shard, error)
    }
  }

  #applyTurn(slot: Slot, envelope: Envelope, turn: Turn<unknown>): void {
    const before = slot.state
    for (const event of turn.events) slot.state = slot.kind.evolve(slot.state, event)
    const journalTurn = this.#journalTurn(slot, before, turn)
    if (!journalTurn) {
      this.#perform(slot, turn.effects)
      return
    }
    slot.phase = 'committing'
    this.#gate.submit({ slot, envelope, before, effects: turn.effects }, journalTurn)
  }

  /** @returns null where there is nothing for the record. */
  #journalTurn(slot: Slot, before: unknown, turn: Turn<unknown>): JournalTurn | null {
    const { kind, shard } = slot
    const record = kind.record
    const events = turn.events.filter(e => kind.isDurable(e))
    if (record === null || (events.length === 0 && Object.keys(turn.writes).length === 0)) return null
    return {
      shard,
      shardEpoch: this.#epochs.get(shard) ?? 0,
      actorId: slot.id as OrderId,
      versionBefore: before === null ? 0 : record.versionOf(before),
      events: events.map(e => record.toEvent(e)),
      row: record.toRow(slot.state),
      ...(record.kind === 'driver' ? { driverEpochBefore: record.epochOf(before) } : {}),
      ...turn.writes,
    }
  }

  #settle(pending: PendingTurn, outcome: Settled): void {
    const { slot, envelope, before, effects } = pending
    if (slot.phase !== 'committing') return
    slot.phase = 'ready'
    switch (outcome) {
      case 'committed':
        slot.conflicts = 0
        this.#perform(slot, effects)
        break
      case 'conflict':
        this.#conflicts++
        this.#again(slot, envelope, slot.resumeOnLoad)
        return
      case 'unknown':
        this.#again(slot, envelope, true)
        return
      case 'claim_refused':
      case 'key_taken':
        this.#claimsRefused++
        slot.state = before
        this.#takeTurn(slot, {
          ...envelope,
          class: 'vital',
          message: { kind: 'write_refused', reason: outcome, message: envelope.message } as Message,
        })
        break
      case 'unavailable':
        slot.state = before
        this.#answer(envelope, { kind: 'unavailable' })
        break
      case 'fenced':
        this.drop(slot.shard)
        this.#parts.onShardLost(slot.shard, 'fenced')
        break
    }
    this.#enqueue(slot)
  }

  /** Forgets what is in memory, loads the record, and takes the same message again. */
  #again(slot: Slot, envelope: Envelope, resume: boolean): void {
    slot.conflicts++
    if (slot.conflicts > CONFLICTS_MAX) {
      slot.conflicts = 0
      this.#answer(envelope, { kind: 'busy' })
    } else {
      slot.mailbox.putBack(envelope)
    }
    this.#reload(slot, resume)
  }

  // -------------------------------------------------------------- effects

  #perform(slot: Slot, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (slot.phase === 'gone') return
      switch (effect.kind) {
        case 'send':
          this.#send({ to: effect.to, class: effect.class, epoch: 0, deadlineMs: 0, hops: 0, message: effect.message })
          break
        case 'reply':
          this.#parts.bus.reply(effect.to, effect.body)
          break
        case 'publish':
          this.#parts.bus.publish(effect.topic, effect.type, effect.data)
          break
        case 'set_timer':
          slot.timers ??= new Map()
          if (slot.timers.get(effect.name) === effect.atMs) break
          slot.timers.set(effect.name, effect.atMs)
          this.#timers.set(slot, effect.name, effect.atMs)
          break
        case 'clear_timer':
          slot.timers?.delete(effect.name)
          break
        case 'reload':
          this.#reload(slot, true)
          break
        case 'move':
          this.#move(slot, effect.toShard)
          break
      }
    }
  }

  /** In the same thread straight into the mailbox. */
  #send(envelope: Envelope): void {
    if (this.#epochs.has(envelope.to.shard)) this.receive(envelope)
    else this.#parts.bus.send(envelope)
  }

  #answer(envelope: Envelope, refusal: RuntimeRefusal): void {
    const { replyTo } = envelope.message
    if (replyTo) this.#parts.bus.reply(replyTo, asJson(refusal))
  }

  #forward(envelope: Envelope, shard: ShardId): void {
    if (envelope.hops >= HOPS_MAX) {
      this.#answer(envelope, { kind: 'busy' })
      return
    }
    this.#send({ ...envelope, to: { ...envelope.to, shard }, epoch: 0, hops: envelope.hops + 1 })
  }

  #fireTimer(slot: Slot, name: string): void {
    slot.timers?.delete(name)
    const { shard, id } = slot
    slot.mailbox.put({
      to: { kind: slot.kind.name, id, shard },
      class: 'vital',
      epoch: 0,
      deadlineMs: 0,
      hops: 0,
      message: { kind: 'timer', name } as Message,
    })
    this.#enqueue(slot)
    this.#armPump()
  }

  // -------------------------------------------------------------- coming and going

  #slotFor(kindName: ActorKindName, id: string, shard: ShardId, message: Message): Slot {
    const known = this.#slots[kindName].get(id)
    if (known) return known
    const { record } = this.#kind(kindName)
    // An order that is being placed has a fresh id: there is nothing to load. If there is, the commit says so.
    if (record === null || (record.kind === 'order' && record.isBirth(message))) {
      return this.#newSlot(kindName, id, shard, 'ready')
    }
    const slot = this.#newSlot(kindName, id, shard, 'loading')
    slot.create = record.isBirth(message)
    this.#loader.load(slot)
    return slot
  }

  #newSlot(kindName: ActorKindName, id: string, shard: ShardId, phase: 'loading' | 'ready'): Slot {
    const kind = this.#kind(kindName)
    const slot = new Slot(kind, id, shard, phase)
    slot.state = kind.initial(id)
    this.#slots[kindName].set(id, slot)
    return slot
  }

  #kind(name: ActorKindName): AnyActorKind {
    return this.#parts.kinds[name]
  }

  #mustBeMade(slot: Slot, message: Message): boolean {
    return slot.kind.record?.kind === 'driver' && !slot.create && slot.kind.record.isBirth(message)
  }

  #load(slot: Slot): void {
    slot.phase = 'loading'
    this.#loader.load(slot)
  }

  #reload(slot: Slot, resume: boolean): void {
    slot.state = slot.kind.initial(slot.id)
    slot.timers = null
    slot.resumeOnLoad = resume
    this.#load(slot)
    this.#armPump()
  }

  #orderLoaded(slot: Slot, stored: StoredOrder | null): void {
    if (slot.phase !== 'loading') return
    const record = slot.kind.record
    invariant(record?.kind === 'order', 'an order was loaded for another kind of actor')
    this.#loaded(slot, stored ? record.fromStored(stored) : null)
  }

  #driverLoaded(slot: Slot, outcome: ActivationOutcome): void {
    if (slot.phase !== 'loading') return
    const record = slot.kind.record
    invariant(record?.kind === 'driver', 'a driver was loaded for another kind of actor')
    switch (outcome.kind) {
      case 'active': {
        const fix = outcome.driver.lastFix
        slot.guard ??= fix ? guardFrom(fix, fix.recordedAtMs) : null
        this.#loaded(slot, record.fromStored(outcome.driver))
        break
      }
      case 'unknown':
        this.#loaded(slot, null)
        break
      case 'elsewhere':
        this.#leaveFor(slot, outcome.homeShard)
        break
      case 'fenced':
        this.drop(slot.shard)
        this.#parts.onShardLost(slot.shard, 'fenced')
        break
    }
    this.#armPump()
  }

  #loaded(slot: Slot, state: unknown): void {
    slot.state = state
    slot.phase = 'ready'
    if (state !== null && slot.resumeOnLoad) this.#perform(slot, slot.kind.resume(state, this.#parts.clock.nowMs()))
    slot.resumeOnLoad = true
    this.#takeWaitingFixes(slot)
    this.#enqueue(slot)
    this.#armPump()
  }

  /** While the record does not answer, whoever waits is refused at once; what nobody waits for stays. */
  #refuseAsked(slot: Slot): void {
    for (const envelope of slot.mailbox.takeAsked()) this.#answer(envelope, { kind: 'unavailable' })
    this.#parts.bus.flush()
  }

  #remove(slot: Slot): void {
    slot.phase = 'gone'
    slot.timers = null
    this.#slots[slot.kind.name].delete(slot.id)
  }

  #restIfDone(slot: Slot): void {
    if (slot.state === null ? slot.waitingFixes === null : this.#mayRest(slot)) this.#remove(slot)
  }

  #mayRest(slot: Slot): boolean {
    return slot.kind.name === 'order' && slot.kind.canRest(slot.state, this.#parts.clock.nowMs())
  }

  /** Drivers and cells that nothing was heard of for long make room. */
  #rest(): void {
    const nowMs = this.#parts.clock.nowMs()
    for (const slots of Object.values(this.#slots)) {
      for (const slot of slots.values()) {
        const idle = slot.phase === 'ready' && slot.mailbox.isEmpty && slot.state !== null
        if (idle && slot.kind.canRest(slot.state, nowMs)) this.#remove(slot)
      }
    }
  }

  // -------------------------------------------------------------- drivers that move

  /** The record names the new home already: from here on nobody takes a turn for it here. */
  #move(slot: Slot, toShard: ShardId): void {
    const message: Adoption = { kind: 'runtime.adopt', state: asJson(slot.state as object), guard: slot.guard }
    const to = { kind: slot.kind.name, id: slot.id, shard: toShard }
    const waiting = this.#waitingOf(slot)
    this.#remember(slot.id, toShard)
    this.#remove(slot)
    this.#parts.bus.publishHome(slot.id as DriverId, toShard)
    this.#send({ to, class: 'vital', epoch: 0, deadlineMs: 0, hops: 0, message })
    for (const envelope of waiting) this.#forward(envelope, toShard)
  }

  /** The record says that the driver lives on another shard. */
  #leaveFor(slot: Slot, homeShard: ShardId): void {
    const waiting = this.#waitingOf(slot)
    const fixes = slot.waitingFixes ?? []
    this.#remove(slot)
    this.#remember(slot.id, homeShard)
    this.#parts.bus.publishHome(slot.id as DriverId, homeShard)
    for (const envelope of waiting) this.#forward(envelope, homeShard)
    for (const { gateway, item } of fixes) {
      if (this.#epochs.has(homeShard)) this.receiveFix(gateway, { ...item, shard: homeShard })
      else this.#parts.bus.forwardFix(gateway, { ...item, shard: homeShard })
    }
  }

  #waitingOf(slot: Slot): Envelope[] {
    const waiting: Envelope[] = []
    for (let e = slot.mailbox.next(); e; e = slot.mailbox.next()) waiting.push(e)
    return waiting
  }

  #remember(driverId: string, shard: ShardId): void {
    this.#forwards.delete(driverId)
    if (this.#forwards.size >= FORWARDS_MAX) {
      const oldest = this.#forwards.keys().next().value
      if (oldest !== undefined) this.#forwards.delete(oldest)
    }
    this.#forwards.set(driverId, shard)
  }

  /** If the driver came to life here from the record meanwhile, that life has the higher epoch, and this one is void. */
  #adopt(driverId: DriverId, shard: ShardId, adoption: Adoption): void {
    this.#forwards.delete(driverId)
    if (this.#slots.driver.has(driverId)) return
    const slot = this.#newSlot('driver', driverId, shard, 'loading')
    slot.guard = adoption.guard
    this.#loaded(slot, adoption.state)
  }

  // -------------------------------------------------------------- positions

  #waitWithFix(slot: Slot, gateway: string, item: IntakeItem): void {
    slot.waitingFixes ??= []
    slot.waitingFixes.push({ gateway, item })
    slot.create ||= item.create
    if (slot.phase !== 'committing') this.#load(slot)
    this.#armPump()
  }

  #takeWaitingFixes(slot: Slot): void {
    const waiting = slot.waitingFixes
    slot.waitingFixes = null
    for (const { gateway, item } of waiting ?? []) {
      if (slot.state === null) this.#intake.refuse(gateway, item, 'unknown_driver')
      else this.#takeFix(slot, gateway, item)
    }
  }

  #takeFix(slot: Slot, gateway: string, item: IntakeItem): void {
    const row = this.#intake.take(slot, gateway, item)
    if (!row) return
    const { late: _, clamped: __, driverId, ...position } = row
    slot.mailbox.put({
      to: { kind: 'driver', id: driverId, shard: slot.shard },
      class: 'live',
      epoch: 0,
      deadlineMs: 0,
      hops: 0,
      message: { kind: 'driver.fix', position } as Message,
    })
    this.#enqueue(slot)
  }

  // -------------------------------------------------------------- the loop

  #enqueue(slot: Slot): void {
    if (slot.queued || slot.phase !== 'ready' || slot.mailbox.isEmpty) return
    slot.queued = true
    this.#ready.push(slot)
    this.#armPump()
  }

  #armPump(): void {
    if (this.#pumpArmed || this.#stopped) return
    this.#pumpArmed = true
    this.#parts.clock.after(0, () => this.pump())
  }

  #flush(): void {
    this.#gate.flush()
    this.#intake.flush()
    this.#loader.flush()
    this.#parts.bus.flush()
  }

  #every(periodMs: number, run: () => void): void {
    this.#parts.clock.after(periodMs, () => {
      if (this.#stopped) return
      run()
      this.#every(periodMs, run)
    })
  }

  #pollDue(): void {
    if (this.#epochs.size === 0) return
    const nowMs: UnixMs = this.#parts.clock.nowMs()
    this.#parts.journal.dueOrders([...this.#epochs.keys()], nowMs, DUE_MAX).then(
      orderIds => {
        for (const id of orderIds) this.#orderDue(id)
        this.pump()
      },
      error => {
        // The next poll asks again.
        if (!(error instanceof StoreUnavailableError)) this.#parts.onError(error)
      },
    )
  }

  #orderDue(id: OrderId): void {
    const shard = shardOfOrder(id)
    if (!this.#epochs.has(shard)) return
    const message: Message = { kind: 'order.due' }
    this.receive({ to: { kind: 'order', id, shard }, class: 'vital', epoch: 0, deadlineMs: 0, hops: 0, message })
  }

  /** A bug in a decider: its shard is not trusted any more, the others are. */
  #shardFailed(shard: ShardId, error: unknown): void {
    this.drop(shard)
    this.#parts.onShardLost(shard, error instanceof Error ? error : new Error(String(error)))
  }
}
