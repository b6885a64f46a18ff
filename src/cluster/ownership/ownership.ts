/**
 * One node's decisions about its shards. Pure: reads no clock and does no I/O.
 *
 * The record alone says who owns a shard: taking it raises its epoch there, and from then on every commit at a lower one is
 * refused. All that is decided here is when to try, so whatever this node believes wrongly costs a moment of service and never
 * a second owner:
 *
 * - Takeover: a shard of a dead node, or one that nobody has claimed for a moment, is taken by whom it is desired of. Two
 *   may do so at once; the later epoch wins, and the other drops it when it reads the claim or is fenced.
 * - Hand-off: seal (what comes is answered `moved`), drain (what was taken in is committed), release to the named successor
 *   in our note; it takes, loads, serves, claims. If it dies or does not come, we take the shard back. If we die, our lease
 *   lapses and the shard is nobody's. A drain that hangs is not waited for: the successor's epoch fences what it would have stored.
 * - A zombie finds its commits fenced, or a higher claim in somebody's note: it drops those shards and keeps the others.
 * - Without the bucket, or in the grace time after it, nothing is taken and nothing is handed off; what is served is
 *   served on.
 * - The record does not answer a take: it may have raised the epoch all the same. It is asked again, for a higher one.
 */
import type { ShardGrant } from '../../actors/runtime/host.ts'
import type { ShardId, UnixMs } from '../../domain/ids.ts'
import type { Placement } from './desired.ts'
import { handOff, isTakenBack, letGo, seal, servedBy, trustAgain } from './hand-off.ts'
import { DRAIN_MAX_MS, FILL_MIN_MS, LEAVE_MAX_MS, OPEN_MAX_MS, RETAKE_AFTER_MS } from './limits.ts'
import type { OwnershipEffect, OwnershipEvent, OwnershipMessage } from './ownership.messages.ts'
import { claimsOf, evolve, type Holding, type OwnershipState } from './ownership.state.ts'
import { drop, type OwnershipTurn } from './ownership-turn.ts'
import { homesOf } from './rendezvous.ts'
import { candidatesOf, othersEpochOf, ownersOf, placementOf } from './standing.ts'
import { type Step, Turn } from './step.ts'
import { fail, take, takeDesired, taken } from './taking.ts'
import type { Claims } from './types.ts'

export function decide(
  state: OwnershipState,
  message: OwnershipMessage,
  nowMs: UnixMs,
): Step<OwnershipEvent, OwnershipEffect> {
  const turn: OwnershipTurn = new Turn(state, evolve)
  if (state.isGone || (message.kind === 'tick' && state.isSettled)) return turn
  hear(turn, message, nowMs)
  if (!turn.state.isSettled) goOn(turn, nowMs)
  if (turn.state.held !== state.held) announceIfChanged(turn, claimsOf(state.held))
  return turn
}

function hear(turn: OwnershipTurn, message: OwnershipMessage, nowMs: UnixMs): void {
  switch (message.kind) {
    case 'tick':
      break
    case 'view':
      turn.happened({ kind: 'viewed', view: message.view })
      trustAgain(turn, nowMs)
      house(turn, nowMs)
      break
    case 'taken':
      taken(turn, message.grants, nowMs)
      break
    case 'take_failed':
      turn.happened({ kind: 'take_failed', shards: message.shards, atMs: nowMs })
      break
    case 'opened':
      turn.happened({ kind: 'opened', grants: inPhase(turn.state, message.grants, 'opening') })
      break
    case 'open_failed':
      fail(turn, inPhase(turn.state, message.grants, 'opening'), nowMs)
      break
    case 'drained':
      for (const { shard } of inPhase(turn.state, message.grants, 'sealing')) letGo(turn, shard, nowMs)
      break
    case 'lost':
      lost(turn, message.shard, message.cause, nowMs)
      break
    case 'leave':
      if (turn.state.leavingSinceMs === null) turn.happened({ kind: 'leaving', atMs: nowMs })
      break
  }
}

function goOn(turn: OwnershipTurn, nowMs: UnixMs): void {
  dropOutdated(turn)
  heedDeadlines(turn, nowMs)
  noteUnclaimed(turn, nowMs)
  const { view } = turn.state
  if (view.mayTake) {
    const placement = placementOf(turn.state)
    takeDesired(turn, placement, nowMs)
    handOff(turn, placement, nowMs)
    if (isAtRest(turn.state, placement)) restOrFill(turn, nowMs)
  }
  leaveIfDone(turn, nowMs)
}

// ---------------------------------------------------------------- what the view says

/** Homes are scores of all shards by all nodes: made again only when who may serve has changed. */
function house(turn: OwnershipTurn, nowMs: UnixMs): void {
  const candidates = candidatesOf(turn.state)
  const names = candidates.map(c => `${c.node}:${c.weight}`).join(' ')
  if (names === turn.state.candidates) return
  turn.happened({ kind: 'housed', homes: homesOf(candidates, turn.state.shards), candidates: names, atMs: nowMs })
}

/**
 * Shards that somebody else owns, or has let go of, at a higher epoch: fenced already, even if no commit of ours has found
 * out. A shard without commits never would, and what was released to us would not be taken while we believe to have it.
 */
