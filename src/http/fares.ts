/** What a trip costs: its distance and time, when it is due, the surge of the cell of its pickup, the ruleset in force. */
import type { OrderTerms } from '../actors/order/order.state.ts'
import { routeDistanceM, travelTimeS } from '../domain/eta.ts'
import type { LatLng } from '../domain/geo.ts'
import { cellAt, PRICE_RES } from '../domain/h3.ts'
import type { CellId, UnixMs, ZoneId } from '../domain/ids.ts'
import { type Mode, modeOfOrder } from '../domain/mode.ts'
import {
  charged,
  ROUND_OLD_MS,
  SURGE_AHEAD_MAX_MS,
  type SurgeRule,
  surgeRuleFor,
} from '../domain/pricing/charged-surge.ts'
import { localTimeAt } from '../domain/pricing/local-time.ts'
import { type Fare, NoFareError, type PriceInputs, price, type TripArea } from '../domain/pricing/price.ts'
import { type AdjustmentRules, adjustmentRulesOf, type Ruleset } from '../domain/pricing/ruleset.ts'
import { areaOf } from '../domain/surge/neighbourhood.ts'
import { NEUTRAL_PERMILLE } from '../domain/surge/surge-round.ts'
import { PostgresPriceLog } from '../store/postgres-price-log.ts'
import type { Http } from './context.ts'
import { invalidField } from './problem.ts'
import type { StoredSurge } from './remembered-surge.ts'

export interface Trip {
  readonly pickup: LatLng
  readonly dropoff: LatLng
  readonly vehicleType: string | null
}

export interface Wish {
  readonly trip: Trip
  /** Null: now. */
  readonly scheduledAtMs: UnixMs | null
  readonly asker: string
  readonly mode: Mode
  /** Who tells the price cell that somebody wants to go from there: to ask for its price does, and so does the order that is made at once. */
  readonly countedBy: 'asking' | 'order'
}

export interface PricedTrip {
  readonly fare: Fare
  readonly distanceM: number
  readonly durationS: number
  readonly rulesetVersion: string
  readonly surge: {
    readonly multiplierPermille: number
    readonly cell: CellId
    readonly round: number
    /** Missing from quotes of older versions of the code. */
    readonly rule?: SurgeRule
  }
  /** All that the fare was computed from, with that version of the ruleset. */
  readonly inputs: PriceInputs
  readonly dueAtMs: UnixMs
  readonly rules: AdjustmentRules
  readonly asker: string
}

/** @throws {Refusal} `invalid` where the trip is too long, or nobody prices it; 503 where its price is not to be had now. */
export async function priceTrip(http: Http, wish: Wish): Promise<PricedTrip> {
  const { trip, scheduledAtMs, asker, mode, countedBy } = wish
  const distanceM = tripDistanceM(http, trip)
  const durationS = Math.round(travelTimeS(trip.pickup, trip.dropoff))
  const cell = cellAt(trip.pickup, PRICE_RES)
  const nowMs = http.clock.nowMs()
  const dueAtMs = Math.max(nowMs, scheduledAtMs ?? nowMs)
  const ruleset = await rulesetOf(http, cell)
  // Tests are no demand, and are charged what they can reckon with: without surge.
  const isNow = mode === 'live' && dueAtMs - nowMs <= SURGE_AHEAD_MAX_MS
  const surge = await surgeOf(http, { cell, asker, ruleset, isNow, countedBy })
  const inputs: PriceInputs = {
    distanceM,
    durationS,
    vehicleType: trip.vehicleType,
    surgePermille: surge.multiplierPermille,
    ...(await priceAreas(http, trip, ruleset)),
    ...(ruleset.timeZone === undefined ? {} : { localTime: localTimeAt(dueAtMs, ruleset.timeZone) }),
  }
  const fare = fareOf(inputs, ruleset)
  const rules = adjustmentRulesOf(ruleset)
  return { fare, distanceM, durationS, rulesetVersion: ruleset.version, surge, inputs, dueAtMs, rules, asker }
}

function fareOf(inputs: PriceInputs, ruleset: Ruleset): Fare {
  try {
    return price(inputs, ruleset)
  } catch (error) {
    if (!(error instanceof NoFareError)) throw error
    throw invalidField('/pickup', `The ruleset ${ruleset.version} gives no fare for this trip`)
  }
}

function tripDistanceM(http: Http, trip: Trip): number {
  const distanceM = Math.round(routeDistanceM(trip.pickup, trip.dropoff))
  const { tripMaxM } = http.config.limits
  if (distanceM <= tripMaxM) return distanceM
  throw invalidField(
    '/dropoff',
    `About ${Math.round(distanceM / 1_000)} km from the pickup; at most ${tripMaxM / 1_000} km`,
  )
}

