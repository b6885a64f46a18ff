/** One plan: a cluster, its drivers and customers, and a hostile world; then calm, and everything must come to rest. */
import { DEFAULT_SETTINGS } from '../actors/default-settings.ts'
import type { JournalTurn } from '../actors/runtime/ports.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import { checkDriver, checkHotViews, checkMemory, checkOwners } from './at-rest.ts'
import { Cluster } from './cluster.ts'
import { EAGER } from './eager-ruleset.ts'
import { Faults } from './faults.ts'
import { MembersWeather } from './members-weather.ts'
import { CALM_MS, isNeverHostile, type Plan, planOf } from './plan.ts'
import { RecordWeather } from './record-weather.ts'
import { checkEnded, checkReplay, isEverythingEnded } from './replay.ts'
import { Streams } from './streams.ts'
import { Tally } from './tally.ts'
import { Trace } from './trace.ts'
import { Violation } from './violation.ts'
import { Witness } from './witness.ts'
import { CustomerAgent } from './workload/customer-agent.ts'
import { DriverAgent } from './workload/driver-agent.ts'
import { World } from './workload/world.ts'

/** After the faults, before it is first looked whether everything has ended. */
const CALM_MIN_MS = 30_000
const LOOK_EVERY_MS = 10_000
/** What was the last to end is told to everybody, drivers ask about their loads, actors at rest leave. */
const REST_MS = 70_000
/** A run that takes more steps than this does not come to rest. */
const STEPS_MAX = 400_000
/** Lines kept of a run that failed. */
const TRACE_MAX = 20_000

export interface SeedRun {
  /** What the run has met, and how often. */
  readonly met: Readonly<Record<string, number>>
  readonly steps: number
  readonly virtualMs: number
  /** Everything that was committed, in its order. */
  readonly journal: () => string
}

/** How a run failed. */
export class RunFailure extends Error {
  override readonly name = 'RunFailure'
  readonly step: number
  readonly invariant: string
  readonly trace: readonly string[]

  constructor(cause: Error, where: { step: number; trace: readonly string[] }) {
    super(cause.message, { cause })
    this.step = where.step
    this.trace = where.trace
    this.invariant = cause instanceof Violation ? cause.invariant : cause.message.slice(0, 40)
  }
}

/** @throws {RunFailure} */
export function runSeed(seed: bigint | number): SeedRun {
  return new Run(planOf(BigInt(seed)), { isTraced: false }).run()
}

/** @throws {RunFailure} */
export function runPlan(plan: Plan, options: { readonly isTraced: boolean }): SeedRun {
  return new Run(plan, options).run()
}

function turnText({ actorId, shard, shardEpoch, versionBefore, events, claim }: JournalTurn): string {
  const types = events.map(event => event.type).join('+') || 'note'
  return `${actorId} ${types} after ${versionBefore} on ${shard}@${shardEpoch}${claim ? ` for ${claim.driverId}` : ''}`
}

class Run {
  readonly #plan: Plan
  readonly #tally = new Tally()
  readonly #trace: Trace
  readonly #cluster: Cluster
  readonly #witness: Witness
  readonly #weather: RecordWeather
  readonly #membersWeather: MembersWeather
  readonly #world: World
  readonly #drivers: readonly DriverAgent[]
  readonly #faults: Faults
  /** The faults are over, and what they left behind, too. */
  #isSettled = false

