/**
 * GeoJSON as callers send it, read into areas that every other part may trust: rings that are closed and do not cross, holes
 * that are in their polygon, nothing across the 180th meridian. Whatever is wrong is named by its place in the document.
 *
 * Tolerated, because tools write it and it means only one thing: rings wound the wrong way, the same position twice in a
 * row, an altitude behind the latitude.
 */
import { crossingIn } from './crossings.ts'
import { areaM2, contains, shapeOf } from './shape.ts'
import type { MultiPolygon, Polygon, Position, Ring } from './zone.ts'

export interface GeometryFault {
  /** A JSON pointer into the geometry. */
  readonly path: string
  readonly message: string
}

export type ReadGeometry =
  | { readonly kind: 'area'; readonly area: MultiPolygon }
  | { readonly kind: 'faults'; readonly faults: readonly GeometryFault[] }

/** Of all rings together: each is looked at for whoever is near an edge of the zone, in every thread. */
export const VERTICES_MAX = 2_000
export const POLYGONS_MAX = 100
export const RINGS_MAX = 100
/** Smaller than a receiver's error. */
export const AREA_MIN_M2 = 100
/** A large country. */
export const AREA_MAX_M2 = 1_500_000e6
/** Beyond it nobody drives, and a degree of longitude is next to nothing. */
export const LATITUDE_MAX = 85
/** An edge as long as this goes round the other side. */
const EDGE_MAX_DEGREES = 180
const FAULTS_MAX = 20
const RING_POSITIONS_MIN = 4

/** @param geometry  any JSON. */
export function readGeometry(geometry: unknown): ReadGeometry {
  const reader = new Reader()
  const area = reader.read(geometry)
  return area === null ? { kind: 'faults', faults: reader.faults } : { kind: 'area', area }
}

class Reader {
  readonly faults: GeometryFault[] = []
  #vertices = 0

  read(geometry: unknown): MultiPolygon | null {
    const { type, coordinates } = isObject(geometry) ? geometry : {}
    if (type === 'Polygon') return this.#whole([this.#polygon(coordinates, '/coordinates')])
    if (type !== 'MultiPolygon') return this.#fault('/type', 'Expected a GeoJSON Polygon or MultiPolygon')
    if (!Array.isArray(coordinates) || coordinates.length === 0 || coordinates.length > POLYGONS_MAX)
      return this.#fault('/coordinates', `Expected 1 to ${POLYGONS_MAX} polygons`)
    return this.#whole(coordinates.map((polygon, i) => this.#polygon(polygon, `/coordinates/${i}`)))
  }

