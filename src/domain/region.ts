/**
 * Where an actor lives. A region is an H3 cell of resolution 7, a shard is a hash of it. Drivers move with their
 * region, and a move costs a commit, so it must not happen twice for a vehicle that waits on a border: it moves
 * only once it is well inside another region.
 */
import { cellNear, coreOf, isAroundCentre, isInCore } from './cell-core.ts'
import { cellNamed } from './cell-names.ts'
import type { LatLng } from './geo.ts'
import { cellAt, disk, REGION_RES } from './h3.ts'
import type { CellId, ShardId } from './ids.ts'

/**
 * "Well inside" a region: still in it when pushed away from its centre by a quarter, that is within the same
 * hexagon at 0.8 of its size. That keeps 0.2 of the inradius, 160 m to 240 m, from every border: more than GPS jitters.
 */
const PUSH = 1.25
const RADIANS = Math.PI / 180
/**
 * So near to the centre of its home, as a part of the way to the nearest border, a vehicle stays, and need not be looked up. What
 * is well inside another region is a fifth of that way beyond the border; this keeps half of that for the unevenness of hexagons.
 */
const STAYING_PART = 1.1

export function regionOf(p: LatLng): CellId {
  return cellAt(p, REGION_RES)
}

/**
 * FNV-1a over the text, then the finaliser of MurmurHash3: cell ids differ in few digits and end in the same `f`s,
 * and the low bits of FNV alone would show it. Part of what is stored (order ids name their shard): never change it.
 */
export function shardOf(key: string, shards: number): ShardId {
  return (hashOf(key) % shards) as ShardId
}

/** Evenly spread over 32 bits. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

export function shardOfPosition(p: LatLng, shards: number): ShardId {
  return shardOf(regionOf(p), shards)
}

/**
 * The region that a vehicle at `p` should move to, or null where it should stay at `home`.
 *
 * Into a neighbour only once `p` is well inside it. Farther regions are taken at once: after that move `home` is a
 * neighbour of every border around, so a jitter costs one move at most, and a vehicle that parks on a
 * border in the next town is not served from the last one for hours.
 */
export function settledRegion(p: LatLng, home: CellId): CellId | null {
  if (isAroundCentre(p, home, STAYING_PART)) return null
  const around = neighboursOf(home)
  // Nobody who waits on a border has the library name a cell for each position.
  const region = around.find(cell => isInCore(p, cell)) ?? regionOf(p)
  if (region === home) return null
  if (cellNear(pushedFrom(coreOf(region), p), REGION_RES, region) === region) return region
  return around.includes(region) ? null : region
}

/** Regions of hundreds of cities: a city has some hundreds. */
const NEIGHBOURS_MAX = 50_000
const neighbours = new Map<CellId, readonly CellId[]>()

/** With itself. */
function neighboursOf(home: CellId): readonly CellId[] {
  const known = neighbours.get(home)
  if (known !== undefined) return known
  if (neighbours.size >= NEIGHBOURS_MAX) neighbours.clear()
  const around = disk(home, 1).map(cellNamed)
  neighbours.set(home, around)
  return around
}

/** `p` moved away from `centre` by a quarter of their distance. On unit vectors, so that poles and the 180th meridian are no case. */
function pushedFrom(centre: LatLng, p: LatLng): LatLng {
  const from = unitVector(centre)
  const to = unitVector(p)
  const x = from.x + (to.x - from.x) * PUSH
  const y = from.y + (to.y - from.y) * PUSH
  const z = from.z + (to.z - from.z) * PUSH
  return { latitude: Math.atan2(z, Math.hypot(x, y)) / RADIANS, longitude: Math.atan2(y, x) / RADIANS }
}

function unitVector(p: LatLng): { x: number; y: number; z: number } {
  const latitude = p.latitude * RADIANS
  const longitude = p.longitude * RADIANS
  return {
    x: Math.cos(latitude) * Math.cos(longitude),
    y: Math.cos(latitude) * Math.sin(longitude),
    z: Math.sin(latitude),
  }
}
