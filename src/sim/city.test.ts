import { expect, test } from 'bun:test'
import { distanceM } from '../domain/geo.ts'
import { anyPlace, cityRoute, createCity, demandAt, SAN_FRANCISCO, sampleTrip } from './city.ts'
import { seededRandom } from './random.ts'
import { type Point, type Streets, snapToStreet, streetRoute, toLatLng, toPoint } from './streets.ts'

const lengthM = (points: Point[]) =>
  points.slice(1).reduce((sum, p, i) => sum + Math.hypot(p.x - (points[i]?.x ?? 0), p.y - (points[i]?.y ?? 0)), 0)

function places(streets: Streets, count: number): Point[] {
  const random = seededRandom(11)
  return Array.from({ length: count }, () => {
    const anywhere = { x: (random() * 2 - 1) * streets.halfM, y: (random() * 2 - 1) * streets.halfM }
    return snapToStreet(streets, anywhere)
  })
}

test('the same seed builds the same city, another seed another one', () => {
  expect(createCity(1, SAN_FRANCISCO)).toEqual(createCity(1, SAN_FRANCISCO))
  expect(createCity(2, SAN_FRANCISCO)).not.toEqual(createCity(1, SAN_FRANCISCO))
})

test('places survive the way to degrees and back', () => {
  const { streets } = createCity(3, SAN_FRANCISCO)
  for (const place of places(streets, 100)) {
    const back = toPoint(streets, toLatLng(streets, place))
    expect(Math.hypot(back.x - place.x, back.y - place.y)).toBeLessThan(0.001)
  }
})

test('a metre of the plane is a metre of the sphere', () => {
  const { streets } = createCity(3, SAN_FRANCISCO)
  const [a, b] = [
    { x: -1_500, y: 2_000 },
    { x: 1_500, y: -2_000 },
  ]
  expect(Math.abs(distanceM(toLatLng(streets, a), toLatLng(streets, b)) - 5_000)).toBeLessThan(10)
})

test('every route follows streets, the avenue or a bridge, and never swims', () => {
  for (const seed of [1, 2, 3, 4]) {
    const { streets } = createCity(seed, SAN_FRANCISCO)
    const ends = places(streets, 400)
    for (let i = 0; i + 1 < ends.length; i += 2) {
      const [from, to] = [ends[i], ends[i + 1]]
      if (from === undefined || to === undefined) continue
      const route = streetRoute(streets, from, to)
      expect(route[0]).toEqual(from)
      expect(route.at(-1)).toEqual(to)
      route.slice(1).forEach((p, at) => {
        expectDrivable(streets, route[at] ?? p, p)
      })
      const manhattanM = Math.abs(from.x - to.x) + Math.abs(from.y - to.y)
      expect(lengthM(route)).toBeLessThan(manhattanM + 4 * streets.halfM)
    }
  }
})

function expectDrivable(streets: Streets, a: Point, b: Point): void {
  const straight = Math.abs(a.x - b.x) < 1e-6 || Math.abs(a.y - b.y) < 1e-6
  const avenue = [a, b].every(p => Math.abs(p.y - p.x - streets.diagonalM) < 1e-6)
  expect(straight || avenue).toBe(true)
  const [low, high] = [Math.min(a.y, b.y), Math.max(a.y, b.y)]
  const crosses = low < streets.riverNorthM && high > streets.riverSouthM
  if (crosses) expect(streets.bridgesM.some(x => x === a.x && x === b.x)).toBe(true)
}

test('the avenue is taken where it is shorter', () => {
  const { streets } = createCity(1, SAN_FRANCISCO)
  const dry: Streets = { ...streets, riverSouthM: -streets.halfM * 3, riverNorthM: -streets.halfM * 3, diagonalM: 0 }
  const route = streetRoute(dry, { x: 0, y: 0 }, { x: 1_200, y: 1_200 })
  expect(lengthM(route)).toBeCloseTo(Math.SQRT2 * 1_200, 6)
})

test('a route between two places begins and ends at them', () => {
  const city = createCity(5, SAN_FRANCISCO)
  const random = seededRandom(1)
  const [from, to] = [anyPlace(city, random), anyPlace(city, random)]
  const route = cityRoute(city, from, to)
  expect(route[0]).toEqual(from)
  expect(route.at(-1)).toEqual(to)
})

test('trips are long enough to drive and stay near the centre', () => {
  const city = createCity(1, SAN_FRANCISCO)
  const random = seededRandom(2)
  for (let i = 0; i < 500; i++) {
    const { pickup, dropoff } = sampleTrip(city, i % 24, random)
    expect(distanceM(pickup, dropoff)).toBeGreaterThan(300)
    expect(distanceM(pickup, SAN_FRANCISCO)).toBeLessThan(7_000)
  }
})

test('mornings go to the offices and evenings leave them', () => {
  const city = createCity(1, SAN_FRANCISCO)
  const office = city.hotSpots.find(spot => spot.kind === 'offices')
  if (office === undefined) throw new Error('a city has offices')
  const at = toLatLng(city.streets, office.at)
  const arrivals = (hour: number) => {
    const random = seededRandom(9)
    const trips = Array.from({ length: 2_000 }, () => sampleTrip(city, hour, random))
    return trips.filter(trip => distanceM(trip.dropoff, at) < 800).length
  }
  expect(arrivals(8)).toBeGreaterThan(1.5 * arrivals(20))
})

test('demand follows the day without steps', () => {
  expect(demandAt(19)).toBeGreaterThan(4 * demandAt(4))
  expect(demandAt(24.5)).toBe(demandAt(0.5))
  for (let hour = 0; hour < 24; hour += 0.1) {
    expect(Math.abs(demandAt(hour + 0.1) - demandAt(hour))).toBeLessThan(0.06)
  }
})
