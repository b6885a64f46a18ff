/**
 * The area of a zone as numbers that can be asked millions of times a second: is a point in it, and how far from it is
 * one that is not? Edges are straight in longitude and latitude, as GeoJSON says; measures are flat around the point, which
 * is exact enough for what is near it and never makes what is far look near.
 *
 * Rings may run either way round. A point on an edge may count as in or out; no two points on either side of one do
 * otherwise than they should.
 */
import type { LatLng } from '../geo.ts'
import type { MultiPolygon } from './zone.ts'

export interface Box {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

/** One polygon: its edges, holes included, as runs of four numbers: from longitude and latitude, to longitude and latitude. */
export interface Part {
  readonly box: Box
  readonly edges: Float64Array
}

export interface Shape {
  readonly box: Box
  readonly parts: readonly Part[]
}

const METRES_PER_DEGREE = 111_195.08
const RADIANS = Math.PI / 180
const NUMBERS_PER_EDGE = 4

export function shapeOf(area: MultiPolygon): Shape {
  const parts = area.map(partOf)
  return { box: boxAround(parts.map(part => part.box)), parts }
}

function partOf(polygon: MultiPolygon[number]): Part {
  const numbers: number[] = []
  for (const ring of polygon) {
    for (let i = 1; i < ring.length; i++) {
      const [from, to] = [ring[i - 1], ring[i]]
      if (from && to) numbers.push(from[0], from[1], to[0], to[1])
    }
  }
  const edges = Float64Array.from(numbers)
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity }
  for (let i = 0; i < edges.length; i += 2) {
    box.west = Math.min(box.west, edges[i] ?? 0)
    box.east = Math.max(box.east, edges[i] ?? 0)
    box.south = Math.min(box.south, edges[i + 1] ?? 0)
    box.north = Math.max(box.north, edges[i + 1] ?? 0)
  }
  return { box, edges }
}

function boxAround(boxes: readonly Box[]): Box {
  return {
    west: Math.min(...boxes.map(box => box.west)),
    south: Math.min(...boxes.map(box => box.south)),
    east: Math.max(...boxes.map(box => box.east)),
    north: Math.max(...boxes.map(box => box.north)),
  }
}

function isInBox({ west, south, east, north }: Box, longitude: number, latitude: number): boolean {
  return longitude >= west && longitude <= east && latitude >= south && latitude <= north
}

export function contains({ box, parts }: Shape, { longitude, latitude }: LatLng): boolean {
  if (!isInBox(box, longitude, latitude)) return false
  return parts.some(part => isInBox(part.box, longitude, latitude) && isInPart(part.edges, longitude, latitude))
}

/** Even-odd: a point in a hole crosses one edge more. */
function isInPart(edges: Float64Array, x: number, y: number): boolean {
  let isIn = false
  for (let i = 0; i < edges.length; i += NUMBERS_PER_EDGE) {
    const fromY = edges[i + 1] ?? 0
    const toY = edges[i + 3] ?? 0
    if (fromY > y === toY > y) continue
    const fromX = edges[i] ?? 0
    if (x < fromX + (((edges[i + 2] ?? 0) - fromX) * (y - fromY)) / (toY - fromY)) isIn = !isIn
  }
  return isIn
}

/** From the point to the nearest edge, whichever side it is on. */
export function edgeDistanceM({ parts }: Shape, { longitude, latitude }: LatLng): number {
  const narrowing = Math.cos(latitude * RADIANS)
  let nearest = Infinity
  for (const { edges } of parts) {
    for (let i = 0; i < edges.length; i += NUMBERS_PER_EDGE) {
      const fromX = ((edges[i] ?? 0) - longitude) * narrowing
      const fromY = (edges[i + 1] ?? 0) - latitude
      const byX = ((edges[i + 2] ?? 0) - longitude) * narrowing - fromX
      const byY = (edges[i + 3] ?? 0) - latitude - fromY
      const long = byX * byX + byY * byY
      const part = long === 0 ? 0 : Math.min(1, Math.max(0, -(fromX * byX + fromY * byY) / long))
      const x = fromX + part * byX
      const y = fromY + part * byY
      nearest = Math.min(nearest, x * x + y * y)
    }
  }
  return Math.sqrt(nearest) * METRES_PER_DEGREE
}

/** Of the parts together; what lies in two of them counts twice. */
export function areaM2({ parts }: Shape): number {
  return parts.reduce((sum, { edges, box }) => sum + Math.abs(signedDegrees2(edges)) * perDegree2(box), 0)
}

/** Holes run against their outer ring, or are taken for doing so: see `wound` in `geometry.ts`. */
function signedDegrees2(edges: Float64Array): number {
  let twice = 0
  for (let i = 0; i < edges.length; i += NUMBERS_PER_EDGE) {
    twice += (edges[i] ?? 0) * (edges[i + 3] ?? 0) - (edges[i + 2] ?? 0) * (edges[i + 1] ?? 0)
  }
  return twice / 2
}

function perDegree2({ south, north }: Box): number {
  return METRES_PER_DEGREE ** 2 * Math.cos(((south + north) / 2) * RADIANS)
}
