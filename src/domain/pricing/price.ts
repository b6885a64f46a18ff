/**
 * The fare: a pure function of recorded inputs and a versioned ruleset, so that any past fare can be computed
 * again bit for bit. All money is integer minor units and all factors are integer permille; each line is rounded once, half
 * up, and the lines sum to the amount exactly because every later line is a difference of rounded totals.
 *
 * The local time is an input and not derived here: the rules of time zones change with the machine's tables, and a fare of
 * last year must not.
 */
import type { ZoneId } from '../ids.ts'
import type { LocalTime } from './local-time.ts'
import type { AreaPrice, Ruleset } from './ruleset.ts'
import { share } from './share.ts'
import { bandAt } from './time-bands.ts'

export interface PriceInputs {
  readonly distanceM: number
  readonly durationS: number
  readonly vehicleType: string | null
  /** 1,000 is no surge. */
  readonly surgePermille: number
  /** When the trip is due, in the ruleset's time zone; left out where the ruleset names none. */
  readonly localTime?: LocalTime
  /** The price areas of the ruleset that the trip begins or ends in, as they were drawn then; left out where there are none. */
  readonly areas?: readonly TripArea[]
}

export interface TripArea {
  readonly zoneId: ZoneId
  readonly version: number
  readonly ends: readonly ('pickup' | 'dropoff')[]
}

export type FareCode =
  | 'base'
  | 'distance'
  | 'time'
  | 'vehicle_type'
  | 'time_of_day'
  | 'price_area'
  | 'surge'
  | 'minimum_fare'
  | 'maximum_fare'
  | 'rounding'

export interface FareLine {
  readonly code: FareCode
  readonly label: string
  readonly amount: number
}

export interface Fare {
  readonly amount: number
  readonly currency: string
  /** Sums to `amount`. */
  readonly breakdown: readonly FareLine[]
}

const NO_FACTOR = 1000
/** Half the circumference of the Earth, a month and a hundredfold: beyond these an input is a bug, not a trip. */
const DISTANCE_MAX_M = 20_100_000
const DURATION_MAX_S = 2_678_400
const SURGE_MAX_PERMILLE = 100_000

/** The figures of the ruleset leave whole minor units on the way to the fare: its lines would not sum to it. */
export class NoFareError extends RangeError {
  override readonly name = 'NoFareError'
}

/** @throws {RangeError} where an input is not in its range. @throws {NoFareError} where its figures give none: a fare is never NaN. */
export function price(inputs: PriceInputs, ruleset: Ruleset): Fare {
  const total = new Total(ruleset.version)
  addTrip(total, inputs, ruleset)
  scaleByVehicle(total, inputs.vehicleType, ruleset)
  scaleByTimeOfDay(total, inputs.localTime, ruleset)
  const areas = areasOf(inputs, ruleset)
  scaleByAreas(total, areas)
  scaleBySurge(total, wholeWithin('surgePermille', inputs.surgePermille, SURGE_MAX_PERMILLE))
  addForAreas(total, areas)
  total.set('minimum_fare', 'Minimum fare', Math.max(total.amount, ruleset.minimumMinor))
  const { maximumMinor } = ruleset
  if (maximumMinor !== undefined) total.set('maximum_fare', 'Maximum fare', Math.min(total.amount, maximumMinor))
  total.set('rounding', 'Rounding', rounded(total.amount, ruleset))
  const { amount, breakdown } = total
  return { amount, currency: ruleset.currency, breakdown }
}

/** Itemises as it goes: a line is by how much it changed the total. */
class Total {
  readonly #version: string
  amount = 0
  readonly breakdown: FareLine[] = []

  constructor(version: string) {
    this.#version = version
  }

  add(code: FareCode, label: string, amount: number): void {
    this.breakdown.push({ code, label, amount })
    this.amount += amount
    if (!Number.isSafeInteger(this.amount)) throw new NoFareError(`ruleset ${this.#version}, ${code}: ${this.amount}`)
  }

  /** No line where it changes nothing. */
  set(code: FareCode, label: string, amount: number): void {
    if (amount !== this.amount) this.add(code, label, amount - this.amount)
  }
}

function addTrip(total: Total, inputs: PriceInputs, { baseMinor, perKmMinor, perMinuteMinor }: Ruleset): void {
  const distance = wholeWithin('distanceM', inputs.distanceM, DISTANCE_MAX_M)
  const duration = wholeWithin('durationS', inputs.durationS, DURATION_MAX_S)
  total.add('base', 'Base fare', baseMinor)
  total.add('distance', 'Distance', share(perKmMinor, distance, 1000))
  total.add('time', 'Time', share(perMinuteMinor, duration, 60))
}

function scaleByVehicle(total: Total, vehicleType: string | null, { byVehicleType }: Ruleset): void {
  // The type is a caller's text: only own keys count, `constructor` is no factor.
  if (vehicleType === null || byVehicleType === undefined || !Object.hasOwn(byVehicleType, vehicleType)) return
  const factor = byVehicleType[vehicleType] ?? NO_FACTOR
  total.set('vehicle_type', `Vehicle type ${vehicleType}`, share(total.amount, factor, NO_FACTOR))
}

/** @throws {RangeError} where the ruleset has bands and nobody said when the trip is due. */
function scaleByTimeOfDay(total: Total, local: LocalTime | undefined, { version, timeBands }: Ruleset): void {
  if (timeBands === undefined || timeBands.length === 0) return
  if (local === undefined) throw new RangeError(`ruleset ${version} needs the local time of the trip`)
  const band = bandAt(timeBands, local)
  if (band) total.set('time_of_day', band.label, share(total.amount, band.factorPermille, NO_FACTOR))
}

/** In the order of the ruleset. */
function areasOf({ areas: lain = [] }: PriceInputs, { areas = [] }: Ruleset): AreaPrice[] {
  return areas.filter(({ zoneId, at }) =>
    lain.some(area => area.zoneId === zoneId && (at === 'either' ? area.ends.length > 0 : area.ends.includes(at))),
  )
}

function scaleByAreas(total: Total, areas: readonly AreaPrice[]): void {
  for (const { label, factorPermille = NO_FACTOR } of areas) {
    total.set('price_area', label, share(total.amount, factorPermille, NO_FACTOR))
  }
}

/** After surge: a fee of an airport is what it is. */
function addForAreas(total: Total, areas: readonly AreaPrice[]): void {
  for (const { label, addMinor = 0 } of areas) if (addMinor !== 0) total.add('price_area', label, addMinor)
}

/** Shown even where it comes to nothing: whoever pays it must see that it was there. */
function scaleBySurge(total: Total, surge: number): void {
  if (surge === NO_FACTOR) return
  total.add('surge', `Surge × ${surge / NO_FACTOR}`, share(total.amount, surge, NO_FACTOR) - total.amount)
}

/** To the nearest multiple, but neither below the minimum nor above the maximum fare. */
function rounded(amount: number, { roundToMinor: step, minimumMinor, maximumMinor }: Ruleset): number {
  const nearest = share(amount, 1, step) * step
  if (nearest < minimumMinor) return Math.ceil(minimumMinor / step) * step
  if (maximumMinor !== undefined && nearest > maximumMinor) return Math.floor(maximumMinor / step) * step
  return nearest
}

function wholeWithin(name: string, value: number, max: number): number {
  if (!(value >= 0 && value <= max)) throw new RangeError(`${name} must be within 0 and ${max}, not ${value}`)
  return Math.round(value)
}
