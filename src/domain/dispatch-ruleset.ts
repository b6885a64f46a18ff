/**
 * What dispatch weighs, as data. The cost of giving an order to a driver is counted in seconds: the way to the pickup, and
 * terms that are worth some seconds more or less, each a weight and a cap, so that none of them can send a driver across
 * the city. A ruleset has a version, which every decision names.
 *
 * Weights turn their unit into seconds. Positive costs make a pair less likely, the two marked as discounts more.
 *
 * `terms.trip` is the choice between fairness and throughput. Whoever serves short trips first serves more of them, and the
 * long ones pay for it. The term is relative to the trips that wait, so that it means the same in every city, and it
 * fades as an order waits, so that a long trip is let by for a while and not for good. Without fading, and with a larger
 * weight, it is the policy of the largest throughput (`docs/dispatch-quality.md` has the figures of both).
 */
import type { Stops } from './stops.ts'

export interface CostTerm {
  readonly weight: number
  /** The most that the term adds or takes off. */
  readonly capS: number
}

export interface TripTerm extends CostTerm {
  /** An order that has waited for so long is no better and no worse for the length of its trip; 0: that never ends. */
  readonly fadeS: number
}

/** Each with what its weight is multiplied with. */
const TERM_NAMES = [
  /** Seconds that the driver has been without an order; a discount. */
  'idle',
  /** Orders delivered today beyond the mean of the fleet around. */
  'earnings',
  /** Share of its offers that the driver let go by. */
  'acceptance',
  /** Capacity of the vehicle beyond the size of the order. */
  'vehicle_fit',
  /** Stars below five; nothing where there is no rating. */
  'rating',
  /** Seconds since the order was due; a discount. */
  'waiting_age',
  /** Doublings of the mean job of the waiting orders to this one; a discount for shorter ones; fades with age. */
  'trip',
  /** Seconds that the driver would stand there before the order is ready. */
  'early',
] as const
export type TermName = (typeof TERM_NAMES)[number]

export interface DispatchRuleset {
  readonly version: string
  readonly terms: Readonly<Record<Exclude<TermName, 'trip'>, CostTerm>> & { readonly trip: TripTerm }
  readonly scarcity: {
    /** The tightest cap on costs, in mean trips of the waiting orders, and in seconds. */
    readonly capFloorTrips: number
    readonly capFloorS: number
    /** How much less the waiting age counts where drivers are scarce: divided by scarcity to this power. */
    readonly agePower: number
  }
  readonly window: {
    /** Windows grow where a batch leaves at least so many orders that could be served, per free driver … */
    readonly fromWaitingPerFree: number
    /** … to this part of the mean way to a pickup … */
    readonly pickupShare: number
    /** … and to no more than so many times what the deployment has set. 1: they never grow. */
    readonly timesMax: number
  }
  /** Of every order; what a driver is expected to stand there. */
  readonly stops: Stops
  readonly lookAhead: {
    /** What a second that is left of the driver's present order costs, against a second of driving to the pickup. */
    readonly leftWeight: number
    /** Drivers with no more than this left are planned with. */
    readonly planS: number
    /** A chained order is given once so little of the present one is left; before that it waits and is planned anew. */
    readonly commitS: number
    /** An order that has waited for so long takes at once what is planned for it. */
    readonly commitAgeS: number
  }
}

export const DEFAULT_RULESET: DispatchRuleset = {
  version: 'default-2',
  terms: {
    idle: { weight: 0.5, capS: 200 },
    earnings: { weight: 2, capS: 20 },
    acceptance: { weight: 20, capS: 20 },
    vehicle_fit: { weight: 2, capS: 10 },
    rating: { weight: 5, capS: 15 },
    waiting_age: { weight: 0.12, capS: 200 },
    trip: { weight: 6, capS: 40, fadeS: 200 },
    early: { weight: 0.3, capS: 200 },
  },
  scarcity: { capFloorTrips: 0.8, capFloorS: 180, agePower: 0.5 },
  window: { fromWaitingPerFree: 0.5, pickupShare: 0.1, timesMax: 4 },
  stops: { pickupS: 0, dropoffS: 0 },
  lookAhead: { leftWeight: 1, planS: 30, commitS: 5, commitAgeS: 240 },
}

/** The message names the field. */
export class RulesetError extends Error {
  override readonly name = 'RulesetError'
}

const VERSION = /^[A-Za-z0-9._-]{1,64}$/
const WEIGHT_MAX = 1_000
const SECONDS_MAX = 86_400
/** Longer than this it is no stop but another job. */
const STOP_MAX_S = 7_200
/** A customer looks at a screen that says nothing meanwhile. */
const WINDOW_TIMES_MAX = 20

/**
 * Reads a ruleset as JSON gives it. A term that is left out counts nothing, without `window` none grows, and without `stops`
 * nobody stands; what is there must be whole.
 *
 * @throws {RulesetError} a field that is missing, unknown, or out of its range.
 */
