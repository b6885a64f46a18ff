/**
 * How long a trip takes, without a road network: the great circle, stretched by how much streets wind, at a city's
 * mean speed. The model is an argument, so that a better one, learnt per city and hour, replaces it without a change here.
 */
import { distanceM, type LatLng } from './geo.ts'

export interface TravelModel {
  readonly speedMps: number
  /** Road metres per metre of the great circle. */
  readonly detour: number
}

/** 6.5 m/s (23 km/h) with stops; streets of a grid city are about 1.3 times as long as the crow's way. */
export const CITY_TRAVEL: TravelModel = { speedMps: 6.5, detour: 1.3 }

export function routeDistanceM(a: LatLng, b: LatLng, model: TravelModel = CITY_TRAVEL): number {
  return distanceM(a, b) * model.detour
}

export function travelTimeS(a: LatLng, b: LatLng, model: TravelModel = CITY_TRAVEL): number {
  return routeDistanceM(a, b, model) / model.speedMps
}
