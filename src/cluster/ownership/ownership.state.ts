import type { ShardGrant } from '../../actors/runtime/host.ts'
import type { ShardId, UnixMs } from '../../domain/ids.ts'
import { TAKE_RETRY_MS } from './limits.ts'
import type { OwnershipEvent } from './ownership.messages.ts'
import type { Homes } from './rendezvous.ts'
import type { Claims, ClusterView, EffectiveOwnership, NodeId, Release } from './types.ts'

/**
 * One shard in the hands of this node. `taking`: the record is asked; `epoch` where it was ours before · `opening`: ours, being
 * loaded · `serving` · `failed`: ours, but nobody serves it until it is taken anew · `sealing`: refuses what comes and settles
 * what it has · `released`: let go of, and not yet claimed by its successor.
 */
export type Holding =
  | { readonly phase: 'taking'; readonly epoch: number | null }
  | { readonly phase: 'opening'; readonly epoch: number; readonly sinceMs: UnixMs }
  | { readonly phase: 'serving'; readonly epoch: number }
  | { readonly phase: 'failed'; readonly epoch: number; readonly sinceMs: UnixMs }
  | { readonly phase: 'sealing'; readonly epoch: number; readonly to: NodeId | null; readonly sinceMs: UnixMs }
  | { readonly phase: 'released'; readonly epoch: number; readonly to: NodeId; readonly sinceMs: UnixMs }

export interface Avoided {
  readonly untilMs: UnixMs
  /** The life in which it did not come; null: not known. */
  readonly incarnation: string | null
}

export interface OwnershipState {
  readonly node: NodeId
  readonly weight: number
  readonly shards: number
  readonly view: ClusterView
  readonly homes: Homes
  /** Those that `homes` was made for. */
  readonly candidates: string
  readonly housedAtMs: UnixMs
  readonly held: ReadonlyMap<ShardId, Holding>
  /** The highest epoch that anybody has claimed, as far as we have heard. */
  readonly knownEpochs: ReadonlyMap<ShardId, number>
  /** Since when nobody claims it. */
  readonly unclaimedSinceMs: ReadonlyMap<ShardId, UnixMs>
  /** Who did not come for what was released to it. */
  readonly avoided: ReadonlyMap<NodeId, Avoided>
  readonly retryAtMs: UnixMs
  readonly leavingSinceMs: UnixMs | null
  readonly isGone: boolean
  readonly isSettled: boolean
}

const NOBODY: ClusterView = { mayTake: false, isOut: true, phase: 'joining', members: [], dead: [] }

export function newOwnership(node: NodeId, weight: number, shards: number): OwnershipState {
  return {
    node,
    weight,
    shards,
    view: NOBODY,
    homes: [],
    candidates: '',
    housedAtMs: Number.NEGATIVE_INFINITY,
    held: new Map(),
    knownEpochs: new Map(),
    unclaimedSinceMs: new Map(),
    avoided: new Map(),
    retryAtMs: Number.NEGATIVE_INFINITY,
    leavingSinceMs: null,
    isGone: false,
    isSettled: false,
  }
}

/** What our note says. */
export function claimsOf(held: ReadonlyMap<ShardId, Holding>): Claims {
  const owned = new Map<ShardId, number>()
  const released = new Map<ShardId, Release>()
  for (const [shard, holding] of held) {
    if (holding.phase === 'released') released.set(shard, { epoch: holding.epoch, to: holding.to })
    else if (holding.epoch !== null) owned.set(shard, holding.epoch)
  }
  return { owned, released }
}

/** Who owns what, as the record told each of them: where two claim a shard, the higher epoch is the later one. */
export function effectiveOf({ node, view, held }: OwnershipState): Map<ShardId, EffectiveOwnership> {
  const owners = new Map<ShardId, EffectiveOwnership>()
  const claim = (by: NodeId, { owned }: Claims) => {
    for (const [shard, epoch] of owned) {
      if (epoch > (owners.get(shard)?.epoch ?? 0)) owners.set(shard, { shard, node: by, epoch })
    }
  }
  for (const member of view.members) claim(member.node, member.claims)
  claim(node, claimsOf(held))
  return owners
}

