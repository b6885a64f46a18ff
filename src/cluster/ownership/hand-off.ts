/**
 * How a shard leaves this node in good order: sealed (what comes is answered `moved`), drained (what was taken in is committed),
 * released to a named successor in our note. Until the successor claims it we can take it back.
 */
import type { ShardGrant } from '../../actors/runtime/host.ts'
import type { ShardId, UnixMs } from '../../domain/ids.ts'
import type { Move, Placement } from './desired.ts'
import { AVOID_MS, RELEASE_AGAIN_MAX_MS, RELEASE_MAX_MS } from './limits.ts'
import type { Holding, OwnershipState } from './ownership.state.ts'
import { drop, type OwnershipTurn } from './ownership-turn.ts'
import { isAlive } from './standing.ts'
import type { LeaseNote, NodeId } from './types.ts'

export function handOff(turn: OwnershipTurn, { moves }: Placement, nowMs: UnixMs): void {
  const { node, held, homes, view, avoided, leavingSinceMs } = turn.state
  const due = moves.filter(
    ({ shard, from, to }) =>
      from === node && held.get(shard)?.phase === 'serving' && nowMs >= (avoided.get(to)?.untilMs ?? 0),
  )
  for (const [to, group] of Map.groupBy(due, (move: Move) => move.to)) {
    seal(
      turn,
      group.map(m => m.shard),
      to,
      nowMs,
    )
  }
  // Nobody is there to take over, nor will be soon: what is committed is all that can be done.
  const isLast = homes.length === 0 && view.members.every(m => m.phase === 'draining')
  if (leavingSinceMs !== null && isLast) seal(turn, servedBy(turn.state), null, nowMs)
}

export function servedBy({ held }: OwnershipState): ShardId[] {
  return [...held].filter(([, h]) => h.phase === 'serving').map(([shard]) => shard)
}

export function seal(turn: OwnershipTurn, shards: readonly ShardId[], to: NodeId | null, nowMs: UnixMs): void {
  const grants = grantsOf(turn.state, shards)
  if (grants.length === 0) return
  turn.happened({ kind: 'sealed', grants, to, atMs: nowMs })
  turn.ask({ kind: 'seal', grants })
}

/** A sealed shard has nothing under way any more, or is not waited for. */
export function letGo(turn: OwnershipTurn, shard: ShardId, nowMs: UnixMs): void {
  const holding = turn.state.held.get(shard)
  if (holding?.phase !== 'sealing') return
  const { epoch, to } = holding
  if (to === null) drop(turn, [shard])
  else {
    turn.happened({ kind: 'released', shard, epoch, to, atMs: nowMs })
    turn.ask({ kind: 'drop', shards: [shard] })
  }
}

/** The successor has died, or does not come. Where we may not take, and will not soon, it is left to whoever may. */
export function isTakenBack(
  turn: OwnershipTurn,
  shard: ShardId,
  { to, sinceMs }: Holding & { phase: 'released' },
  nowMs: UnixMs,
): boolean {
  const { view, leavingSinceMs, avoided } = turn.state
  // Those that were released with the one for which it is avoided now are no second try.
  const avoidedUntil = avoided.get(to)?.untilMs
  const wasSlow = avoidedUntil !== undefined && avoidedUntil - AVOID_MS < sinceMs
  const isLate = nowMs - sinceMs >= (wasSlow ? RELEASE_AGAIN_MAX_MS : RELEASE_MAX_MS)
  if (!isLate && isAlive(turn.state, to)) return false
  if (view.isOut || leavingSinceMs !== null) {
    drop(turn, [shard])
    return false
  }
  if (!view.mayTake) return false
  const { incarnation = null } = [...view.members, ...view.dead].find(({ node }) => node === to) ?? {}
  turn.happened({ kind: 'avoided', node: to, untilMs: nowMs + AVOID_MS, incarnation })
  return true
}

/**
 * That a node was slow once is held against it until it comes in time, or is another life of it; and against one that is away,
 * only until it may be asked again. Else each later release to it would wait for four times as long, should it have died.
 */
export function trustAgain(turn: OwnershipTurn, nowMs: UnixMs): void {
  const { avoided, view } = turn.state
  if (avoided.size === 0) return
  const nodes = [...avoided].flatMap(([node, { untilMs, incarnation }]) => {
    const member = view.members.find(m => m.node === node)
    if (!member) return nowMs >= untilMs ? [node] : []
    const isAnother = incarnation !== null && member.incarnation !== incarnation
    return isAnother || hasComeInTime(turn.state, member, nowMs) ? [node] : []
  })
  if (nodes.length > 0) turn.happened({ kind: 'trusted', nodes })
}

function hasComeInTime({ held }: OwnershipState, { node, claims }: LeaseNote, nowMs: UnixMs): boolean {
  return [...held].some(
    ([shard, holding]) =>
      holding.phase === 'released' &&
      holding.to === node &&
      (claims.owned.get(shard) ?? 0) > holding.epoch &&
      nowMs - holding.sinceMs < RELEASE_MAX_MS,
  )
}

function grantsOf({ held }: OwnershipState, shards: readonly ShardId[]): ShardGrant[] {
  return shards.flatMap(shard => {
    const epoch = held.get(shard)?.epoch
    return epoch ? [{ shard, epoch }] : []
  })
}
