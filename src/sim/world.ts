import { Agenda } from './agenda.ts'
import { auditOrders, clearStreets } from './audit.ts'
import { Ledger, Violations } from './check.ts'
import { nowMs } from './clock.ts'
import { Customer } from './customer.ts'
import type { TripRequest } from './demand.ts'
import { type LiveFigures, LiveMeter, type Phase } from './figures.ts'
import { Fleet } from './fleet.ts'
import { HttpClient } from './http-client.ts'
import { Limiter } from './limiter.ts'
import { readVersion } from './node-version.ts'
import { OrderBook } from './order-book.ts'
import { type PositionFeed, STEP_MS, SteadyFeed, TraceFeed } from './position-feed.ts'
import { randomStream } from './random.ts'
import { Rechecker } from './recheck.ts'
import { type Report, report } from './report.ts'
import { Tally } from './tally.ts'
import { Ticker } from './ticker.ts'
import { Watchers } from './watchers.ts'
import type { WorldContext } from './world-context.ts'
import { hasOrders, type WorldOptions } from './world-options.ts'
import { planWorld, type WorldPlan } from './world-plan.ts'

/**
 * A world against a node: plan it, bring the fleet on duty, run the demand, let it drain, look up what became of every
 * order, and clear the streets. One tick drives positions, requests and everything that was put off.
 */
export interface WorldHooks {
  /** Once a second, from the opening on. */
  readonly onSecond?: (figures: LiveFigures) => void
  /** Aborted: demand ends now, nothing drains, the report comes. */
  readonly signal?: AbortSignal
}

const OPENING_AT_ONCE = 64
const RECHECK_EVERY_MS = 250
/** For acknowledgements that are on their way when the last position is sent. */
const SETTLE_MAX_MS = 5_000

/**
 * @throws {NodeUnreachableError} nobody answers, or the key is wrong.
 * @throws {FleetError} the node takes no drivers.
 * @throws {RecordingError} a file cannot be replayed.
 */
export async function runWorld(options: WorldOptions, hooks: WorldHooks = {}): Promise<Report> {
  const actorsDone = new AbortController()
  const nodeVersion = await readVersion(new HttpClient({ ...options, signal: actorsDone.signal }))
  const run = new WorldRun(options, await planWorld(options), hooks, actorsDone)
  return run.run(nodeVersion)
}

class WorldRun {
  private readonly options: WorldOptions
  private readonly plan: WorldPlan
  private readonly hooks: WorldHooks
  private readonly actorsDone: AbortController
  private readonly world: WorldContext
  private readonly fleet: Fleet
  private readonly watchers: Watchers
  private readonly rechecker: Rechecker
  private readonly meter: LiveMeter
  private feeds: PositionFeed[] = []
  private upcoming: TripRequest | undefined
  private asking = false
  private phase: Phase = 'opening'
  private startMs = 0
  private demandMs = 0
  private reportingMs = 0
  private bookings = 0
  private reconnectsSeen = 0

  constructor(options: WorldOptions, plan: WorldPlan, hooks: WorldHooks, actorsDone: AbortController) {
    this.options = options
    this.plan = plan
    this.hooks = hooks
    this.actorsDone = actorsDone
    const [tally, violations, agenda] = [new Tally(), new Violations(), new Agenda()]
    const { url, token, watchers: watchersMax } = options
    const patienceMs = (options.patienceS / options.speedup) * 1_000
    const { speedup } = options
    const book = new OrderBook({ tally, patienceMs, speedup, onEnd: orderId => this.watchers.leave(orderId) })
    this.watchers = new Watchers({ url, token, watchersMax, agenda, tally })
    this.world = {
      options,
      agenda,
      tally,
      violations,
      http: new HttpClient({ url, token, signal: actorsDone.signal }),
      opening: new Limiter(OPENING_AT_ONCE),
      terrain: plan.terrain,
      ledger: new Ledger(options.capacity, violations, book),
      book,
      runId: `sim-${options.seed}-${Date.now().toString(36)}`,
      random: label => randomStream(options.seed, label),
    }
    this.fleet = new Fleet(this.world, plan.starts)
    this.rechecker = new Rechecker(this.world, this.fleet.agents)
    this.meter = new LiveMeter(this.world, () => this.fleet.unsettledPoints)
    this.upcoming = plan.demand.next().value
  }

  async run(nodeVersion: unknown): Promise<Report> {
    const ticker = new Ticker(STEP_MS, () => this.tick())
    ticker.start()
    try {
      this.every(1_000, now => this.second(now))
      await this.fleet.open()
      this.begin()
      await this.until(() => this.isDemandOver(), Number.POSITIVE_INFINITY)
      await this.drain()
      const found = await this.audited(nodeVersion)
      if (this.options.atEnd === 'clean') {
        await clearStreets(this.auditor(), found.stillOpen, [...this.fleet.agents.keys()])
      }
      return found.report
    } finally {
      ticker.stop()
      this.actorsDone.abort()
      this.watchers.close()
      this.fleet.close()
    }
  }

