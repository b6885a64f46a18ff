/**
 * One node's lease, and its failure detector of the others. Pure: reads no clock and does no I/O.
 *
 * Each node holds one key of a bucket whose values lapse, writes into it what it owns, and renews it by `update`. That
 * somebody is dead is decided by one thing only: `create` on its key has succeeded. Reads, watches and silence say merely
 * whom to try. What the creator leaves is a tombstone, which lapses like a lease.
 *
 * What can go wrong, and what makes it right:
 * - No answer to a write: it may have landed. The next one is refused then, and what lies there is ours by its
 *   incarnation: the lease goes on at that revision, if an `update` at it succeeds.
 * - Our lease lapsed while we stood still: the update is refused and what lies there is not ours. A new life begins, with a
 *   new incarnation; what we still serve we go on serving until the record fences us.
 * - The bucket was away: every lease may have lapsed without anybody being dead. Nobody is tried before the grace time is over.
 * - Our name is in use: by our own lease of before a restart, which lapses, or by another node, and then we never join.
 * - Clocks: only lengths of time on our own clock are ever compared, never two clocks.
 */
import type { MembershipEntry, MembershipWrite } from '../../actors/runtime/membership-port.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { noteText, parseLease, tombstoneText } from './lease-note.ts'
import { NODES_MAX, RENEW_EVERY_MS, RETRY_EVERY_MS, SUSPECT_AFTER_MS, TRY_EVERY_MS } from './limits.ts'
import type { MembershipEffect, MembershipEvent, MembershipMessage, OwnAnswer, OwnCall } from './membership.messages.ts'
import { evolve, incarnationOf, type MembershipState, mayTake, noteOf } from './membership.state.ts'
import { type Step, Turn } from './step.ts'
import { type NodeId, parseNodeId } from './types.ts'

type MembershipTurn = Turn<MembershipState, MembershipEvent, MembershipEffect>

export function decide(
  state: MembershipState,
  message: MembershipMessage,
  nowMs: UnixMs,
): Step<MembershipEvent, MembershipEffect> {
  const turn: MembershipTurn = new Turn(state, evolve)
  if (state.leaving === 'resigned') return turn
  switch (message.kind) {
    case 'tick':
      break
    case 'announce':
      turn.happened({ kind: 'noted', claims: message.claims })
      break
    case 'own':
      answered(turn, message.call, message.answer, nowMs)
      break
    case 'tried':
      if (message.write !== null) turn.happened({ kind: 'bucket_answered', atMs: nowMs })
      if (message.write?.kind === 'written') buried(turn, message.node, message.write.revision, nowMs)
      break
    case 'listed':
      for (const entry of message.entries ?? []) observe(turn, entry, nowMs)
      turn.happened({ kind: 'list_ended', listed: message.entries !== null, atMs: nowMs })
      break
    case 'watched':
      observe(turn, message.entry, nowMs)
      break
    case 'filled':
      if (state.phase === 'filling') turn.happened({ kind: 'phase', phase: 'serving' })
      break
    case 'drain':
      turn.happened({ kind: 'phase', phase: 'draining' })
      break
    case 'resign':
      turn.happened({ kind: 'resigning' })
      break
  }
  goOn(turn, nowMs)
  return turn
}

// ---------------------------------------------------------------- what is due

function goOn(turn: MembershipTurn, nowMs: UnixMs): void {
  if (turn.state.phase === 'joining' && mayTake(turn.state, nowMs)) {
    // Whoever still has its shards, because only the bucket was away, is not to be given others for it.
    turn.happened({ kind: 'phase', phase: turn.state.claims.owned.size > 0 ? 'serving' : 'filling' })
  }
  callIfDue(turn, nowMs)
  listIfDue(turn, nowMs)
  if (mayTake(turn.state, nowMs)) trySuspects(turn, nowMs)
}

function callIfDue(turn: MembershipTurn, nowMs: UnixMs): void {
  const { lease, leaving, call, renewedAtMs, retryAtMs, noteVersion, notedVersion } = turn.state
  if (call !== null || leaving === 'resigned' || nowMs < retryAtMs) return
  if (leaving === 'resigning') resign(turn, nowMs)
  else if (lease.kind === 'none') create(turn, nowMs)
  else if (noteVersion !== notedVersion || nowMs - renewedAtMs >= RENEW_EVERY_MS) update(turn, lease.revision, nowMs)
}

function call(turn: MembershipTurn, call: OwnCall, nowMs: UnixMs): void {
  turn.happened({ kind: 'called', call, atMs: nowMs })
  turn.ask({ kind: 'own', call })
}

function create(turn: MembershipTurn, nowMs: UnixMs): void {
  const { noteVersion } = turn.state
  call(turn, { kind: 'create', value: noteText(noteOf(turn.state)), noteVersion }, nowMs)
}

function update(turn: MembershipTurn, revision: number, nowMs: UnixMs): void {
  const { noteVersion } = turn.state
  call(turn, { kind: 'update', value: noteText(noteOf(turn.state)), revision, noteVersion }, nowMs)
}

/** A lease that is not held any more needs no giving back. */
function resign(turn: MembershipTurn, nowMs: UnixMs): void {
  const { lease } = turn.state
  if (lease.kind === 'held') call(turn, { kind: 'delete', revision: lease.revision }, nowMs)
  else turn.happened({ kind: 'resigned' })
}

function listIfDue(turn: MembershipTurn, nowMs: UnixMs): void {
  const { isListing, listAskedAtMs, listedAtMs, steadySinceMs, lease } = turn.state
  if (isListing || lease.kind === 'none') return
  const isNeeded = listedAtMs < steadySinceMs && nowMs - listAskedAtMs >= RETRY_EVERY_MS
  if (!isNeeded && nowMs - listAskedAtMs < RENEW_EVERY_MS) return
  turn.happened({ kind: 'list_asked', atMs: nowMs })
  turn.ask({ kind: 'list' })
}

