/**
 * Where each shard is at home: rendezvous hashing. Every node scores every shard and the highest score wins, so
 * a node that joins wins shards from all others alike, and one that goes leaves the homes of all other shards as they were.
 *
 * Pure chance gives nodes unequal numbers, so each node's wins end at its share: the shards that it scores lowest among those
 * go to their second choice, and so on. Nobody is ever moved because of that (see `desired.ts`): shares
 * that shrink when a node joins must not make the others exchange shards among themselves.
 */
import type { ShardId } from '../../domain/ids.ts'
import type { NodeId } from './types.ts'

export interface Candidate {
  readonly node: NodeId
  readonly weight: number
}

export interface Home {
  readonly node: NodeId
  /** It has the highest score of all, within its node's share. */
  readonly isFirstChoice: boolean
}

/** By shard. Empty where there is no candidate. */
export type Homes = readonly Home[]

/** The most shards that a node of that weight is entitled to. */
export function shareOf(weight: number, candidates: readonly Candidate[], shards: number): number {
  const total = candidates.reduce((sum, c) => sum + c.weight, 0)
  return Math.ceil((shards * weight) / total)
}

interface Scored {
  readonly shard: ShardId
  readonly nodes: readonly { readonly node: NodeId; readonly score: number }[]
}

export function homesOf(candidates: readonly Candidate[], shards: number): Homes {
  if (candidates.length === 0) return []
  const left = new Map(candidates.map(c => [c.node, shareOf(c.weight, candidates, shards)]))
  const homes: Home[] = []
  const settle = (shard: ShardId, node: NodeId, isFirstChoice: boolean) => {
    left.set(node, (left.get(node) ?? 0) - 1)
    homes[shard] = { node, isFirstChoice }
  }

  const scored = Array.from({ length: shards }, (_, shard) => scoredShard(shard as ShardId, candidates))
  const rest: Scored[] = []
  for (const one of [...scored].sort(byBestScore)) {
    const first = one.nodes[0]
    if (first && (left.get(first.node) ?? 0) > 0) settle(one.shard, first.node, true)
    else rest.push(one)
  }
  for (const { shard, nodes } of rest) {
    // The shares add up to all shards and more, so somebody has room.
    const next = nodes.find(({ node }) => (left.get(node) ?? 0) > 0)
    if (next) settle(shard, next.node, false)
  }
  return homes
}

function scoredShard(shard: ShardId, candidates: readonly Candidate[]): Scored {
  const nodes = candidates.map(({ node, weight }) => ({ node, score: scoreOf(shard, node, weight) }))
  return { shard, nodes: nodes.sort((a, b) => b.score - a.score || (a.node < b.node ? -1 : 1)) }
}

function byBestScore(a: Scored, b: Scored): number {
  return (b.nodes[0]?.score ?? 0) - (a.nodes[0]?.score ?? 0) || a.shard - b.shard
}

/** The logarithm makes each node win in proportion to its weight, and only the weight of the node itself matters. */
function scoreOf(shard: ShardId, node: NodeId, weight: number): number {
  return -weight / Math.log((hashOf(`${node}/${shard}`) + 0.5) / 2 ** 32)
}

/** FNV-1a and the finaliser of MurmurHash3. All nodes of a cluster must agree on it, those of the last version too. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
