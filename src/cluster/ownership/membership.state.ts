import type { UnixMs } from '../../domain/ids.ts'
import { AWAY_MS, GRACE_MS } from './limits.ts'
import type { MembershipEvent, OwnCall } from './membership.messages.ts'
import {
  type Claims,
  type ClusterView,
  type Lease,
  type LeaseNote,
  NO_CLAIMS,
  type NodeId,
  type NodePhase,
} from './types.ts'

/** When a key of the bucket was last heard of. Also of those that are gone: so that an old hint does not bring them back. */
export interface Sight {
  readonly revision: number
  /** By our own clock: only how long ago matters. */
  readonly atMs: UnixMs
  readonly triedAtMs: UnixMs
}

export interface Member {
  readonly note: LeaseNote
  /** As read: a renewal that changes nothing is told from one that does without reading it again. */
  readonly text: string
}

export interface MembershipState {
  readonly node: NodeId
  readonly weight: number
  /** Different for each start of this program. */
  readonly boot: string
  /** Counts the lives of this start. */
  readonly life: number
  readonly lease: Lease
  /** This life has held the lease. */
  readonly hasJoined: boolean
  readonly phase: NodePhase
  readonly claims: Claims
  /** Raised with each change of what our note says, and the one that the bucket is known to have. */
  readonly noteVersion: number
  readonly notedVersion: number
  readonly call: OwnCall | null
  readonly calledAtMs: UnixMs
  /** When the write was sent that the bucket answered last. */
  readonly renewedAtMs: UnixMs
  readonly retryAtMs: UnixMs
  readonly answeredAtMs: UnixMs
  /** Since then the bucket has answered without a long silence and the lease is held. */
  readonly steadySinceMs: UnixMs
  readonly isListing: boolean
  readonly listAskedAtMs: UnixMs
  readonly listedAtMs: UnixMs
  readonly leaving: 'no' | 'resigning' | 'resigned'
  /** The highest seen anywhere, and that of the moment when our call was sent: whatever it writes is above. */
  readonly topRevision: number
  readonly calledAbove: number
  readonly members: ReadonlyMap<NodeId, Member>
  readonly dead: ReadonlyMap<NodeId, LeaseNote>
  readonly sights: ReadonlyMap<NodeId, Sight>
}

const NEVER = Number.NEGATIVE_INFINITY

export function newMembership(node: NodeId, weight: number, boot: string): MembershipState {
  return {
    node,
    weight,
    boot,
    life: 1,
    lease: { kind: 'none' },
    hasJoined: false,
    phase: 'joining',
    claims: NO_CLAIMS,
    noteVersion: 1,
    notedVersion: 0,
    call: null,
    calledAtMs: NEVER,
    renewedAtMs: NEVER,
    retryAtMs: NEVER,
    answeredAtMs: NEVER,
    steadySinceMs: Number.POSITIVE_INFINITY,
    isListing: false,
    listAskedAtMs: NEVER,
    listedAtMs: NEVER,
    leaving: 'no',
    topRevision: 0,
    calledAbove: 0,
    members: new Map(),
    dead: new Map(),
    sights: new Map(),
  }
}

export function incarnationOf({ boot, life }: MembershipState): string {
  return `${boot}.${life}`
}

export function noteOf(state: MembershipState): LeaseNote {
  const { node, weight, phase, claims } = state
  return { node, incarnation: incarnationOf(state), weight, phase, claims }
}

/** The bucket answers, the lease is ours, and whoever lives has had the time to show it. */
export function mayTake(state: MembershipState, nowMs: UnixMs): boolean {
  return (
    state.lease.kind === 'held' &&
    state.leaving === 'no' &&
    nowMs - state.answeredAtMs <= AWAY_MS &&
    nowMs - state.steadySinceMs >= GRACE_MS &&
    state.listedAtMs >= state.steadySinceMs
  )
}

