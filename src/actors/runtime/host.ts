/**
 * The actors of one thread. The same code runs on worker threads and under virtual time: time, the record and the bus
 * come through ports.
 *
 * What comes in goes to a mailbox (`receive`) or the intake (`receiveFix`); `pump` takes turns until nothing waits and
 * then lets everything out that may go. The parts, each in a file of its own: `turns` (decide, and what the record says
 * to it), `effects`, `activation` (who is in memory, and who moves), `positions`, `gate`, `intake`, `loader`, `timers`.
 */
import type { OrderId, ShardId } from '../../domain/ids.ts'
import { Activation, ADOPT } from './activation.ts'
import type { ActorKinds } from './actor.ts'
import { DUE_EVERY_MS, DuePoll } from './due-poll.ts'
import { Effects } from './effects.ts'
import type { Envelope, Message } from './envelope.ts'
import { CROSSED, FenceLane } from './fence-lane.ts'
import { Gate } from './gate.ts'
import { type HostStats, hostStats } from './host-stats.ts'
import { Intake } from './intake.ts'
import { Loader } from './loader.ts'
import type { Bus, Clock, IntakeItem, Journal, JournalTurn, LocationLog, PriceLog, ZoneLog } from './ports.ts'
import { Positions } from './positions.ts'
import { PriceLane } from './price-lane.ts'
import { Resumption } from './resumption.ts'
import { envelopeTo, Router } from './router.ts'
import type { Slot } from './slot.ts'
import { Slots } from './slots.ts'
import { Timers } from './timers.ts'
import type { TurnTracer } from './tracing.ts'
import { Turns } from './turns.ts'
import { ZoneWatch } from './zone-watch.ts'

/** Messages that take part in one round of the turn loop before outputs are flushed and others get the thread. */
const TURNS_PER_ROUND = 5_000
const REST_EVERY_MS = 30_000
/** What an actor is told by its own host: of no use to whoever has it next. */
const OWN_KINDS: ReadonlySet<string> = new Set(['timer', CROSSED, 'pricing.record', 'pricing.no_record'])

export interface ShardGrant {
  readonly shard: ShardId
  readonly epoch: number
}

export interface HostParts {
  readonly clock: Clock
  readonly journal: Journal
  readonly locations: LocationLog
  readonly prices: PriceLog
  /** Left out: there are none, and nothing is looked for. */
  readonly zones?: ZoneLog
  readonly bus: Bus
  readonly kinds: ActorKinds
  /** Each turn that is in the record now, for counting. */
  readonly onCommitted?: (turn: JournalTurn) => void
  /** Left out: no traces. */
  readonly tracer?: TurnTracer
  /** A shard was fenced, or a decider broke an invariant on it: it is dropped here, and whoever owns shards decides. */
  readonly onShardLost: (shard: ShardId, cause: 'fenced' | Error) => void
  /** A message between actors for a shard that is not served here, or no more. Left out: it is dropped, as any message may be. */
  readonly onStray?: (envelope: Envelope) => void
  /** An error that no outcome of a port names: a bug, not weather. */
  readonly onError: (error: unknown) => void
}

export class Host {
  readonly #parts: HostParts
  readonly #slots: Slots
  readonly #timers: Timers<Slot>
  readonly #router: Router
  readonly #gate: Gate
  readonly #intake: Intake
  readonly #loader: Loader
  readonly #activation: Activation
  readonly #positions: Positions
  readonly #prices: PriceLane
  readonly #turns: Turns
  readonly #resumption: Resumption
  readonly #zones: ZoneWatch | null
  readonly #fences: FenceLane | null
  readonly #notServedHere = { moved: 0, stray: 0 }
  #pumpArmed = false
  #stopped = false