  constructor(plan: Plan, { isTraced }: { readonly isTraced: boolean }) {
    this.#plan = plan
    const streams = new Streams(plan.seed)
    const tally = this.#tally
    const weather = new RecordWeather({ noise: plan.noise, streams, tally })
    const membersWeather = new MembersWeather({ noise: plan.noise, streams, tally })
    const settings = { ...DEFAULT_SETTINGS, ...EAGER, ...plan.settings }
    const trace = new Trace({ isKept: isTraced, stamp: () => this.#stamp() })
    const cluster = new Cluster({
      plan,
      settings,
      streams,
      weather,
      membersWeather,
      tally,
      trace,
      watch: {
        onCommit: (turns, outcomes) => {
          turns.forEach((turn, i) => {
            trace.note(() => `commit ${turnText(turn)} → ${outcomes[i]}`)
          })
          witness.onCommit(turns, outcomes)
        },
        onServed: (node, grants) => witness.onServed(node, grants),
        onSealed: (node, shards) => witness.onSealed(node, shards),
        onPublish: (node, topic, type, data) => this.#published(node, topic, type, data),
        onError: error => witness.fail(error),
      },
    })
    const witness = new Witness({
      record: cluster.record,
      history: cluster.history,
      prices: cluster.prices,
      tally,
      nowMs: () => cluster.clock.nowMs(),
      isQuiet: () => isNeverHostile(plan) || this.#isSettled,
    })
    const world = new World({ cluster, witness, tally, trace })
    const drivers = plan.drivers.map(driver => new DriverAgent(world, driver))
    this.#trace = trace
    this.#weather = weather
    this.#membersWeather = membersWeather
    this.#cluster = cluster
    this.#witness = witness
    this.#world = world
    this.#drivers = drivers
    const onCrash = () => this.#watched(() => checkReplay(cluster.record))
    this.#faults = new Faults({ plan, cluster, weather, membersWeather, tally, trace, drivers, onCrash })
  }

  run(): SeedRun {
    const { clock, record } = this.#cluster
    try {
      this.#start()
      this.#chaos()
      this.#calm()
      this.#rest()
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error))
      throw new RunFailure(cause, { step: clock.steps, trace: this.#trace.last(TRACE_MAX) })
    }
    return {
      met: this.#tally.counts,
      steps: clock.steps,
      virtualMs: clock.nowMs() - this.#cluster.startedAtMs,
      journal: () => JSON.stringify(record.journal()),
    }
  }

  #start(): void {
    const { drivers, bookings } = this.#plan
    this.#cluster.onSettled = fix => {
      for (const driver of this.#drivers) driver.onSettled(fix)
    }
    this.#cluster.start()
    for (const driver of this.#drivers) driver.start()
    const others = {
      drivers: this.#drivers.map(d => d.driverId),
      sizeMax: Math.max(1, ...drivers.map(d => d.capacity)),
    }
    for (const booking of bookings) {
      const customer = new CustomerAgent(this.#world, booking, others)
      if (others.drivers.length > 0) this.#world.run(() => customer.book())
    }
    this.#faults.schedule()
  }

  #chaos(): void {
    this.#advance(this.#plan.chaosMs)
    this.#faults.end()
    this.#weather.isCalm = true
    this.#cluster.network.isCalm = true
    this.#world.isCalm = true
    this.#membersWeather.isCalm = true
    checkReplay(this.#cluster.record)
    this.#witness.checkAtRest()
  }

  #calm(): void {
    const { record } = this.#cluster
    this.#advance(CALM_MIN_MS)
    checkOwners(this.#cluster)
    this.#isSettled = true
    for (let ms = CALM_MIN_MS; ms < CALM_MS && !isEverythingEnded(record); ms += LOOK_EVERY_MS) {
      this.#advance(LOOK_EVERY_MS)
    }
    checkEnded(record)
    this.#advance(REST_MS)
  }

  #rest(): void {
    const cluster = this.#cluster
    checkReplay(cluster.record)
    this.#witness.checkAtRest()
    checkEnded(cluster.record)
    this.#witness.checkFeed()
    checkHotViews(this.#drivers, cluster)
    const { shown } = this.#witness
    const advance = (ms: number) => this.#advance(ms)
    for (const driver of this.#drivers) checkDriver(driver, { cluster, shown, advance })
    this.#world.isOver = true
    this.#advance(REST_MS)
    checkMemory(cluster)
  }

  #advance(ms: number): void {
    const { clock } = this.#cluster
    const untilMs = clock.nowMs() + ms
    while (this.#cluster.stepUntil(untilMs)) {
      if (this.#witness.violation) throw this.#witness.violation
      if (clock.steps > STEPS_MAX) throw new Violation(`(e) no rest after ${STEPS_MAX} steps`)
    }
    clock.advanceTo(untilMs)
  }

  #watched(check: () => void): void {
    try {
      check()
    } catch (error) {
      this.#witness.fail(error)
    }
  }

  #published(node: string, topic: string, type: string, data: JsonObject): void {
    this.#witness.onPublish(node, topic, type, data)
    if (!topic.startsWith('phone:')) return
    this.#trace.note(() => `${topic} ${type} ${data.offer_id ?? ''}`)
    const driver = this.#drivers.find(d => topic === `phone:${d.driverId}`)
    if (driver) this.#cluster.network.hop(`phone ${driver.driverId}`, () => driver.onPhone(type, data))
  }

  #stamp(): string {
    const { clock, startedAtMs } = this.#cluster
    return `${clock.steps} ${((clock.nowMs() - startedAtMs) / 1_000).toFixed(3)}s`
  }
}