export function viewOf(state: MembershipState, nowMs: UnixMs): ClusterView {
  return {
    mayTake: mayTake(state, nowMs),
    isOut: state.lease.kind === 'none' && !state.hasJoined,
    phase: state.phase,
    members: [...state.members.values()].map(m => m.note),
    dead: [...state.dead.values()],
  }
}

export function evolve(state: MembershipState, event: MembershipEvent): MembershipState {
  switch (event.kind) {
    case 'called':
      return { ...state, call: event.call, calledAtMs: event.atMs, calledAbove: state.topRevision }
    case 'bucket_answered': {
      const wasAway = event.atMs - state.answeredAtMs > AWAY_MS
      return { ...state, answeredAtMs: event.atMs, steadySinceMs: wasAway ? event.atMs : state.steadySinceMs }
    }
    case 'call_ended':
      return { ...state, call: null, retryAtMs: event.retryAtMs }
    case 'lease_held':
      return {
        ...state,
        lease: { kind: 'held', revision: event.revision },
        hasJoined: true,
        renewedAtMs: state.calledAtMs,
        notedVersion: event.noteVersion,
        topRevision: Math.max(state.topRevision, event.revision),
        steadySinceMs: event.isNew ? event.atMs : state.steadySinceMs,
      }
    case 'lease_doubted':
      return { ...state, lease: { kind: 'none' } }
    case 'lease_lost':
      return {
        ...state,
        lease: { kind: 'none' },
        hasJoined: false,
        life: state.life + 1,
        phase: state.phase === 'draining' ? 'draining' : 'joining',
        noteVersion: state.noteVersion + 1,
      }
    case 'resigning':
      return { ...state, leaving: 'resigning' }
    case 'resigned':
      return { ...state, leaving: 'resigned', lease: { kind: 'none' } }
    case 'noted':
      return { ...state, claims: event.claims, noteVersion: state.noteVersion + 1 }
    case 'phase':
      return { ...state, phase: event.phase, noteVersion: state.noteVersion + 1 }
    case 'list_asked':
      return { ...state, isListing: true, listAskedAtMs: event.atMs }
    case 'list_ended':
      // What was read is as old as the question.
      return { ...state, isListing: false, listedAtMs: event.listed ? state.listAskedAtMs : state.listedAtMs }
    case 'try_begun': {
      const sight = state.sights.get(event.node)
      if (!sight) return state
      return { ...state, sights: withEntry(state.sights, event.node, { ...sight, triedAtMs: event.atMs }) }
    }
    case 'member_seen':
      return withMember(state, event)
    case 'member_left':
      return {
        ...seen(state, event),
        members: without(state.members, event.node),
        dead: without(state.dead, event.node),
      }
    case 'member_dead': {
      const member = state.members.get(event.node)
      const dead = member ? withEntry(state.dead, event.node, member.note) : state.dead
      return { ...seen(state, event), members: without(state.members, event.node), dead }
    }
    case 'bucket_reset': {
      const sights = [...state.sights].map(([node, sight]): [NodeId, Sight] => [node, { ...sight, revision: 0 }])
      return { ...state, topRevision: 0, sights: new Map(sights) }
    }
  }
}

type Seen = { readonly node: NodeId; readonly revision: number; readonly atMs: UnixMs }

function seen(state: MembershipState, { node, revision, atMs }: Seen): MembershipState {
  const sights = withEntry(state.sights, node, { revision, atMs, triedAtMs: NEVER })
  return { ...state, sights, topRevision: Math.max(state.topRevision, revision) }
}

function withMember(state: MembershipState, event: MembershipEvent & { kind: 'member_seen' }): MembershipState {
  const { note, text, revision, atMs } = event
  const next = seen(state, { node: note.node, revision, atMs })
  // A renewal that says nothing new leaves the view as it is.
  if (state.members.get(note.node)?.text === text) return next
  const members = withEntry(state.members, note.node, { note, text })
  return { ...next, members, dead: without(state.dead, note.node) }
}

function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value)
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map
  const rest = new Map(map)
  rest.delete(key)
  return rest
}
