const CITY = { latitude: 37.7749, longitude: -122.4194 }
/** About 11 km each way. */
const SPREAD_DEGREES = 0.1
/** Steps that fill a square evenly, whatever their number. */
const STEP_LAT = 0.754877666
const STEP_LNG = 0.569840291

/** The n-th of places that are spread over a city. */
export function placeAround(n: number): { latitude: number; longitude: number } {
  return {
    latitude: CITY.latitude + (((n * STEP_LAT) % 1) - 0.5) * SPREAD_DEGREES,
    longitude: CITY.longitude + (((n * STEP_LNG) % 1) - 0.5) * SPREAD_DEGREES,
  }
}