  private begin(): void {
    const { options, plan, world, fleet } = this
    const { tally } = world
    this.startMs = Math.ceil(nowMs() / STEP_MS) * STEP_MS
    this.phase = 'running'
    const { startMs } = this
    const { ratePerS, speedup } = options
    if (fleet.reporters.length > 0) {
      this.feeds.push(new SteadyFeed({ reporters: fleet.reporters, ratePerS, startMs, tally }))
    }
    if (plan.fixes.length > 0) {
      const { fixes, fromTs } = plan
      this.feeds.push(new TraceFeed({ fixes, fromTs, speedup, startMs, connections: fleet.shared, tally }))
    }
    if (!hasOrders(options)) this.watchSome()
    this.asking = true
    this.every(RECHECK_EVERY_MS, now => this.rechecker.round(now))
  }

  private watchSome(): void {
    const recorded = new Set(this.plan.fixes.map(fix => fix.vehicleId))
    const driverIds = [...this.fleet.reporters.map(reporter => reporter.driverId), ...recorded]
    const every = Math.max(1, Math.floor(driverIds.length / Math.max(1, this.options.watchers)))
    for (let i = 0; i < driverIds.length; i += every) this.watchers.followDriver(driverIds[i] ?? '')
  }

  private tick(): void {
    const now = nowMs()
    this.world.agenda.runDue(now)
    for (const feed of this.feeds) feed.tick(now)
    while (this.asking && this.upcoming !== undefined && this.startMs + this.upcoming.afterMs <= now) {
      void this.request(this.upcoming)
      this.upcoming = this.plan.demand.next().value
    }
  }

  private async request(trip: TripRequest): Promise<void> {
    this.world.tally.requests++
    this.bookings++
    const order = await new Customer(trip, this.startMs + trip.afterMs, this.world).book()
    this.bookings--
    if (order !== null && order.end === null) this.watchers.followOrder(order.orderId)
  }

  private second(now: number): void {
    this.world.ledger.settle(now)
    this.fleet.checkSilence()
    // An outage may have swallowed any message: every open order is looked up once.
    if (this.world.tally.reconnects > this.reconnectsSeen) this.world.book.doubtAll()
    this.reconnectsSeen = this.world.tally.reconnects
    const elapsedMs = this.startMs === 0 ? 0 : now - this.startMs
    this.hooks.onSecond?.(this.meter.read(this.phase, elapsedMs))
  }

  private isInterrupted(): boolean {
    return this.hooks.signal?.aborted === true
  }

  private isDemandOver(): boolean {
    const { durationS } = this.options
    if (durationS !== null && nowMs() - this.startMs >= durationS * 1_000) return true
    return durationS === null && this.upcoming === undefined && this.feeds.every(feed => feed.isOver)
  }

  /** Drivers go on driving and reporting, but nobody asks for anything new. */
  private async drain(): Promise<void> {
    this.phase = 'draining'
    this.demandMs = nowMs() - this.startMs
    this.asking = false
    if (this.world.tally.requests > 0) {
      const isDone = () => this.bookings === 0 && this.world.book.openCount === 0
      await this.until(isDone, this.options.drainS * 1_000)
    }
    this.feeds = []
    this.reportingMs = nowMs() - this.startMs
    // An interruption does not cut this short: positions on their way would look lost.
    const settledByMs = nowMs() + SETTLE_MAX_MS
    while (this.fleet.unsettledPoints > 0 && nowMs() < settledByMs) await Bun.sleep(STEP_MS)
  }

  private async audited(nodeVersion: unknown): Promise<{ report: Report; stillOpen: readonly string[] }> {
    this.phase = 'auditing'
    const { options, world, fleet } = this
    const { tally, violations, http } = world
    // The actors stop here.
    this.actorsDone.abort()
    const audit = await auditOrders(this.auditor(), world.book.acknowledged(), violations)
    world.ledger.settle(nowMs())
    const sources = {
      ...{ options, tally, violations, audit, nodeVersion },
      demandMs: this.demandMs,
      reportingMs: this.reportingMs,
      vehicles: fleet.reporters.length + new Set(this.plan.fixes.map(fix => fix.vehicleId)).size,
      suspicions: world.ledger.suspicions,
      unsettledPoints: fleet.unsettledPoints,
      httpRetries: http.retries,
      interrupted: this.isInterrupted(),
    }
    return { report: report(sources), stillOpen: audit.stillOpen }
  }

  /** A client without the backlog of the actors. */
  private auditor(): HttpClient {
    const { url, token } = this.options
    return new HttpClient({ url, token, signal: new AbortController().signal })
  }

  private every(periodMs: number, work: (nowMs: number) => void): void {
    const again = (dueAtMs: number) => {
      this.world.agenda.at(dueAtMs, () => {
        work(nowMs())
        again(Math.max(dueAtMs + periodMs, nowMs()))
      })
    }
    again(nowMs() + periodMs)
  }

  /** Until it is so, or time is up, or somebody interrupts. */
  private async until(isSo: () => boolean, withinMs: number): Promise<void> {
    const untilMs = nowMs() + withinMs
    while (!isSo() && nowMs() < untilMs && !this.isInterrupted()) await Bun.sleep(STEP_MS)
  }
}
