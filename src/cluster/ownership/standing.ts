/** Who stands where: what follows from what this node has heard and holds. Nothing here decides. */
import type { ShardId } from '../../domain/ids.ts'
import { type Placement, place } from './desired.ts'
import { MOVES_MAX } from './limits.ts'
import { claimsOf, effectiveOf, type OwnershipState } from './ownership.state.ts'
import type { Candidate } from './rendezvous.ts'
import type { Claims, NodeId, NodePhase } from './types.ts'

/** Nodes that may be given shards, in the same order everywhere. */
export function candidatesOf({ node, weight, view }: OwnershipState): Candidate[] {
  const candidates: Candidate[] = view.members.filter(m => isGiven(m.phase))
  if (isGiven(view.phase)) candidates.push({ node, weight })
  return candidates.sort((a, b) => (a.node < b.node ? -1 : 1))
}

function isGiven(phase: NodePhase): boolean {
  return phase === 'filling' || phase === 'serving'
}

export function placementOf(state: OwnershipState): Placement {
  const { node, view, shards, homes } = state
  const inPhaseOf = (phase: NodePhase) => {
    const nodes = view.members.filter(m => m.phase === phase).map(m => m.node)
    return new Set(view.phase === phase ? [...nodes, node] : nodes)
  }
  const releases = [...releasesOf(state)].length
  return place({
    shards,
    homes,
    owners: ownersOf(state),
    draining: inPhaseOf('draining'),
    filling: inPhaseOf('filling'),
    joining: inPhaseOf('joining'),
    movesMax: Math.max(0, MOVES_MAX - releases),
  })
}

/** Who serves a shard, or is about to: what is released counts for the successor already, what we are taking for us. */
export function ownersOf(state: OwnershipState): Map<ShardId, NodeId> {
  const effective = effectiveOf(state)
  const owners = new Map<ShardId, NodeId>()
  for (const { shard, node } of effective.values()) owners.set(shard, node)
  for (const { shard, epoch, to } of releasesOf(state)) {
    if (epoch >= (effective.get(shard)?.epoch ?? 0)) owners.set(shard, to)
  }
  for (const [shard, holding] of state.held) if (holding.phase === 'taking') owners.set(shard, state.node)
  return owners
}

/** To nodes that live. */
function* releasesOf(state: OwnershipState): Iterable<{ shard: ShardId; epoch: number; to: NodeId }> {
  const notes: Claims[] = [claimsOf(state.held), ...state.view.members.map(m => m.claims)]
  for (const { released } of notes) {
    for (const [shard, { epoch, to }] of released) if (isAlive(state, to)) yield { shard, epoch, to }
  }
}

export function isAlive({ node, view }: OwnershipState, other: NodeId): boolean {
  return other === node || view.members.some(m => m.node === other)
}

/** The highest epoch at which one of the others owns it, or has let go of it; 0 where none did. */
export function othersEpochOf({ view }: OwnershipState, shard: ShardId): number {
  return view.members.reduce((highest, { claims }) => {
    return Math.max(highest, claims.owned.get(shard) ?? 0, claims.released.get(shard)?.epoch ?? 0)
  }, 0)
}

export function isReleasedTo(state: OwnershipState, shard: ShardId): boolean {
  const highest = othersEpochOf(state, shard)
  return state.view.members.some(({ claims }) => {
    const release = claims.released.get(shard)
    return release?.to === state.node && release.epoch === highest
  })
}
