/**
 * The fare: a pure function of recorded inputs and a versioned ruleset, so that any past fare can be computed
 * again bit for bit. All money is integer minor units and all factors are integer permille; each line is rounded once, half
 * up, and the lines sum to the amount exactly because every later line is a difference of rounded totals.
 */
export interface Ruleset {
  /** Never changed once a fare was computed with it. */
  readonly version: string
  readonly currency: string
  readonly baseMinor: number
  readonly perKmMinor: number
  readonly perMinuteMinor: number
  readonly minimumMinor: number
  /** The fare is a multiple of this; 1 for no rounding. */
  readonly roundToMinor: number
  /** Factor in permille; a type that is not listed has 1,000. */
  readonly byVehicleType?: Readonly<Record<string, number>>
}

export interface PriceInputs {
  readonly distanceM: number
  readonly durationS: number
  readonly vehicleType: string | null
  /** 1,000 is no surge. */
  readonly surgePermille: number
}

export type FareCode = 'base' | 'distance' | 'time' | 'vehicle_type' | 'surge' | 'minimum_fare' | 'rounding'

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

export const RULESET_1: Ruleset = {
  version: '1',
  currency: 'USD',
  baseMinor: 250,
  perKmMinor: 95,
  perMinuteMinor: 28,
  minimumMinor: 600,
  roundToMinor: 5,
  byVehicleType: { bike: 850, car: 1000, van: 1400 },
}

const NO_FACTOR = 1000
/** Half the circumference of the Earth, a month and a hundredfold: beyond these an input is a bug, not a trip. */
const DISTANCE_MAX_M = 20_100_000
const DURATION_MAX_S = 2_678_400
const SURGE_MAX_PERMILLE = 100_000

/** @throws {RangeError} where an input is not in its range, or the ruleset's figures leave whole minor units: a fare is never NaN. */
export function price(inputs: PriceInputs, ruleset: Ruleset): Fare {
  const distance = wholeWithin('distanceM', inputs.distanceM, DISTANCE_MAX_M)
  const duration = wholeWithin('durationS', inputs.durationS, DURATION_MAX_S)
  const surge = wholeWithin('surgePermille', inputs.surgePermille, SURGE_MAX_PERMILLE)

  const breakdown: FareLine[] = [
    { code: 'base', label: 'Base fare', amount: ruleset.baseMinor },
    { code: 'distance', label: 'Distance', amount: share(ruleset.perKmMinor, distance, 1000) },
    { code: 'time', label: 'Time', amount: share(ruleset.perMinuteMinor, duration, 60) },
  ]
  let amount = breakdown.reduce((sum, line) => sum + line.amount, 0)
  /** Raises or lowers the running total and itemises the difference. */
  const setTotal = (code: FareCode, label: string, total: number): void => {
    if (total !== amount) breakdown.push({ code, label, amount: total - amount })
    amount = total
  }

  const factor = vehicleFactor(inputs.vehicleType, ruleset)
  setTotal('vehicle_type', `Vehicle type ${inputs.vehicleType ?? ''}`, share(amount, factor, NO_FACTOR))
  const beforeSurge = amount
  amount = share(beforeSurge, surge, NO_FACTOR)
  if (surge !== NO_FACTOR)
    breakdown.push({ code: 'surge', label: `Surge × ${surge / NO_FACTOR}`, amount: amount - beforeSurge })
  setTotal('minimum_fare', 'Minimum fare', Math.max(amount, ruleset.minimumMinor))
  setTotal('rounding', 'Rounding', rounded(amount, ruleset))
  if (!Number.isSafeInteger(amount)) throw new RangeError(`ruleset ${ruleset.version} gives no whole fare: ${amount}`)
  return { amount, currency: ruleset.currency, breakdown }
}

/** `amount × part / whole`, half up. Exact while the product is below 2^53, which the limits above see to. */
function share(amount: number, part: number, whole: number): number {
  return Math.floor((amount * part * 2 + whole) / (whole * 2))
}

/** To the nearest multiple, but never below the minimum fare. */
function rounded(amount: number, ruleset: Ruleset): number {
  const step = ruleset.roundToMinor
  const nearest = share(amount, 1, step) * step
  return nearest < ruleset.minimumMinor ? Math.ceil(ruleset.minimumMinor / step) * step : nearest
}

function vehicleFactor(vehicleType: string | null, ruleset: Ruleset): number {
  const factors = ruleset.byVehicleType
  // The type is a caller's text: only own keys count, `constructor` is no factor.
  if (vehicleType === null || factors === undefined || !Object.hasOwn(factors, vehicleType)) return NO_FACTOR
  return factors[vehicleType] ?? NO_FACTOR
}

function wholeWithin(name: string, value: number, max: number): number {
  if (!(value >= 0 && value <= max)) throw new RangeError(`${name} must be within 0 and ${max}, not ${value}`)
  return Math.round(value)
}
