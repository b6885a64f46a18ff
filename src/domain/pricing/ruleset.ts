/**
 * A price list as data. A ruleset never changes once it exists: whoever wants other prices makes another version, so
 * that every past fare can be computed again from its inputs and the version that it names.
 */
import type { ZoneId } from '../ids.ts'
import type { SurgeRules } from '../surge/surge-rules.ts'

export interface Ruleset {
  readonly version: string
  readonly currency: string
  readonly baseMinor: number
  readonly perKmMinor: number
  readonly perMinuteMinor: number
  readonly minimumMinor: number
  /** No fare is above it, surge included. */
  readonly maximumMinor?: number
  /** The fare is a multiple of this; 1 for no rounding. */
  readonly roundToMinor: number
  /** Factor in permille; a type that is not listed has 1,000. */
  readonly byVehicleType?: Readonly<Record<string, number>>
  /** IANA, such as `Europe/Berlin`: whose clock and calendar the bands mean. */
  readonly timeZone?: string
  /** The first one that the due time lies in counts; outside of all the factor is 1,000. */
  readonly timeBands?: readonly TimeBand[]
  /** Of all that a trip lies in each counts, in this order. */
  readonly areas?: readonly AreaPrice[]
  /** Left out: the multiplier is always 1. */
  readonly surge?: SurgeRules
  readonly waiting?: WaitingRules
  readonly cancellation?: CancellationRules
  readonly noShow?: NoShowRules
}

export const AREA_ENDS = ['pickup', 'dropoff', 'either'] as const
export type AreaEnd = (typeof AREA_ENDS)[number]

/** What a trip costs more, or less, that begins or ends in a price area. */
export interface AreaPrice {
  readonly zoneId: ZoneId
  readonly label: string
  readonly at: AreaEnd
  /** Of what the trip costs before surge; left out: 1,000. */
  readonly factorPermille?: number
  /** Once, after surge; may be less than nothing. Left out: 0. */
  readonly addMinor?: number
}

/** A part of the week, by the clock on the wall. */
export interface TimeBand {
  readonly label: string
  /** Of the day on which the band begins: 1 is Monday, 7 is Sunday. */
  readonly days: readonly number[]
  /** Minutes after midnight, the end excluded. Where the end is not later than the start, the band goes past midnight. */
  readonly fromMinute: number
  readonly toMinute: number
  readonly factorPermille: number
}

/** What a driver's waiting at the pickup costs, from its arrival (not before the time ordered) to its departure. */
export interface WaitingRules {
  readonly freeS: number
  readonly perMinuteMinor: number
  readonly maximumMinor: number
}

export const CANCEL_STAGES = ['assigned', 'en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff'] as const
export type CancelStage = (typeof CANCEL_STAGES)[number]

/** What is still owed for a trip that is not made. The fee is never above the price that was quoted. */
export interface CancellationRules {
  /** Free of charge for this long after the driver was assigned. */
  readonly freeS: number
  /** Whose cancellation is charged; anybody else's is free. */
  readonly chargedRoles: readonly string[]
  /** A stage that is not listed is free, and so is every order without a driver. */
  readonly byStage: Readonly<Partial<Record<CancelStage, CancellationFee>>>
}

/** Both parts add up. */
export interface CancellationFee {
  readonly feeMinor: number
  /** Of the quoted price. */
  readonly sharePermille: number
}

/** A driver that has waited for nobody. The fee is never above the price that was quoted; what the waiting costs is not added. */
export interface NoShowRules {
  /** From its arrival, not before the time ordered: earlier nobody may give the order up. */
  readonly afterS: number
  readonly feeMinor: number
  /** Of the quoted price. */
  readonly sharePermille: number
  /** The order is given up then by itself; else its driver or a dispatcher does it. */
  readonly automatic: boolean
}

/** What of a ruleset an order carries with it: the rest is in its quoted price already. */
export interface AdjustmentRules {
  readonly waiting?: WaitingRules
  readonly cancellation?: CancellationRules
  readonly noShow?: NoShowRules
}

export function adjustmentRulesOf({ waiting, cancellation, noShow }: Ruleset): AdjustmentRules {
  return { ...(waiting ? { waiting } : {}), ...(cancellation ? { cancellation } : {}), ...(noShow ? { noShow } : {}) }
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