function dropOutdated(turn: OwnershipTurn): void {
  const outdated: ShardId[] = []
  for (const [shard, holding] of turn.state.held) {
    if (holding.phase !== 'taking' && othersEpochOf(turn.state, shard) > holding.epoch) outdated.push(shard)
  }
  drop(turn, outdated)
}

/** What a dead node has claimed is nobody's at once; a claim that is merely missing may be under way. */
function noteUnclaimed(turn: OwnershipTurn, nowMs: UnixMs): void {
  const { shards, unclaimedSinceMs: before, knownEpochs, view } = turn.state
  const owners = ownersOf(turn.state)
  const sinceMs = new Map<ShardId, UnixMs>()
  for (let s = 0; s < shards; s++) {
    const shard = s as ShardId
    if (owners.has(shard)) continue
    const lastEpoch = knownEpochs.get(shard) ?? 0
    const isOfDead = view.dead.some(note => (note.claims.owned.get(shard) ?? 0) >= Math.max(1, lastEpoch))
    sinceMs.set(shard, before.get(shard) ?? (isOfDead ? Number.NEGATIVE_INFINITY : nowMs))
  }
  const isSame = sinceMs.size === before.size && [...sinceMs.keys()].every(shard => before.has(shard))
  if (!isSame) turn.happened({ kind: 'unclaimed', sinceMs })
}

// ---------------------------------------------------------------- what may take too long, or break

function lost(turn: OwnershipTurn, shard: ShardId, cause: 'fenced' | 'failed', nowMs: UnixMs): void {
  const holding = turn.state.held.get(shard)
  if (!holding || holding.phase === 'taking' || holding.phase === 'released') return
  if (cause === 'fenced') drop(turn, [shard])
  else if (holding.phase === 'sealing') letGo(turn, shard, nowMs)
  else fail(turn, [{ shard, epoch: holding.epoch }], nowMs)
}

function heedDeadlines(turn: OwnershipTurn, nowMs: UnixMs): void {
  const retaken: ShardId[] = []
  for (const [shard, holding] of turn.state.held) {
    switch (holding.phase) {
      case 'taking':
      case 'serving':
        break
      case 'opening':
        if (nowMs - holding.sinceMs >= OPEN_MAX_MS) fail(turn, [{ shard, epoch: holding.epoch }], nowMs)
        break
      case 'sealing':
        if (nowMs - holding.sinceMs >= DRAIN_MAX_MS) letGo(turn, shard, nowMs)
        break
      case 'failed':
        if (turn.state.leavingSinceMs !== null) drop(turn, [shard])
        else if (!turn.state.view.isOut && nowMs - holding.sinceMs >= RETAKE_AFTER_MS) retaken.push(shard)
        break
      case 'released':
        if (isTakenBack(turn, shard, holding, nowMs)) retaken.push(shard)
        break
    }
  }
  take(turn, retaken)
}

function leaveIfDone(turn: OwnershipTurn, nowMs: UnixMs): void {
  const { leavingSinceMs } = turn.state
  if (leavingSinceMs === null) return
  const isLate = nowMs - leavingSinceMs >= LEAVE_MAX_MS
  // The others did not come in half the time, or cannot be asked: what is under way is settled in the other half.
  if (nowMs - leavingSinceMs >= LEAVE_MAX_MS / 2) seal(turn, servedBy(turn.state), null, nowMs)
  if (isLate) drop(turn, [...turn.state.held.keys()])
  if (turn.state.held.size > 0) return
  turn.happened({ kind: 'gone' })
  turn.ask({ kind: 'resign' })
}

// ---------------------------------------------------------------- small things

/** What was at home here while others were joining may have to come yet. */
function restOrFill(turn: OwnershipTurn, nowMs: UnixMs): void {
  const { view, housedAtMs } = turn.state
  if (view.phase !== 'filling') turn.happened({ kind: 'settled' })
  else if (nowMs - housedAtMs >= FILL_MIN_MS) turn.ask({ kind: 'filled' })
}

/** Whatever happens next begins with a message. */
function isAtRest(
  { node, held, unclaimedSinceMs, leavingSinceMs }: OwnershipState,
  { desired, moves, receivers }: Placement,
): boolean {
  return (
    leavingSinceMs === null &&
    unclaimedSinceMs.size === 0 &&
    moves.every(m => m.from !== node) &&
    !receivers.has(node) &&
    [...held.values()].every(h => h.phase === 'serving') &&
    [...desired].every(([shard, to]) => to !== node || held.has(shard))
  )
}

/** Those that are still in that phase of the same epoch: an answer may come after what it answers is over. */
function inPhase({ held }: OwnershipState, grants: readonly ShardGrant[], phase: Holding['phase']): ShardGrant[] {
  return grants.filter(({ shard, epoch }) => {
    const holding = held.get(shard)
    return holding?.phase === phase && holding.epoch === epoch
  })
}

function announceIfChanged(turn: OwnershipTurn, before: Claims): void {
  const claims = claimsOf(turn.state.held)
  const isSame =
    claims.owned.size === before.owned.size &&
    claims.released.size === before.released.size &&
    [...claims.owned].every(([shard, epoch]) => before.owned.get(shard) === epoch) &&
    [...claims.released].every(([shard, release]) => {
      const then = before.released.get(shard)
      return then?.epoch === release.epoch && then.to === release.to
    })
  if (!isSame) turn.ask({ kind: 'announce', claims })
}