  #whole(polygons: readonly (Polygon | null)[]): MultiPolygon | null {
    const area = polygons.filter(polygon => polygon !== null)
    if (this.faults.length > 0 || area.length < polygons.length) return null
    const m2 = areaM2(shapeOf(area))
    if (m2 < AREA_MIN_M2) return this.#fault('/coordinates', `Expected an area of at least ${AREA_MIN_M2} m²`)
    if (m2 > AREA_MAX_M2) return this.#fault('/coordinates', `Expected an area of at most ${AREA_MAX_M2 / 1e6} km²`)
    return area
  }

  #polygon(value: unknown, path: string): Polygon | null {
    if (!Array.isArray(value) || value.length === 0 || value.length > RINGS_MAX)
      return this.#fault(path, `Expected 1 to ${RINGS_MAX} rings, the outer one first`)
    const rings = value.map((ring, i) => this.#ring(ring, `${path}/${i}`))
    const whole = rings.filter(ring => ring !== null)
    if (whole.length < rings.length) return null
    const crossing = crossingIn(whole)
    if (crossing)
      return this.#fault(
        `${path}/${crossing.ring}/${crossing.edge}`,
        crossing.ring === crossing.other
          ? 'The ring crosses or touches itself at the edge that begins here'
          : `The edge that begins here crosses or touches ring ${crossing.other}`,
      )
    return this.#holesAreIn(whole, path) ? whole.map(wound) : null
  }

  /** No two rings cross, so one position tells where the whole ring is. */
  #holesAreIn([outer, ...holes]: readonly Ring[], path: string): boolean {
    if (!outer) return false
    const outside = shapeOf([[outer]])
    return holes.every((hole, i) => {
      const at = `${path}/${i + 1}`
      if (!isIn(outside, hole)) return this.#fault(at, 'A hole must lie in the outer ring') !== null
      const around = holes.findIndex((other, j) => j !== i && isIn(shapeOf([[other]]), hole))
      return around === -1 || this.#fault(at, `The hole lies in another one, ring ${around + 1}`) !== null
    })
  }

  #ring(value: unknown, path: string): Ring | null {
    if (!Array.isArray(value) || value.length < RING_POSITIONS_MIN)
      return this.#fault(path, 'Expected at least 4 positions, the last one as the first')
    this.#vertices += value.length
    if (this.#vertices > VERTICES_MAX)
      return this.#fault(path, `Expected at most ${VERTICES_MAX} positions in all; draw it with fewer`)
    const ring: Position[] = []
    for (const [i, each] of value.entries()) {
      const position = this.#position(each, `${path}/${i}`)
      if (position === null) return null
      const before = ring.at(-1)
      if (before && isSame(before, position)) continue
      if (before && Math.abs(before[0] - position[0]) >= EDGE_MAX_DEGREES)
        return this.#fault(
          `${path}/${i}`,
          'An edge across the 180th meridian: cut the zone there, into a MultiPolygon with a part on either side',
        )
      ring.push(position)
    }
    const [first, last] = [ring[0], ring.at(-1)]
    if (!first || !last || !isSame(first, last))
      return this.#fault(path, 'The ring is not closed: its last position must be its first one')
    if (ring.length < RING_POSITIONS_MIN) return this.#fault(path, 'Expected at least 3 different positions')
    return ring
  }

  #position(value: unknown, path: string): Position | null {
    const [longitude, latitude] = Array.isArray(value) ? (value as readonly unknown[]) : []
    const isPosition =
      Array.isArray(value) && value.length <= 3 && value.every(number => Number.isFinite(number)) && value.length >= 2
    if (!isPosition || typeof longitude !== 'number' || typeof latitude !== 'number')
      return this.#fault(path, 'Expected a position: [longitude, latitude]')
    if (Math.abs(longitude) > 180)
      return this.#fault(
        path,
        'Expected a longitude from -180 to 180: a zone across the 180th meridian is cut there, into a MultiPolygon',
      )
    if (Math.abs(latitude) > LATITUDE_MAX)
      return this.#fault(path, `Expected a latitude from -${LATITUDE_MAX} to ${LATITUDE_MAX}; longitude comes first`)
    return [longitude, latitude]
  }

  #fault(path: string, message: string): null {
    if (this.faults.length < FAULTS_MAX) this.faults.push({ path, message })
    return null
  }
}

/** Outer rings counter-clockwise, holes clockwise, as RFC 7946 has it. */
function wound(ring: Ring, index: number): Ring {
  const isCounterClockwise = signedArea(ring) > 0
  return isCounterClockwise === (index === 0) ? ring : [...ring].reverse()
}

function signedArea(ring: Ring): number {
  let twice = 0
  for (let i = 1; i < ring.length; i++) {
    const [a, b] = [ring[i - 1], ring[i]]
    if (a && b) twice += a[0] * b[1] - b[0] * a[1]
  }
  return twice / 2
}

function isIn(shape: ReturnType<typeof shapeOf>, [first]: Ring): boolean {
  return first !== undefined && contains(shape, { longitude: first[0], latitude: first[1] })
}

function isSame(a: Position, b: Position): boolean {
  return a[0] === b[0] && a[1] === b[1]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
