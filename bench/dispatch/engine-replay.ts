/** The recorded day with the engine in charge: customers ask, lose patience; drivers are told on their phones. */
import { DEFAULT_SETTINGS } from '../../src/actors/default-settings.ts'
import type { OrderTerms } from '../../src/actors/order/order.state.ts'
import { termsOf } from '../../src/actors/order/order-terms.fixtures.ts'
import type { DispatchSettings } from '../../src/actors/settings.ts'
import { DEFAULT_RULESET, type DispatchRuleset, parseRuleset, RulesetError } from '../../src/domain/dispatch-ruleset.ts'
import { CITY_TRAVEL, routeDistanceM, travelTimeS } from '../../src/domain/eta.ts'
import { type DriverId, newOrderId, type OrderId, shardOfOrder, type Uniform } from '../../src/domain/ids.ts'
import { shardOfPosition } from '../../src/domain/region.ts'
import type { Histogram } from '../../src/sim/histogram.ts'
import { randomStream } from '../../src/sim/random.ts'
import type { RecordedTrip } from '../../src/sim/replay.ts'
import { NoResultError } from '../bench.ts'
import { FlagError } from '../flags.ts'
import { Engine } from './engine.ts'
import type { DispatchInput } from './input.ts'
import type { DispatchOptions } from './options.ts'
import type { Service } from './outcome.ts'
import { VirtualDriver } from './virtual-driver.ts'

/** The fleet comes on duty in this time before the first request. */
const WARM_UP_MS = 60_000
const REPORTS_SPREAD_MS = 20_000
/** Time passes in steps of this, so that the end is noticed. */
const STEP_MS = 10_000
/** So long after the last request nobody can be on the way to a customer any more: whoever is has been forgotten. */
const TAIL_MAX_MS = 86_400_000
const CUSTOMER = { role: 'customer', id: 'bench' } as const

export interface EngineRun {
  readonly rulesetVersion: string
  readonly services: readonly Service[]
  readonly solver: Histogram
  readonly offers: number
  /** Orders by shard. */
  readonly shardLoads: readonly number[]
  readonly turns: number
  /** Commands that the engine refused though they were in order, with its answer; and positions. */
  readonly refused: ReadonlyMap<string, number>
  readonly fixesRefused: number
}

/** @param progress  told now and then how far the day is. */
export async function runEngine(
  input: DispatchInput,
  options: DispatchOptions,
  progress: (sentence: string) => void,
): Promise<EngineRun> {
  const ruleset = await readRuleset(options.rulesetFile, options.stopS)
  const first = input.trips[0]?.ts ?? 0
  const startMs = Math.floor(first * 1_000) - WARM_UP_MS
  const engine = await Engine.start({ startMs, settings: settingsOf(options, ruleset), threads: options.threads })
  try {
    const replay = new Replay(engine, input, options)
    replay.run(progress)
    return replay.result()
  } finally {
    engine.stop()
  }
}

/** @param stopS  how long a stop takes, where no file says it. @throws {FlagError} naming the field that is wrong. */
export async function readRuleset(path: string | null, stopS: number): Promise<DispatchRuleset> {
  if (path === null) return withStops(DEFAULT_RULESET, stopS)
  try {
    const value: unknown = JSON.parse(await Bun.file(path).text())
    const ruleset = parseRuleset(value)
    // What a file says of stops has the last word, also that nobody stands.
    return Object.hasOwn(Object(value), 'stops') ? ruleset : withStops(ruleset, stopS)
  } catch (cause) {
    const why = cause instanceof RulesetError ? cause.message : 'it cannot be read as JSON'
    throw new FlagError(`--ruleset ${path}: ${why}`, { cause })
  }
}

function settingsOf(options: DispatchOptions, ruleset: DispatchRuleset): DispatchSettings {
  const { policy, shards, offersAtOnce, windowS, patienceS, pickupMaxS, speedMps, detour } = options
  return {
    ...DEFAULT_SETTINGS,
    shards,
    offersAtOnce: policy === 'broadcast' ? offersAtOnce : 1,
    // Customers give up by themselves: the engine must not do so before them.
    orderTtlMs: (patienceS + 600) * 1_000,
    matchWindowMs: windowS * 1_000,
    // The engine reckons with a pace of its own: the same distance must be too far for it.
    pickupMaxS: (pickupMaxS * (speedMps / detour)) / (CITY_TRAVEL.speedMps / CITY_TRAVEL.detour),
    lookAheadMs: options.lookAheadS * 1_000,
    ruleset,
  }
}

/** The operator of such a fleet would have set how long a stop takes. */
function withStops(ruleset: DispatchRuleset, stopS: number): DispatchRuleset {
  return { ...ruleset, stops: { pickupS: stopS, dropoffS: stopS } }
}

interface Request {
  readonly trip: RecordedTrip
  readonly orderId: OrderId
  fate: 'open' | 'assigned' | 'served' | 'lost'
}

class Replay {
  readonly #engine: Engine
  readonly #input: DispatchInput
  readonly #options: DispatchOptions
  readonly #drivers = new Map<string, VirtualDriver>()
  readonly #requests = new Map<OrderId, Request>()
  readonly #services: Service[] = []
  readonly #refused = new Map<string, number>()
  readonly #idRandom: Uniform
  #undecided: number
  #offers = 0

