import type { LatLng } from '../domain/geo.ts'

/**
 * The streets of a synthetic city, in metres along its own axes: a square grid, turned against north, cut by a river
 * that only the bridges cross, and by one diagonal avenue that is worth a detour.
 */
export interface Point {
  readonly x: number
  readonly y: number
}

export interface Streets {
  readonly center: LatLng
  readonly blockM: number
  /** Streets run from −halfM to +halfM on both axes; a multiple of blockM. */
  readonly halfM: number
  /** How far the grid's x axis is turned from east, counter-clockwise. */
  readonly turnRad: number
  /** The river lies between these two streets; no street between them, but bridges. */
  readonly riverSouthM: number
  readonly riverNorthM: number
  /** x of each bridge, ascending, multiples of blockM. */
  readonly bridgesM: readonly number[]
  /** The avenue follows y = x + diagonalM. */
  readonly diagonalM: number
}

const DEGREE_M = (Math.PI / 180) * 6_371_008.8

export function toLatLng(streets: Streets, point: Point): LatLng {
  const [cos, sin] = [Math.cos(streets.turnRad), Math.sin(streets.turnRad)]
  const eastM = point.x * cos - point.y * sin
  const northM = point.x * sin + point.y * cos
  return {
    latitude: streets.center.latitude + northM / DEGREE_M,
    longitude: streets.center.longitude + eastM / (DEGREE_M * Math.cos((streets.center.latitude * Math.PI) / 180)),
  }
}

export function toPoint(streets: Streets, place: LatLng): Point {
  const northM = (place.latitude - streets.center.latitude) * DEGREE_M
  const scaleM = DEGREE_M * Math.cos((streets.center.latitude * Math.PI) / 180)
  const eastM = (place.longitude - streets.center.longitude) * scaleM
  const [cos, sin] = [Math.cos(streets.turnRad), Math.sin(streets.turnRad)]
  return { x: eastM * cos + northM * sin, y: northM * cos - eastM * sin }
}

/** The nearest place on a street: nobody waits in the river or inside a block. */
export function snapToStreet(streets: Streets, point: Point): Point {
  const x = clamp(point.x, -streets.halfM, streets.halfM)
  const y = outOfRiver(streets, clamp(point.y, -streets.halfM, streets.halfM))
  const [streetX, streetY] = [toGrid(streets, x), toGrid(streets, y)]
  return Math.abs(x - streetX) < Math.abs(y - streetY) ? { x: streetX, y } : { x, y: streetY }
}

/** A drivable way between two places on streets: corners and bridges included, both ends first and last. */
export function streetRoute(streets: Streets, from: Point, to: Point): Point[] {
  if (onSameBlock(streets, from, to)) return withoutRepeats([from, to])
  const [start, end] = [corner(streets, from), corner(streets, to)]
  return withoutRepeats([from, ...acrossRiver(streets, start, end), to])
}

function acrossRiver(streets: Streets, from: Point, to: Point): Point[] {
  const fromSouth = from.y <= streets.riverSouthM
  if (fromSouth === to.y <= streets.riverSouthM) return alongBank(streets, from, to)
  const bridgeM = nearestBridge(streets, from, to)
  const [nearM, farM] = fromSouth
    ? [streets.riverSouthM, streets.riverNorthM]
    : [streets.riverNorthM, streets.riverSouthM]
  return [...alongBank(streets, from, { x: bridgeM, y: nearM }), ...alongBank(streets, { x: bridgeM, y: farM }, to)]
}

/**
 * On one bank the way stays inside the rectangle of its ends, so it cannot cross the river. Where the avenue runs
 * through that rectangle the right way, it saves (2 − √2) of each metre along it.
 */
function alongBank(streets: Streets, from: Point, to: Point): Point[] {
  if (from.x > to.x) return alongBank(streets, to, from).reverse()
  const enterX = Math.max(from.x, from.y - streets.diagonalM)
  const leaveX = Math.min(to.x, to.y - streets.diagonalM)
  if (to.y > from.y && leaveX - enterX >= streets.blockM) {
    const enter = { x: enterX, y: enterX + streets.diagonalM }
    return [from, enter, { x: leaveX, y: leaveX + streets.diagonalM }, to]
  }
  // Which way round the rectangle is arbitrary but fixed: half of the traffic each.
  const upFirst = (Math.round(from.x / streets.blockM) + Math.round(to.y / streets.blockM)) % 2 === 0
  return [from, upFirst ? { x: from.x, y: to.y } : { x: to.x, y: from.y }, to]
}

function nearestBridge(streets: Streets, from: Point, to: Point): number {
  let best = streets.bridgesM[0] ?? 0
  for (const bridgeM of streets.bridgesM) {
    if (detourM(bridgeM, from, to) < detourM(best, from, to)) best = bridgeM
  }
  return best
}

function detourM(bridgeM: number, from: Point, to: Point): number {
  return Math.abs(from.x - bridgeM) + Math.abs(to.x - bridgeM)
}

function corner(streets: Streets, point: Point): Point {
  return { x: toGrid(streets, point.x), y: outOfRiver(streets, toGrid(streets, point.y)) }
}

function onSameBlock(streets: Streets, a: Point, b: Point): boolean {
  const sameX = a.x === b.x && a.x === toGrid(streets, a.x)
  const sameY = a.y === b.y && a.y === toGrid(streets, a.y)
  if (!sameX && !sameY) return false
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y) <= streets.blockM && !spansRiver(streets, a, b)
}

function spansRiver(streets: Streets, a: Point, b: Point): boolean {
  return a.y <= streets.riverSouthM !== b.y <= streets.riverSouthM
}

function outOfRiver(streets: Streets, y: number): number {
  if (y <= streets.riverSouthM || y >= streets.riverNorthM) return y
  return y - streets.riverSouthM < streets.riverNorthM - y ? streets.riverSouthM : streets.riverNorthM
}

function toGrid(streets: Streets, value: number): number {
  // + 0 turns −0 into 0: they are the same street.
  return Math.round(value / streets.blockM) * streets.blockM + 0
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}

function withoutRepeats(points: readonly Point[]): Point[] {
  return points.filter((point, i) => i === 0 || point.x !== points[i - 1]?.x || point.y !== points[i - 1]?.y)
}