export function parseRuleset(value: unknown): DispatchRuleset {
  const root = objectAt(value, 'the ruleset', ['version', 'terms', 'scarcity', 'window', 'stops', 'look_ahead'])
  const { version } = root
  if (typeof version !== 'string' || !VERSION.test(version)) {
    throw new RulesetError('version must be 1 to 64 letters, digits, dots, dashes or underscores')
  }
  const terms = objectAt(root.terms, 'terms', TERM_NAMES)
  const scarcity = objectAt(root.scarcity, 'scarcity', ['cap_floor_trips', 'cap_floor_s', 'age_power'])
  const lookAhead = objectAt(root.look_ahead, 'look_ahead', ['left_weight', 'plan_s', 'commit_s', 'commit_age_s'])
  return {
    version,
    terms: {
      idle: termAt(terms, 'idle'),
      earnings: termAt(terms, 'earnings'),
      acceptance: termAt(terms, 'acceptance'),
      vehicle_fit: termAt(terms, 'vehicle_fit'),
      rating: termAt(terms, 'rating'),
      waiting_age: termAt(terms, 'waiting_age'),
      trip: tripTermAt(terms),
      early: termAt(terms, 'early'),
    },
    scarcity: {
      capFloorTrips: numberAt(scarcity, 'scarcity', 'cap_floor_trips', WEIGHT_MAX),
      capFloorS: numberAt(scarcity, 'scarcity', 'cap_floor_s', SECONDS_MAX),
      agePower: numberAt(scarcity, 'scarcity', 'age_power', 4),
    },
    window: windowAt(root),
    stops: stopsAt(root),
    lookAhead: {
      leftWeight: numberAt(lookAhead, 'look_ahead', 'left_weight', WEIGHT_MAX),
      planS: numberAt(lookAhead, 'look_ahead', 'plan_s', SECONDS_MAX),
      commitS: numberAt(lookAhead, 'look_ahead', 'commit_s', SECONDS_MAX),
      commitAgeS: numberAt(lookAhead, 'look_ahead', 'commit_age_s', SECONDS_MAX),
    },
  }
}

type Fields = Readonly<Record<string, unknown>>

function termAt(terms: Fields, name: Exclude<TermName, 'trip'>): CostTerm {
  if (terms[name] === undefined) return { weight: 0, capS: 0 }
  const path = `terms.${name}`
  const term = objectAt(terms[name], path, ['weight', 'cap_s'])
  return { weight: numberAt(term, path, 'weight', WEIGHT_MAX), capS: numberAt(term, path, 'cap_s', SECONDS_MAX) }
}

/** Without `fade_s` it never fades. */
function tripTermAt({ trip }: Fields): TripTerm {
  if (trip === undefined) return { weight: 0, capS: 0, fadeS: 0 }
  const path = 'terms.trip'
  const term = objectAt(trip, path, ['weight', 'cap_s', 'fade_s'])
  return {
    weight: numberAt(term, path, 'weight', WEIGHT_MAX),
    capS: numberAt(term, path, 'cap_s', SECONDS_MAX),
    fadeS: term.fade_s === undefined ? 0 : numberAt(term, path, 'fade_s', SECONDS_MAX),
  }
}

/** Windows do not grow where it is left out. */
function windowAt({ window }: Fields): DispatchRuleset['window'] {
  if (window === undefined) return { fromWaitingPerFree: 0, pickupShare: 0, timesMax: 1 }
  const fields = objectAt(window, 'window', ['from_waiting_per_free', 'pickup_share', 'times_max'])
  return {
    fromWaitingPerFree: numberAt(fields, 'window', 'from_waiting_per_free', WEIGHT_MAX),
    pickupShare: numberAt(fields, 'window', 'pickup_share', 1),
    timesMax: numberAt(fields, 'window', 'times_max', WINDOW_TIMES_MAX),
  }
}

function stopsAt({ stops }: Fields): Stops {
  if (stops === undefined) return { pickupS: 0, dropoffS: 0 }
  const fields = objectAt(stops, 'stops', ['pickup_s', 'dropoff_s'])
  return {
    pickupS: numberAt(fields, 'stops', 'pickup_s', STOP_MAX_S),
    dropoffS: numberAt(fields, 'stops', 'dropoff_s', STOP_MAX_S),
  }
}

function objectAt(value: unknown, path: string, names: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RulesetError(`${path} must be an object`)
  }
  const unknown = Object.keys(value).find(name => !names.includes(name))
  if (unknown !== undefined) throw new RulesetError(`${path} has no field "${unknown}", only ${names.join(', ')}`)
  return value as Fields
}

function numberAt(fields: Fields, path: string, name: string, max: number): number {
  const value = fields[name]
  if (typeof value === 'number' && value >= 0 && value <= max) return value
  throw new RulesetError(`${path}.${name} must be a number from 0 to ${max}`)
}
