/**
 * What one seed makes of a run, as data: who is there, what they want, and everything that will go wrong. Each part draws
 * from a seed of its own, so leaving one out does not change what the others do, and a run that fails can be shrunk.
 */
import type { DispatchSettings } from '../actors/settings.ts'
import { Chance } from './chance.ts'

export interface NodePlan {
  readonly name: string
  /** Worker threads. */
  readonly hosts: number
  readonly offsetMs: number
  readonly driftPpm: number
}

export interface DriverPlan {
  readonly id: string
  readonly seed: number
  readonly city: number
  readonly capacity: number
  /** Tokens of its fixes count from here, whoever else is there. */
  readonly firstToken: number
  /** Some come online only when the orders wait already. */
  readonly startsAtMs: number
}

export interface BookingPlan {
  readonly id: string
  readonly seed: number
  readonly city: number
  readonly atMs: number
}

const FAULT_KINDS = [
  'host_crash',
  'node_crash',
  'node_pause',
  'partition',
  'record_outage',
  'record_cut',
  'record_slow',
  'members_outage',
  'members_cut',
  'clock_set',
  'drain',
  'forget_homes',
  'hot_view_flush',
  'mass_log_off',
  'accept_storm',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface FaultPlan {
  readonly id: string
  readonly kind: FaultKind
  readonly seed: number
  readonly atMs: number
  readonly lastsMs: number
}

/** Probabilities, of each message or request. */
export interface Noise {
  readonly dropped: number
  readonly duplicated: number
  readonly delayed: number
  /** A message for a shard that two believe to own reaches the one that was replaced. */
  readonly misled: number
  readonly requestFails: number
  readonly appendFails: number
  readonly memberFails: number
}

export interface Plan {
  readonly seed: bigint
  readonly settings: Partial<DispatchSettings>
  readonly nodes: readonly NodePlan[]
  readonly drivers: readonly DriverPlan[]
  readonly bookings: readonly BookingPlan[]
  readonly faults: readonly FaultPlan[]
  readonly noise: Noise
  /** Faults happen for so long; then all of it must come to rest. */
  readonly chaosMs: number
}

export const ORDER_TTL_MS = 60_000
/** The longest that an order is scheduled ahead of its booking. */
export const AHEAD_MAX_MS = 30_000
/** Told to every driver at the door. */
export const SIMULATED_PIN = '0417'
/** After the faults: an order has this long to end, a silent driver to be asked about its load. */
export const CALM_MS = 260_000

const TOKENS_PER_DRIVER = 1_000_000
const FAULTS_MAX = [0, 4, 8, 14] as const
/** What makes two nodes believe to own one shard is the most worth trying. */
const LIKELY: readonly FaultKind[] = ['node_pause', 'members_cut', 'partition', 'drain', 'node_crash', 'host_crash']
/** Bookings come in the wake of a fault, and so do offers: that is when it hurts. */
const AROUND_MS = 6_000

export function planOf(seed: bigint): Plan {
  const chance = new Chance(seed)
  const level = chance.pick([0, 1, 1, 2, 2, 3])
  const cities = chance.happens(0.3) ? 2 : 1
  const chaosMs = chance.between(45, 120) * 1_000
  const capacityMax = chance.between(1, 2)
  const faults = Array.from({ length: chance.between(level, FAULTS_MAX[level] ?? 0) }, (_, n) =>
    faultOf(chance, n, chaosMs),
  )
  const bookedAtMs = () => {
    const fault = chance.happens(0.6) && faults.length > 0 ? chance.pick(faults) : null
    const atMs = fault ? fault.atMs + chance.between(-AROUND_MS, fault.lastsMs) : chance.between(0, chaosMs)
    return Math.min(chaosMs, Math.max(0, atMs))
  }
  return {
    seed,
    settings: {
      shards: chance.pick([4, 8, 16]),
      acceptAutomatically: chance.happens(0.2),
      offersAtOnce: chance.pick([1, 1, 2, 4]),
      offerTtlMs: chance.pick([3_000, 8_000, 15_000]),
      orderTtlMs: ORDER_TTL_MS,
      scheduleLeadMs: 5_000,
      scheduleLateMs: 10_000,
      staleMs: chance.pick([15_000, 60_000]),
      matchWindowMs: 1_000,
    },
    nodes: Array.from({ length: chance.pick([1, 2, 3, 3, 4]) }, (_, n) => nodeOf(chance, n)),
    drivers: Array.from({ length: chance.between(1, 7) }, (_, n) => ({
      id: `drv_${n}`,
      seed: chance.word(),
      city: n % cities,
      capacity: chance.between(1, capacityMax),
      firstToken: (n + 1) * TOKENS_PER_DRIVER,
      startsAtMs: chance.happens(0.25) ? chance.between(0, chaosMs) : 0,
    })),
    bookings: Array.from({ length: chance.between(4, 18) }, (_, n) => ({
      id: `booking_${n}`,
      seed: chance.word(),
      city: chance.between(0, cities - 1),
      atMs: bookedAtMs(),
    })),
    faults,
    noise: noiseOf(level),
    chaosMs,
  }
}

function nodeOf(chance: Chance, n: number): NodePlan {
  return {
    name: `node-${n}`,
    hosts: chance.between(1, 2),
    // Two machines differ by less than the margin that a hold is kept for; `clock_set` goes beyond.
    offsetMs: chance.between(-900, 900),
    driftPpm: chance.pick([0, 0, 200, -200]),
  }
}

function faultOf(chance: Chance, n: number, chaosMs: number): FaultPlan {
  const isLikely = chance.happens(0.4)
  return {
    id: `fault_${n}`,
    kind: chance.pick(isLikely ? LIKELY : FAULT_KINDS),
    seed: chance.word(),
    atMs: chance.between(1_000, chaosMs),
    // The likely ones matter most when they outlast a lease.
    lastsMs: chance.pick(isLikely ? [500, 4_000, 5_000, 8_000, 20_000] : [50, 500, 3_000, 8_000, 20_000]),
  }
}

function noiseOf(level: number): Noise {
  return {
    dropped: [0, 0.01, 0.05, 0.15][level] ?? 0,
    duplicated: [0, 0.02, 0.1, 0.2][level] ?? 0,
    delayed: [0, 0.05, 0.15, 0.3][level] ?? 0,
    misled: [0, 0.1, 0.3, 0.5][level] ?? 0,
    requestFails: [0, 0.005, 0.03, 0.1][level] ?? 0,
    appendFails: [0, 0.01, 0.05, 0.1][level] ?? 0,
    memberFails: [0, 0.01, 0.05, 0.1][level] ?? 0,
  }
}

const QUIET: Noise = {
  dropped: 0,
  duplicated: 0,
  delayed: 0,
  misled: 0,
  requestFails: 0,
  appendFails: 0,
  memberFails: 0,
}

/** Nothing goes wrong in the whole run. */
export function isNeverHostile({ faults, noise }: Plan): boolean {
  return faults.length === 0 && Object.values(noise).every(rate => rate === 0)
}

/** Everything that can be left out of a run, by name. */
export function partsOf(plan: Plan): string[] {
  const noise = Object.entries(plan.noise).flatMap(([name, rate]) => (rate > 0 ? [name] : []))
  return [...plan.faults, ...plan.bookings, ...plan.drivers].map(part => part.id).concat(noise)
}

export function without(plan: Plan, left: ReadonlySet<string>): Plan {
  const noise = Object.entries(plan.noise).filter(([name]) => !left.has(name))
  return {
    ...plan,
    drivers: plan.drivers.filter(d => !left.has(d.id)),
    bookings: plan.bookings.filter(b => !left.has(b.id)),
    faults: plan.faults.filter(f => !left.has(f.id)),
    noise: { ...QUIET, ...Object.fromEntries(noise) },
  }
}