  constructor(engine: Engine, input: DispatchInput, options: DispatchOptions) {
    this.#engine = engine
    this.#input = input
    this.#options = options
    this.#idRandom = randomStream(options.seed, 'order ids')
    this.#undecided = input.trips.length
    engine.onPublish = (topic, type, data) => {
      if (topic.startsWith('phone:')) this.#drivers.get(topic.slice('phone:'.length))?.receive(type, data)
      else if (type === 'order' && data.status === 'assigned') this.#assigned(topic.slice('order:'.length) as OrderId)
    }
  }

  run(progress: (sentence: string) => void): void {
    const { clock } = this.#engine
    this.#input.fleet.forEach(({ onTs, offTs }, index) => {
      const driver = this.#driver(index)
      const spreadMs = (index / this.#input.fleet.length) * REPORTS_SPREAD_MS
      driver.start(Math.max(spreadMs, onTs * 1_000 - clock.nowMs()))
      if (Number.isFinite(offTs)) clock.after(Math.max(0, offTs * 1_000 - clock.nowMs()), () => driver.end())
    })
    for (const trip of this.#input.trips) clock.after(trip.ts * 1_000 - clock.nowMs(), () => this.#request(trip))
    const overAtMs = (this.#input.trips.at(-1)?.ts ?? 0) * 1_000 + TAIL_MAX_MS
    for (let steps = 1; this.#undecided > 0; steps++) {
      if (clock.nowMs() > overAtMs) throw new NoResultError(`${this.#undecided} requests came to no end`)
      clock.advance(STEP_MS)
      if (steps % 60 === 0) progress(`${steps / 6} min: ${this.#undecided} requests still to decide`)
    }
  }

  result(): EngineRun {
    const shardLoads = new Array<number>(this.#options.shards).fill(0)
    for (const orderId of this.#requests.keys()) {
      const shard = shardOfOrder(orderId)
      shardLoads[shard] = (shardLoads[shard] ?? 0) + 1
    }
    return {
      rulesetVersion: this.#engine.settings.ruleset.version,
      services: this.#services,
      solver: this.#engine.solver,
      offers: this.#offers,
      shardLoads,
      turns: this.#engine.turns,
      refused: this.#refused,
      fixesRefused: this.#engine.fixesRefused,
    }
  }

  #driver(index: number): VirtualDriver {
    const { speedMps, detour, acceptShare, silentShare, lookAheadS, stopS, seed } = this.#options
    const place = this.#input.fleet[index]
    if (place === undefined) throw new RangeError(`there is no driver ${index}`)
    const driver = new VirtualDriver({
      engine: this.#engine,
      index,
      place,
      pace: { speedMps, detour },
      stopS,
      capacity: lookAheadS > 0 ? 2 : 1,
      acceptShare,
      silentShare,
      random: randomStream(seed, `driver ${index}`),
      log: {
        onOffer: () => {
          this.#offers++
        },
        onArrival: arrival => {
          const request = this.#requests.get(arrival.orderId)
          if (request?.fate !== 'assigned') return
          const { driver: by, atMs, assignedAtMs, chained } = arrival
          const pickupS = (atMs - assignedAtMs) / 1_000
          const { ts, readyTs, pickup, dropoff } = request.trip
          const tripS = travelTimeS(pickup, dropoff, this.#options)
          const waitS = atMs / 1_000 - ts
          const handoverS = Math.max(waitS, (readyTs ?? ts) - ts)
          this.#services.push({ driver: by, pickupS, waitS, handoverS, chained, tripS })
          this.#decide(request, 'served')
        },
        onRefused: (command, answer) => this.#noteRefusal(command, answer),
      },
    })
    this.#drivers.set(driver.driverId as DriverId, driver)
    return driver
  }

  #request(trip: RecordedTrip): void {
    const { clock, settings } = this.#engine
    const orderId = newOrderId(shardOfPosition(trip.pickup, settings.shards), clock.nowMs(), this.#idRandom)
    const request: Request = { trip, orderId, fate: 'open' }
    this.#requests.set(orderId, request)
    const command = { kind: 'order.place', terms: plainTerms(orderId, trip), key: null, by: CUSTOMER } as const
    this.#engine.askOrder(orderId, command, answer => {
      if (answer.kind !== 'order') this.#noteRefusal(command.kind, String(answer.kind))
    })
    clock.after(this.#options.patienceS * 1_000, () => this.#losePatience(request))
  }

  #assigned(orderId: OrderId): void {
    const request = this.#requests.get(orderId)
    if (request?.fate === 'open') request.fate = 'assigned'
  }

  #losePatience(request: Request): void {
    if (request.fate !== 'open') return
    this.#decide(request, 'lost')
    const command = { kind: 'order.cancel', reason: 'no driver came', by: CUSTOMER } as const
    this.#engine.askOrder(request.orderId, command, answer => {
      if (answer.kind !== 'order') this.#noteRefusal(command.kind, String(answer.kind))
    })
  }

  #decide(request: Request, fate: 'served' | 'lost'): void {
    request.fate = fate
    this.#undecided--
  }

  #noteRefusal(command: string, answer: string): void {
    const name = `${command}: ${answer}`
    this.#refused.set(name, (this.#refused.get(name) ?? 0) + 1)
  }
}

function plainTerms(orderId: OrderId, { pickup, dropoff, readyTs }: RecordedTrip): OrderTerms {
  return termsOf(orderId, {
    pickup: { ...pickup, address: null },
    dropoff: { ...dropoff, address: null },
    ...(readyTs === undefined ? {} : { readyAtMs: readyTs * 1_000 }),
    price: { amount: 0, currency: 'USD', breakdown: [] },
    distanceM: Math.round(routeDistanceM(pickup, dropoff)),
    durationS: Math.round(travelTimeS(pickup, dropoff)),
  })
}
