/** The text of a lease: JSON, checked on the way in, because another version of this program may have written it. */
import { SHARDS_MAX, type ShardId } from '../../domain/ids.ts'
import { NOTE_CHARS_MAX } from './limits.ts'
import { type LeaseNote, type NodeId, type NodePhase, parseNodeId, type Release, type Tombstone } from './types.ts'

const VERSION = 1
const PHASES: readonly NodePhase[] = ['joining', 'filling', 'serving', 'draining']
const INCARNATION = /^[A-Za-z0-9._-]{1,64}$/

export type LeaseText =
  | { readonly kind: 'note'; readonly note: LeaseNote }
  | { readonly kind: 'tombstone'; readonly tombstone: Tombstone }

export function noteText({ node, incarnation, weight, phase, claims }: LeaseNote): string {
  const released = [...claims.released].map(([shard, { epoch, to }]) => [shard, epoch, to])
  return JSON.stringify({ v: VERSION, node, incarnation, weight, phase, owned: [...claims.owned], released })
}

export function tombstoneText({ node, by }: Tombstone): string {
  return JSON.stringify({ v: VERSION, dead: node, by })
}

/** @returns null where it is no text of ours. */
export function parseLease(text: string): LeaseText | null {
  const value = parsed(text)
  if (!isObject(value) || value.v !== VERSION) return null
  return 'dead' in value ? tombstoneOf(value) : noteOf(value)
}

function tombstoneOf(value: Fields): LeaseText | null {
  const node = nodeOf(value.dead)
  const by = nodeOf(value.by)
  return node && by ? { kind: 'tombstone', tombstone: { node, by } } : null
}

function noteOf(value: Fields): LeaseText | null {
  const node = nodeOf(value.node)
  const { incarnation, weight } = value
  const phase = PHASES.find(p => p === value.phase)
  const owned = entriesOf(value.owned, ownedOf)
  const released = entriesOf(value.released, releaseOf)
  if (!node || !phase || !owned || !released) return null
  if (typeof incarnation !== 'string' || !INCARNATION.test(incarnation)) return null
  if (typeof weight !== 'number' || !(weight > 0) || !Number.isFinite(weight)) return null
  return { kind: 'note', note: { node, incarnation, weight, phase, claims: { owned, released } } }
}

function ownedOf([shard, epoch]: readonly unknown[]): [ShardId, number] | null {
  return isShard(shard) && isEpoch(epoch) ? [shard, epoch] : null
}

function releaseOf([shard, epoch, to]: readonly unknown[]): [ShardId, Release] | null {
  const node = nodeOf(to)
  return isShard(shard) && isEpoch(epoch) && node ? [shard, { epoch, to: node }] : null
}

function entriesOf<T>(
  value: unknown,
  read: (entry: readonly unknown[]) => [ShardId, T] | null,
): Map<ShardId, T> | null {
  if (!Array.isArray(value) || value.length > SHARDS_MAX) return null
  const entries = value.map(entry => (Array.isArray(entry) ? read(entry) : null))
  const good = entries.filter(entry => entry !== null)
  return good.length === entries.length ? new Map(good) : null
}

type Fields = Readonly<Record<string, unknown>>

function parsed(text: string): unknown {
  if (text.length > NOTE_CHARS_MAX) return null
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: not ours, as the caller is told.
    return null
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function nodeOf(value: unknown): NodeId | null {
  return typeof value === 'string' ? parseNodeId(value) : null
}

function isShard(value: unknown): value is ShardId {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < SHARDS_MAX
}

function isEpoch(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
