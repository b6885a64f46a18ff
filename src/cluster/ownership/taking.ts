/** How a shard comes to this node: from nobody, from a node that has released it, or back after it failed here. */
import type { ShardGrant } from '../../actors/runtime/host.ts'
import type { ShardId, UnixMs } from '../../domain/ids.ts'
import type { Placement } from './desired.ts'
import { ORPHAN_WAIT_MS, TAKE_SHARDS_MAX, TAKING_MAX } from './limits.ts'
import { drop, type OwnershipTurn } from './ownership-turn.ts'
import { isReleasedTo, othersEpochOf } from './standing.ts'

export function takeDesired(turn: OwnershipTurn, { desired }: Placement, nowMs: UnixMs): void {
  const { node, held, retryAtMs, leavingSinceMs, unclaimedSinceMs, housedAtMs } = turn.state
  if (leavingSinceMs !== null || nowMs < retryAtMs) return
  const underWay = [...held.values()].filter(h => h.phase === 'taking').length
  const wanted: ShardId[] = []
  for (const [shard, to] of desired) {
    if (to !== node || held.has(shard)) continue
    const sinceMs = unclaimedSinceMs.get(shard)
    // Not unclaimed and desired of us, though not ours: it was released to us, or its owner has yet to let go.
    const isFree = sinceMs === undefined ? isReleasedTo(turn.state, shard) : isRipe(sinceMs, housedAtMs, nowMs)
    if (isFree) wanted.push(shard)
  }
  take(turn, wanted.slice(0, Math.max(0, TAKING_MAX - underWay)))
}

/** What was a dead node's is so at once. */
function isRipe(sinceMs: UnixMs, housedAtMs: UnixMs, nowMs: UnixMs): boolean {
  return sinceMs === Number.NEGATIVE_INFINITY || nowMs - Math.max(sinceMs, housedAtMs) >= ORPHAN_WAIT_MS
}

export function take(turn: OwnershipTurn, shards: readonly ShardId[]): void {
  for (let start = 0; start < shards.length; start += TAKE_SHARDS_MAX) {
    const some = shards.slice(start, start + TAKE_SHARDS_MAX)
    turn.happened({ kind: 'taking', shards: some })
    turn.ask({ kind: 'take', shards: some })
  }
}

export function taken(turn: OwnershipTurn, grants: readonly ShardGrant[], nowMs: UnixMs): void {
  const { held, leavingSinceMs } = turn.state
  const asked = grants.filter(({ shard }) => held.get(shard)?.phase === 'taking')
  // We may have stood still since: somebody has taken it after us.
  const isOurs = ({ shard, epoch }: ShardGrant) => leavingSinceMs === null && othersEpochOf(turn.state, shard) < epoch
  const ours = asked.filter(isOurs)
  drop(
    turn,
    asked.filter(grant => !isOurs(grant)).map(g => g.shard),
  )
  if (ours.length === 0) return
  turn.happened({ kind: 'taken', grants: ours, atMs: nowMs })
  turn.ask({ kind: 'open', grants: ours })
}

export function fail(turn: OwnershipTurn, grants: readonly ShardGrant[], nowMs: UnixMs): void {
  if (grants.length === 0) return
  turn.happened({ kind: 'failed', grants, atMs: nowMs })
  turn.ask({ kind: 'drop', shards: grants.map(g => g.shard) })
}