/** All that live try: one creates the key, the others see what it left. */
function trySuspects(turn: MembershipTurn, nowMs: UnixMs): void {
  for (const node of turn.state.members.keys()) {
    const sight = turn.state.sights.get(node)
    if (!sight || nowMs - sight.atMs < SUSPECT_AFTER_MS || nowMs - sight.triedAtMs < TRY_EVERY_MS) continue
    turn.happened({ kind: 'try_begun', node, atMs: nowMs })
    turn.ask({ kind: 'try', node, value: tombstoneText({ node, by: turn.state.node }) })
  }
}

// ---------------------------------------------------------------- our own key

function answered(turn: MembershipTurn, call: OwnCall, answer: OwnAnswer, nowMs: UnixMs): void {
  // Only the call that is under way counts: one that was given up on may still be answered.
  if (turn.state.call !== call) return
  switch (answer.kind) {
    case 'unanswered':
      turn.happened({ kind: 'call_ended', retryAtMs: nowMs + RETRY_EVERY_MS })
      break
    case 'entry':
      turn.happened({ kind: 'call_ended', retryAtMs: nowMs })
      found(turn, answer.entry, nowMs)
      break
    case 'write':
      turn.happened({ kind: 'call_ended', retryAtMs: nowMs })
      turn.happened({ kind: 'bucket_answered', atMs: nowMs })
      wrote(turn, call, answer.write, nowMs)
      break
  }
}

function wrote(turn: MembershipTurn, done: OwnCall, write: MembershipWrite, nowMs: UnixMs): void {
  switch (done.kind) {
    case 'create':
    case 'update':
      if (write.kind === 'written') held(turn, done.noteVersion, write.revision, nowMs)
      else {
        turn.happened({ kind: 'lease_doubted' })
        call(turn, { kind: 'get' }, nowMs)
      }
      break
    case 'delete':
      // Refused: somebody has found it lapsed. It is gone either way.
      turn.happened({ kind: 'resigned' })
      break
    case 'get':
      break
  }
}

function held(turn: MembershipTurn, noteVersion: number, revision: number, nowMs: UnixMs): void {
  if (revision <= turn.state.calledAbove) turn.happened({ kind: 'bucket_reset' })
  const isNew = !turn.state.hasJoined
  turn.happened({ kind: 'lease_held', revision, noteVersion, isNew, atMs: nowMs })
}

/** Only a hint of what to try next: the write that follows decides. */
function found(turn: MembershipTurn, entry: MembershipEntry | null, nowMs: UnixMs): void {
  const lying = entry?.value ? parseLease(entry.value) : null
  if (entry && lying?.kind === 'note' && lying.note.incarnation === incarnationOf(turn.state)) {
    update(turn, entry.revision, nowMs)
    return
  }
  if (turn.state.hasJoined) turn.happened({ kind: 'lease_lost' })
  if (entry && lying?.kind === 'tombstone') {
    update(turn, entry.revision, nowMs)
    return
  }
  if (lying?.kind === 'note') {
    turn.ask({ kind: 'trouble', sentence: `The name ${turn.state.node} is in use: waiting for that lease to lapse.` })
  }
  turn.happened({ kind: 'call_ended', retryAtMs: nowMs + RETRY_EVERY_MS })
}

// ---------------------------------------------------------------- the others

/** Unless it has risen again: its new lease may have been seen before our tombstone was answered. */
function buried(turn: MembershipTurn, node: NodeId, revision: number, nowMs: UnixMs): void {
  if (revision > (turn.state.sights.get(node)?.revision ?? 0)) {
    turn.happened({ kind: 'member_dead', node, revision, atMs: nowMs })
  }
}

function observe(turn: MembershipTurn, entry: MembershipEntry, nowMs: UnixMs): void {
  const { key, revision, value } = entry
  const node = parseNodeId(key)
  if (node === null) return
  if (node === turn.state.node) {
    overwritten(turn, entry)
    return
  }
  const { sights } = turn.state
  if (revision <= (sights.get(node)?.revision ?? 0)) return
  if (!sights.has(node) && sights.size >= NODES_MAX) {
    turn.ask({ kind: 'trouble', sentence: `${key} is ignored: there are ${NODES_MAX} nodes in the bucket already.` })
    return
  }
  if (value === null) {
    turn.happened({ kind: 'member_left', node, revision, atMs: nowMs })
    return
  }
  const lying = parseLease(value)
  if (lying?.kind === 'tombstone') turn.happened({ kind: 'member_dead', node, revision, atMs: nowMs })
  else if (lying?.note.node === node) {
    turn.happened({ kind: 'member_seen', note: lying.note, text: value, revision, atMs: nowMs })
  } else turn.ask({ kind: 'trouble', sentence: `What lies at ${key} in the bucket of leases is none of ours.` })
}

/** Somebody wrote our key: an update now, and not at the next renewal, tells whether we have lost it. */
function overwritten(turn: MembershipTurn, { revision, value }: MembershipEntry): void {
  const { lease, noteVersion, notedVersion, claims } = turn.state
  const isOurs = lease.kind === 'none' || revision <= lease.revision || noteVersion !== notedVersion
  if (isOurs || (value !== null && isNoteOf(value, incarnationOf(turn.state)))) return
  turn.happened({ kind: 'noted', claims })
}

function isNoteOf(value: string, incarnation: string): boolean {
  const lying = parseLease(value)
  return lying?.kind === 'note' && lying.note.incarnation === incarnation
}
