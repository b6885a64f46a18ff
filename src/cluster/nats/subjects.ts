/**
 * The subjects of the bus. A shard's owner is the only subscriber of its subject, so interest is the directory, and "no
 * responders" means that nobody serves it.
 *
 * | subject | who publishes | who listens |
 * |---|---|---|
 * | `shard.<n>` | threads and gateways of other nodes | the worker that serves the shard |
 * | `gateway.<node>` | workers: answers, settled positions | that node's gateway |
 * | `nobody.<node>.<batch>` | the server, where a batch had no reader | that node's gateway |
 * | `nobody.<node>.<worker>.<what>.<batch>` | the server, as above | that worker |
 * | `home` | workers: a driver has moved | all gateways |
 * | `live.<kind>.<id>` | workers: what topics and phones are told | gateways where somebody watches |
 * | `fixes.<matching cell>.<bucket of the driver>` | workers: positions, in batches | gateways where somebody watches |
 * | `interest` | gateways: what somebody watches there | all workers |
 * | `interest_asked` | workers that have just come up | all gateways |
 * | `was_away` | workers that were cut off, and said what nobody has heard | all gateways |
 */
import type { LatLng } from '../../domain/geo.ts'
import { cellAt, INDEX_RES, MATCHING_RES, parentOf, resolutionOf } from '../../domain/h3.ts'
import type { CellId, DriverId, ShardId } from '../../domain/ids.ts'

const ROOT = 'waggle.v1'
/** Positions are told apart by driver this finely: whoever watches one driver hears a sixteenth of its metropolis. */
const BUCKETS = 16

export const HOMES = `${ROOT}.home`
export const ALL_FIXES = `${ROOT}.fixes.>`
export const INTEREST = `${ROOT}.interest`
export const WAS_AWAY = `${ROOT}.was_away`
export const INTEREST_ASKED = `${ROOT}.interest_asked`

export function shardSubject(shard: ShardId): string {
  return `${ROOT}.shard.${shard}`
}

export function gatewaySubject(node: string): string {
  return `${ROOT}.gateway.${node}`
}

/** @param name  of a node, or of one of its workers. */
export function nobodySubject(name: string, batch: number | '*'): string {
  return `${ROOT}.nobody.${name}.${batch}`
}

/** @returns the batch of a subject of `nobodySubject`. */
export function batchOf(subject: string): number {
  return Number(subject.slice(subject.lastIndexOf('.') + 1))
}

/** Of `order:<id>` and the like: neither kinds nor ids hold what has a meaning in a subject. */
export function liveSubject(topic: string): string {
  return `${ROOT}.live.${topic.replace(':', '.')}`
}

export function fixesSubject(place: LatLng, driverId: DriverId): string {
  return `${ROOT}.fixes.${parentOf(cellAt(place, INDEX_RES), MATCHING_RES)}.${bucketOf(driverId)}`
}

/** Positions of one driver, wherever it is. */
export function fixesOfDriver(driverId: string): string {
  return `${ROOT}.fixes.*.${bucketOf(driverId)}`
}

/** Positions of all drivers of the metropolis that the cell is in. */
export function fixesOfCell(cell: CellId): string {
  return resolutionOf(cell) < MATCHING_RES ? ALL_FIXES : `${ROOT}.fixes.${parentOf(cell, MATCHING_RES)}.*`
}

const FIXES = `${ROOT}.fixes`

/** Of a subject of live topics or positions: what comes before its names. */
export function kindOfLive(subject: string): string {
  return subject.startsWith(FIXES) ? FIXES : subject.slice(0, subject.lastIndexOf('.'))
}

/** The subscriptions that a message on this subject may match, widest first. */
export function widening(subject: string): string[] {
  const last = subject.lastIndexOf('.')
  if (!subject.startsWith(FIXES)) return [`${subject.slice(0, last)}.*`, subject]
  const bucket = subject.slice(last)
  return [ALL_FIXES, `${subject.slice(0, last)}.*`, `${FIXES}.*${bucket}`, subject]
}

function bucketOf(driverId: string): number {
  let hash = 0
  for (let i = 0; i < driverId.length; i++) hash = (Math.imul(hash, 31) + driverId.charCodeAt(i)) | 0
  return (hash >>> 0) % BUCKETS
}
