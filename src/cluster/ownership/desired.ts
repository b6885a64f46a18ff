/**
 * Who should serve what, from who is there and who serves what now: the same answer on every node that has heard the same.
 *
 * A shard of nobody goes to its home at once. A shard that is served moves only to a node that is being filled and is
 * its first choice, and away from a node that is going; so many at once, the others stay where they are until the next round.
 * Therefore a node that joins is given at most its share, and nobody else is given anything.
 */
import type { ShardId } from '../../domain/ids.ts'
import type { Homes } from './rendezvous.ts'
import type { DesiredAssignment, NodeId } from './types.ts'

export interface Round {
  readonly shards: number
  readonly homes: Homes
  /** Live nodes, and what they serve or are about to; a shard is missing where nobody does. */
  readonly owners: ReadonlyMap<ShardId, NodeId>
  /** Those that hand off everything. */
  readonly draining: ReadonlySet<NodeId>
  /** Those that are given what they are the first choice of. */
  readonly filling: ReadonlySet<NodeId>
  /** Those that lose nothing yet. */
  readonly joining: ReadonlySet<NodeId>
  readonly movesMax: number
}

export interface Move {
  readonly shard: ShardId
  readonly from: NodeId
  readonly to: NodeId
}

export interface Placement {
  readonly desired: DesiredAssignment
  /** What of it is not so yet and has an owner who must let go. */
  readonly moves: readonly Move[]
  /** To whom something moves, now or once a later round allows it. */
  readonly receivers: ReadonlySet<NodeId>
}

export function place(round: Round): Placement {
  const due = movesOf(round)
  const moves = due.filter(m => !round.joining.has(m.from)).slice(0, round.movesMax)
  const desired = new Map<ShardId, NodeId>()
  for (let shard = 0 as ShardId; shard < round.shards; shard++) {
    const node = round.owners.get(shard) ?? round.homes[shard]?.node
    if (node !== undefined) desired.set(shard, node)
  }
  for (const { shard, to } of moves) desired.set(shard, to)
  return { desired, moves, receivers: new Set(due.map(m => m.to)) }
}

/** Whoever goes is served first: it waits for that. */
function movesOf(round: Round): Move[] {
  const away: Move[] = []
  const home: Move[] = []
  for (const [shard, from] of [...round.owners].sort(([a], [b]) => a - b)) {
    const { node: to, isFirstChoice } = round.homes[shard] ?? { node: from, isFirstChoice: false }
    if (to === from) continue
    if (round.draining.has(from)) away.push({ shard, from, to })
    else if (isFirstChoice && round.filling.has(to)) home.push({ shard, from, to })
  }
  return [...away, ...home]
}
