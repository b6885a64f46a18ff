/** Places for properties: even over the globe, and often where geometry goes wrong. With the geometry that is right there, too. */
import fc from 'fast-check'
import { even } from './even.fixtures.ts'
import { EARTH_RADIUS_M, type LatLng, RADIANS } from './geo.ts'

export const bearings: fc.Arbitrary<number> = even(0, 2 * Math.PI)

const CITIES: readonly LatLng[] = [
  { latitude: 37.7749, longitude: -122.4194 },
  { latitude: 52.52, longitude: 13.405 },
  { latitude: -33.8688, longitude: 151.2093 },
  { latitude: 1.3521, longitude: 103.8198 },
  { latitude: 0.3476, longitude: 32.5825 },
  { latitude: -16.7954, longitude: 179.9987 },
  { latitude: -54.8019, longitude: -68.303 },
  { latitude: 78.2232, longitude: 15.6267 },
]
const CITY_DEGREES = 0.2

const longitudes = even(-180, 180)
/** About the line where longitudes begin again: within a doorstep, a city, a metropolis. */
const aboutTheLine = fc.oneof(
  even(179.9999, 180),
  even(-180, -179.9999),
  even(179.9, 180),
  even(-180, -179.9),
  even(178, 180),
  even(-180, -178),
)

/** As evenly over the ground as over the map: a latitude whose sine is even. */
const latitudes = even(-1, 1).map(sine => Math.asin(sine) / RADIANS)

function about(city: LatLng): fc.Arbitrary<LatLng> {
  return fc.record({
    latitude: even(city.latitude - CITY_DEGREES, city.latitude + CITY_DEGREES),
    longitude: even(city.longitude - CITY_DEGREES, city.longitude + CITY_DEGREES).map(onGlobe),
  })
}

/** All over the world up to that latitude: also along the 180th meridian, near the poles where they are not left out, and in cities. */
export function places({ latitudeMax = 90 }: { latitudeMax?: number } = {}): fc.Arbitrary<LatLng> {
  const within = (place: LatLng) => Math.abs(place.latitude) <= latitudeMax
  const cities = CITIES.map(about)
  const [exactLatitudes, exactLongitudes] = [
    [-90, -89.999, -60, -0.000_001, 0, 0.000_001, 45, 89.99, 90],
    [-180, -179.9999, -0.000_001, 0, 90, 179.9999, 180],
  ]
  return fc
    .oneof(
      { weight: 5, arbitrary: fc.record({ latitude: latitudes, longitude: longitudes }) },
      { weight: 3, arbitrary: fc.oneof(...cities) },
      {
        weight: 2,
        arbitrary: fc.record({ latitude: even(-latitudeMax, latitudeMax), longitude: aboutTheLine }),
      },
      // What lies highest: the polar circle and beyond, or where the latitudes asked for end.
      {
        weight: 2,
        arbitrary: fc.record({
          latitude: fc
            .tuple(even(latitudeMax * 0.75, latitudeMax), fc.boolean())
            .map(([up, north]) => (north ? up : -up)),
          longitude: longitudes,
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          latitude: fc.constantFrom(...exactLatitudes),
          longitude: fc.constantFrom(...exactLongitudes),
        }),
      },
    )
    .filter(within)
}

/** So many metres from a place in that direction, on the sphere: true at the poles and across the 180th meridian, too. */
export function away({ latitude, longitude }: LatLng, bearing: number, metres: number): LatLng {
  const angle = metres / EARTH_RADIUS_M
  const [sine, cosine] = [Math.sin(latitude * RADIANS), Math.cos(latitude * RADIANS)]
  const up = sine * Math.cos(angle) + cosine * Math.sin(angle) * Math.cos(bearing)
  const east = Math.atan2(Math.sin(bearing) * Math.sin(angle) * cosine, Math.cos(angle) - sine * up)
  return {
    latitude: Math.asin(Math.max(-1, Math.min(1, up))) / RADIANS,
    longitude: onGlobe(longitude + east / RADIANS),
  }
}

/** So many metres north and east of a place. */
export function beside(place: LatLng, northM: number, eastM: number): LatLng {
  return away(place, Math.atan2(eastM, northM), Math.hypot(northM, eastM))
}

/** On the straight way from one place to another, or beyond it: no way round the Earth for places on two sides of a line. */
export function between(a: LatLng, b: LatLng, part: number): LatLng {
  const [from, to] = [pointOf(a), pointOf(b)]
  const [x, y, z] = from.map((value, i) => value + ((to[i] ?? value) - value) * part)
  return placeOf(x ?? 0, y ?? 0, z ?? 0)
}

function pointOf({ latitude, longitude }: LatLng): readonly number[] {
  const cosine = Math.cos(latitude * RADIANS)
  return [cosine * Math.cos(longitude * RADIANS), cosine * Math.sin(longitude * RADIANS), Math.sin(latitude * RADIANS)]
}

function placeOf(x: number, y: number, z: number): LatLng {
  return { latitude: Math.atan2(z, Math.hypot(x, y)) / RADIANS, longitude: Math.atan2(y, x) / RADIANS }
}

function onGlobe(longitude: number): number {
  return longitude > 180 ? longitude - 360 : longitude < -180 ? longitude + 360 : longitude
}
