/** What a trip costs now: its distance and time, the surge of the cell of its pickup, the ruleset in force. */

import { routeDistanceM, travelTimeS } from '../domain/eta.ts'
import type { LatLng } from '../domain/geo.ts'
import { cellAt, PRICE_RES } from '../domain/h3.ts'
import type { CellId } from '../domain/ids.ts'
import { type Fare, price } from '../domain/pricing/price.ts'
import { RULESET_1 } from '../domain/pricing/ruleset.ts'
import type { Http } from './context.ts'
import { invalidField } from './problem.ts'
import { runtimeRefusal } from './replies.ts'

export interface Trip {
  readonly pickup: LatLng
  readonly dropoff: LatLng
  readonly vehicleType: string | null
}

export interface PricedTrip {
  readonly fare: Fare
  readonly distanceM: number
  readonly durationS: number
  readonly rulesetVersion: string
  readonly surge: { readonly multiplierPermille: number; readonly cell: CellId; readonly round: number }
}

/** @throws {Refusal} `invalid` where the trip is too long; 503 where the price cell does not answer. */
export async function priceTrip(http: Http, trip: Trip): Promise<PricedTrip> {
  const distanceM = Math.round(routeDistanceM(trip.pickup, trip.dropoff))
  const { tripMaxM } = http.config.limits
  if (distanceM > tripMaxM) {
    throw invalidField(
      '/dropoff',
      `About ${Math.round(distanceM / 1_000)} km from the pickup; at most ${tripMaxM / 1_000} km`,
    )
  }
  const durationS = Math.round(travelTimeS(trip.pickup, trip.dropoff))
  const cell = cellAt(trip.pickup, PRICE_RES)
  const reply = await http.gateway.askPricing(cell, { kind: 'pricing.ask' })
  if (reply.kind !== 'surge') throw runtimeRefusal(reply)
  const { multiplierPermille, round } = reply
  const fare = price(
    { distanceM, durationS, vehicleType: trip.vehicleType, surgePermille: multiplierPermille },
    RULESET_1,
  )
  return { fare, distanceM, durationS, rulesetVersion: RULESET_1.version, surge: { multiplierPermille, cell, round } }
}

/** Beyond this nobody would be sent, so the nearest driver says nothing about a pickup. */
const PICKUP_SEARCH_M = 15_000

/** How long the nearest available driver needs; null where none is near. An estimate for the customer, not a promise. */
export function pickupEtaS(http: Http, trip: Trip): number | null {
  const [nearest] = http.hotView.nearby({
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