  constructor(parts: HostParts) {
    this.#parts = parts
    const { clock, journal, locations, bus, kinds, onError: fail } = parts
    const settled = () => this.pump()
    const shardLost = (shard: ShardId, cause: 'fenced' | Error) => this.#shardLost(shard, cause)
    const slots = new Slots(
      kinds,
      () => this.#armPump(),
      () => this.hasten(),
    )
    const timers = new Timers<Slot>(clock, (slot, name) => this.#fireTimer(slot, name))
    const router = new Router(slots, bus, envelope => this.receive(envelope))
    const prices = new PriceLane({ clock, log: parts.prices, slots, shardLost, fail })
    const effects = new Effects({
      router,
      bus,
      timers,
      prices,
      reload: slot => this.#activation.reload(slot),
      move: (slot, toShard) => this.#activation.move(slot, toShard),
    })
    const gate = new Gate({
      clock,
      journal,
      settle: (pending, outcome) => this.#turns.settle(pending, outcome),
      stalled: pending => this.#turns.stalled(pending),
      settled,
      ...(parts.onCommitted === undefined ? {} : { committed: parts.onCommitted }),
      fail,
    })
    const loader = new Loader({
      clock,
      journal,
      epochOf: shard => slots.epochOf(shard) ?? 0,
      orderLoaded: (slot, stored) => this.#activation.orderLoaded(slot, stored),
      driverLoaded: (slot, outcome) => this.#activation.driverLoaded(slot, outcome),
      unavailable: slot => this.#activation.refuseAsked(slot),
      settled,
      fail,
    })
    const activation = new Activation({
      clock,
      bus,
      slots,
      loader,
      router,
      effects,
      fixesReady: slot => this.#positions.ready(slot),
      fixesMoved: (slot, shard) => this.#positions.moved(slot, shard),
      shardLost,
    })
    const intake = new Intake({ clock, locations, bus, fail })
    this.#slots = slots
    this.#timers = timers
    this.#router = router
    this.#gate = gate
    this.#loader = loader
    this.#activation = activation
    this.#intake = intake
    this.#prices = prices
    this.#resumption = new Resumption({ clock, journal, slots, activation, settled, fail })
    this.#zones = parts.zones ? new ZoneWatch({ clock, log: parts.zones, fail }) : null
    this.#fences = this.#zones && new FenceLane(this.#zones)
    this.#zones?.start()
    this.#positions = new Positions({
      bus,
      slots,
      intake,
      activation,
      absorb: (slot, message) => this.#turns.absorb(slot, message),
      onTaken: () => this.#armPump(),
      fences: this.#fences,
    })
    this.#turns = new Turns({
      clock,
      slots,
      gate,
      intake,
      router,
      effects,
      fixesReady: slot => this.#positions.ready(slot),
      make: slot => activation.make(slot),
      reload: slot => activation.reload(slot),
      rest: slot => activation.restIfDone(slot),
      shardLost,
      dropped: ({ message }, reason) => {
        if (message.kind === CROSSED) this.#fences?.dropped(reason, 1)
      },
      ...(parts.tracer === undefined ? {} : { tracer: parts.tracer }),
    })
    const duePoll = new DuePoll({
      clock,
      journal,
      shards: () => slots.shards,
      due: (orderId, shard) => this.#orderDue(orderId, shard),
      settled,
      fail,
    })
    this.#every(DUE_EVERY_MS, () => duePoll.poll())
    this.#every(REST_EVERY_MS, () => {
      // Who has just been heard of does not rest.
      this.#positions.tell()
      activation.restAll()
    })
  }

  // ---------------------------------------------------------------- shards

  /**
   * Serves shards, at the epochs that the record gave. Orders that wait for a driver are loaded and derive their
   * outputs again; everything else comes to life with the first message for it.
   * @throws {StoreUnavailableError}
   */
  async open(grants: readonly ShardGrant[]): Promise<void> {
    for (const { shard, epoch } of grants) {
      // Between two epochs somebody else may have served it: what is in memory is that of an earlier owner.
      this.drop(shard)
      this.#slots.serve(shard, epoch)
    }
    const epochs = new Map(grants.map(g => [g.shard, g.epoch]))
    await this.#resumption.resume(epochs)
    this.#resumption.showEnded(epochs)
    this.#armPump()
  }

  /**
   * Stops serving a shard: its actors are forgotten. Whoever waits for a turn that was not taken yet, or for a later one, is told to
   * ask elsewhere; what is with the record is answered when the record is.
   */
  drop(shard: ShardId): void {
    this.#slots.forget(shard, slot => {
      this.#router.refuseAskers(slot, slot.state)
      this.#fences?.dropped('shard_lost', slot.mailbox.count(CROSSED))
      for (let envelope = slot.mailbox.next(); envelope; envelope = slot.mailbox.next()) {
        if (envelope.class !== 'live' && !OWN_KINDS.has(envelope.message.kind)) this.#notServed(envelope, 0)
      }
      this.#positions.refuse(slot)
    })
    this.#gate.hasten()
    this.#armPump()
  }

  get shards(): readonly ShardId[] {
    return this.#slots.shards
  }

  epochOf(shard: ShardId): number | undefined {
    return this.#slots.epochOf(shard)
  }

  /** Once per loss: of the other actors of that shard each would find out for itself. */
  #shardLost(shard: ShardId, cause: 'fenced' | Error): void {
    if (!this.#slots.serves(shard)) return
    this.drop(shard)
    this.#parts.onShardLost(shard, cause)
  }

  // ---------------------------------------------------------------- what comes in

  receive(envelope: Envelope): void {
    const { to, message } = envelope
    const epoch = this.#slots.epochOf(to.shard)
    // Where the asker knows a later epoch, it is this host whose knowledge is stale.
    if (epoch === undefined || (envelope.epoch !== 0 && envelope.epoch !== epoch)) {
      this.#notServed(envelope, epoch ?? 0)
      this.#armPump()
      return
    }
    const slot = this.#activation.slotFor(to.kind, to.id, to.shard, message)
    this.#armPump()
    // It says no more than that the actor is to be loaded.
    if (message.kind === ADOPT) return
    if (slot.mailbox.put(envelope)) this.#slots.enqueue(slot)
    else this.#router.refuse(envelope, { kind: 'busy' })
  }

  /** @param epoch  at which this host serves its shard; 0: it does not. */
  #notServed(envelope: Envelope, epoch: number): void {
    const { to, message } = envelope
    if (message.replyTo) {
      this.#notServedHere.moved++
      this.#router.refuse(envelope, { kind: 'moved', shard: to.shard, epoch })
    } else {
      this.#notServedHere.stray++
      this.#parts.onStray?.(envelope)
    }
  }

  receiveFix(gateway: string, item: IntakeItem): void {
    this.#positions.receive(gateway, item)
    this.#armPump()
  }

  #fireTimer(slot: Slot, name: string): void {
    slot.mailbox.put(envelopeTo(slot.address, { kind: 'timer', name } as Message, 'vital'))
    this.#slots.enqueue(slot)
  }

  #orderDue(id: OrderId, shard: ShardId): void {
    if (this.#slots.serves(shard)) this.#router.send({ kind: 'order', id, shard }, { kind: 'order.due' })
  }

  // ---------------------------------------------------------------- the loop

  /** What comes in together takes its turns together, and at once: a round of the loop of its own would find nothing left to do. */
  takeIn(bring: () => void): void {
    this.#pumpArmed = true
    try {
      bring()
    } finally {
      this.pump()
    }
  }

  /**
   * Takes turns until nothing waits, then lets everything out that may go. Positions wait for no turn: they are on their way to the record and to
   * watchers while their actors are told of them.
   */
  pump(): void {
    if (this.#stopped) return
    // What becomes ready meanwhile has its turn in here, and what it leaves goes out in here.
    this.#pumpArmed = true
    let isThrough = false
    try {
      this.#intake.flush()
      this.#parts.bus.flush()
      this.#takeTurns()
      isThrough = true
    } finally {
      this.#pumpArmed = false
      if (!isThrough) this.#armPump()
    }
    this.#gate.flush()
    this.#intake.flush()
    this.#loader.flush()
    this.#parts.bus.flush()
    if (this.#slots.hasReady || this.#positions.hasUntold) this.#armPump()
  }

  #takeTurns(): void {
    let left = TURNS_PER_ROUND
    this.#positions.tell()
    while (this.#slots.hasReady && left > 0) {
      for (const slot of this.#slots.takeReady()) left -= this.#turns.run(slot, left)
      // Of who was on its way, or with the record.
      this.#positions.tell()
    }
  }

  /** Also after anything that left something to be flushed. */
  #armPump(): void {
    if (this.#pumpArmed || this.#stopped) return
    this.#pumpArmed = true
    this.#parts.clock.after(0, () => this.pump())
  }

  #every(periodMs: number, run: () => void): void {
    this.#parts.clock.after(periodMs, () => {
      if (this.#stopped) return
      try {
        run()
      } finally {
        this.#every(periodMs, run)
      }
    })
  }

  /** Runs once what was taken in so far is settled: committed and answered, or refused. */
  whenSettled(run: () => void): void {
    this.#gate.whenSettled(() => this.#intake.whenSettled({ run, stalled: () => {} }))
    this.#armPump()
  }

  /** Somebody waits for what was decided here: its commit waits for no company. */
  hasten(): void {
    if (this.#gate.hasten()) this.#armPump()
  }

  /** Everything that was taken in is settled. */
  get isIdle(): boolean {
    if (this.#slots.hasReady || this.#positions.hasUntold) return false
    return this.#gate.isIdle && this.#intake.isIdle && this.#loader.isIdle && this.#prices.isIdle
  }

  stop(): void {
    this.#stopped = true
    this.#timers.stop()
    this.#zones?.stop()
  }

  get stats(): HostStats {
    return hostStats({
      nowMs: this.#parts.clock.nowMs(),
      slots: this.#slots,
      turns: this.#turns,
      journal: this.#parts.journal,
      gate: this.#gate,
      intake: this.#intake,
      positions: this.#positions,
      timers: this.#timers,
      router: this.#router,
      fences: this.#fences,
      prices: this.#prices,
      notServed: this.#notServedHere,
    })
  }
}
