/**
 * The tail of the history is divided into lanes by driver, so that whoever looks for the newest positions of one reads a part of it, and
 * compaction takes one part at a time. A driver is always in the same lane: what compaction takes of it is all that there is.
 */
import type { DriverId } from '../domain/ids.ts'
import { hashOf } from '../domain/region.ts'

/** More make small rows of a group of positions, which is what a row costs; fewer make the look for one driver long. Rows name their lane: never change it. */
export const LANES = 8

export function laneOf(driverId: DriverId): number {
  return hashOf(driverId) % LANES
}