/** Those that the ruleset names, as they are drawn now. @throws {StoreUnavailableError} where no zones are known yet. */
export async function priceAreas(
  { zones }: Http,
  trip: Trip,
  { areas = [] }: Ruleset,
): Promise<Pick<PriceInputs, 'areas'>> {
  if (areas.length === 0) return {}
  if (!zones.isLoaded) await zones.refresh()
  const named = new Set(areas.map(({ zoneId }) => zoneId))
  const lain = new Map<ZoneId, TripArea>()
  for (const end of ['pickup', 'dropoff'] as const) {
    for (const { zoneId, kind, version } of zones.index.at(trip[end])) {
      if (kind !== 'price_area' || !named.has(zoneId)) continue
      lain.set(zoneId, { zoneId, version, ends: [...(lain.get(zoneId)?.ends ?? []), end] })
    }
  }
  // By their ids: the same trip has the same inputs.
  return { areas: [...lain.values()].sort((a, b) => (a.zoneId < b.zoneId ? -1 : 1)) }
}

async function rulesetOf(http: Http, cell: CellId): Promise<Ruleset> {
  const published = await http.rulesets.inForce(areaOf(cell))
  if (!published) throw invalidField('/pickup', 'No ruleset prices trips from here now')
  return published.ruleset
}

/** An answer takes milliseconds; a node that is cut off does not know it for seconds. */
const ASK_MAX_MS = 800

interface SurgeWish extends Pick<Wish, 'asker' | 'countedBy'> {
  readonly cell: CellId
  readonly ruleset: Ruleset
  readonly isNow: boolean
}

async function surgeOf(http: Http, wish: SurgeWish): Promise<PricedTrip['surge']> {
  const { cell, ruleset, isNow, countedBy } = wish
  const known = isNow && countedBy === 'order' ? http.rememberedSurge.of(cell) : null
  const { stored, round } = known ?? (await askedSurge(http, wish))
  const rule = surgeRuleFor(isNow, ruleset)
  return { multiplierPermille: isNow ? charged(stored, ruleset) : NEUTRAL_PERMILLE, cell, round, rule }
}

async function askedSurge(http: Http, { cell, asker, isNow }: SurgeWish): Promise<StoredSurge> {
  const ask = isNow
    ? ({ kind: 'pricing.quote', cell, asker } as const)
    : ({ kind: 'pricing.read', cells: [cell] } as const)
  const late = Promise.withResolvers<null>()
  const cancel = http.clock.after(ASK_MAX_MS, () => late.resolve(null))
  const reply = await Promise.race([http.gateway.askPricing(areaOf(cell), ask), late.promise])
  cancel()
  if (reply?.kind !== 'surge') return lastStored(http, cell)
  const told = { stored: reply.cells[0]?.multiplierPermille ?? NEUTRAL_PERMILLE, round: reply.round }
  http.rememberedSurge.learn(cell, told)
  return told
}

/**
 * Nothing has come of the order, nor will. After a time-out it may have been taken in; and to ask once more then would double
 * what is under way while a node is silent.
 */
export function isTurnedAway({ kind }: { readonly kind: string }): boolean {
  return kind === 'busy' || kind === 'unavailable'
}

/**
 * An order that is not taken in cannot say that somebody wants to go, and its price may have come from memory. Its customer has asked all
 * the same. Who is counted already is so once, and nobody waits for the answer.
 */
export function countTurnedAway({ gateway }: Http, terms: OrderTerms): void {
  const { orderId, quoteId, scheduledAtMs, readyAtMs, pricing } = terms
  const isForLater = scheduledAtMs !== null || readyAtMs !== undefined
  if (quoteId !== null || isForLater || !pricing || modeOfOrder(orderId) === 'test') return
  const { surge, asker } = pricing
  void gateway.askPricing(areaOf(surge.cell), { kind: 'pricing.quote', cell: surge.cell, asker })
}

/**
 * What prices a metropolis may be out of reach, on a node that is cut off; its rounds are in the record, and it would answer
 * from no other. A round that is old was followed by others that could not be stored: nothing is charged by it.
 */
async function lastStored(http: Http, cell: CellId): Promise<StoredSurge> {
  const nowMs = http.clock.nowMs()
  const [prices] = await new PostgresPriceLog(http.sql).pricesOf([areaOf(cell)], nowMs)
  const last = prices?.last
  if (!last || nowMs - last.atMs > ROUND_OLD_MS) return { stored: NEUTRAL_PERMILLE, round: last?.round ?? 0 }
  const known = last.cells.find(priced => priced.cell === cell)
  return { stored: known?.multiplierPermille ?? NEUTRAL_PERMILLE, round: last.round }
}

/** Beyond this nobody would be sent, so the nearest driver says nothing about a pickup. */
const PICKUP_SEARCH_M = 15_000

/** How long the nearest available driver needs; null where none is near. An estimate for the customer, not a promise. */
export async function pickupEtaS(http: Http, trip: Trip, mode: Mode): Promise<number | null> {
  const [nearest] = await http.hotView.of(mode).nearby({
    latitude: trip.pickup.latitude,
    longitude: trip.pickup.longitude,
    radiusM: PICKUP_SEARCH_M,
    limit: 1,
    freshSinceMs: http.clock.nowMs() - http.config.staleS * 1_000,
    status: 'available',
    ...(trip.vehicleType === null ? {} : { vehicleType: trip.vehicleType }),
  })
  return nearest === undefined ? null : Math.round(travelTimeS(nearest.driver.fix, trip.pickup))
}