export function evolve(state: OwnershipState, event: OwnershipEvent): OwnershipState {
  return event.kind === 'settled' ? { ...state, isSettled: true } : { ...changed(state, event), isSettled: false }
}

function changed(state: OwnershipState, event: Exclude<OwnershipEvent, { kind: 'settled' }>): OwnershipState {
  switch (event.kind) {
    case 'viewed':
      return {
        ...state,
        view: event.view,
        knownEpochs: raised(state.knownEpochs, ...event.view.members.map(m => m.claims.owned)),
      }
    case 'housed':
      return { ...state, homes: event.homes, candidates: event.candidates, housedAtMs: event.atMs }
    case 'unclaimed':
      return { ...state, unclaimedSinceMs: event.sinceMs }
    case 'taking':
      return withHeld(state, event.shards, shard => ({ phase: 'taking', epoch: ownEpochOf(state.held.get(shard)) }))
    case 'take_failed': {
      const { shards, atMs } = event
      const retried = withHeld(state, shards, shard => failedTake(state.held.get(shard), atMs))
      return { ...retried, retryAtMs: atMs + TAKE_RETRY_MS }
    }
    case 'taken':
      return {
        ...withGrants(state, event.grants, epoch => ({ phase: 'opening', epoch, sinceMs: event.atMs })),
        knownEpochs: raised(state.knownEpochs, new Map(event.grants.map(g => [g.shard, g.epoch]))),
      }
    case 'opened':
      return withGrants(state, event.grants, epoch => ({ phase: 'serving', epoch }))
    case 'failed':
      return withGrants(state, event.grants, epoch => ({ phase: 'failed', epoch, sinceMs: event.atMs }))
    case 'sealed': {
      const { to, atMs } = event
      return withGrants(state, event.grants, epoch => ({ phase: 'sealing', epoch, to, sinceMs: atMs }))
    }
    case 'released': {
      const { epoch, to, atMs } = event
      return withHeld(state, [event.shard], () => ({ phase: 'released', epoch, to, sinceMs: atMs }))
    }
    case 'dropped':
      return withHeld(state, event.shards, () => null)
    case 'avoided':
      return { ...state, avoided: new Map(state.avoided).set(event.node, event) }
    case 'trusted':
      return { ...state, avoided: new Map([...state.avoided].filter(([node]) => !event.nodes.includes(node))) }
    case 'leaving':
      return { ...state, leavingSinceMs: event.atMs }
    case 'gone':
      return { ...state, isGone: true }
  }
}

function raised(
  known: ReadonlyMap<ShardId, number>,
  ...claimed: readonly ReadonlyMap<ShardId, number>[]
): ReadonlyMap<ShardId, number> {
  const highest = new Map(known)
  for (const owned of claimed) {
    for (const [shard, epoch] of owned) if (epoch > (highest.get(shard) ?? 0)) highest.set(shard, epoch)
  }
  return highest
}

/** What was released is ours no more, though nobody may have come for it. */
function ownEpochOf(holding: Holding | undefined): number | null {
  return holding === undefined || holding.phase === 'released' ? null : holding.epoch
}

function failedTake(holding: Holding | undefined, atMs: UnixMs): Holding | null {
  const epoch = ownEpochOf(holding)
  return epoch === null ? null : { phase: 'failed', epoch, sinceMs: atMs }
}

function withGrants(
  state: OwnershipState,
  grants: readonly ShardGrant[],
  next: (epoch: number) => Holding,
): OwnershipState {
  const epochs = new Map(grants.map(g => [g.shard, g.epoch]))
  return withHeld(state, [...epochs.keys()], shard => next(epochs.get(shard) ?? 0))
}

function withHeld(
  state: OwnershipState,
  shards: readonly ShardId[],
  next: (shard: ShardId) => Holding | null,
): OwnershipState {
  const held = new Map(state.held)
  for (const shard of shards) {
    const holding = next(shard)
    if (holding === null) held.delete(shard)
    else held.set(shard, holding)
  }
  return { ...state, held }
}
