import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ShardId } from '../../domain/ids.ts'
import { place } from './desired.ts'
import { type Candidate, homesOf, shareOf } from './rendezvous.ts'
import type { NodeId } from './types.ts'

const SHARDS = 64
const MOVES_MAX = 8
const NOBODY: ReadonlySet<NodeId> = new Set()

function nodes(...weights: readonly number[]): Candidate[] {
  return weights.map((weight, i) => ({ node: `n${i}` as NodeId, weight }))
}

/** One round, and everything it says done. */
interface Going {
  readonly filling?: ReadonlySet<NodeId>
  readonly draining?: ReadonlySet<NodeId>
}

function round(owners: ReadonlyMap<ShardId, NodeId>, live: readonly Candidate[], going: Going = {}) {
  const { filling = NOBODY, draining = NOBODY } = going
  const candidates = live.filter(c => !draining.has(c.node))
  const homes = homesOf(candidates, SHARDS)
  return place({ shards: SHARDS, homes, owners, filling, draining, joining: NOBODY, movesMax: MOVES_MAX })
}

/** Rounds until nothing moves any more. */
function settled(owners: ReadonlyMap<ShardId, NodeId>, live: readonly Candidate[], filling = NOBODY) {
  let moved = 0
  for (let placed = round(owners, live, { filling }); ; placed = round(placed.desired, live, { filling })) {
    moved += placed.moves.length
    if (placed.moves.length === 0) return { desired: placed.desired, moved }
  }
}

function counts(owners: ReadonlyMap<ShardId, NodeId>): Map<NodeId, number> {
  return new Map([...Map.groupBy(owners.values(), node => node)].map(([node, all]) => [node, all.length]))
}

test('homes are the same whatever the order in which the nodes are named is scored', () => {
  const three = nodes(1, 1, 1)

  expect(homesOf([...three].reverse(), SHARDS)).toEqual(homesOf(three, SHARDS))
})

test('nobody is at home in more shards than its share, and a heavier node in more', () => {
  const candidates = nodes(1, 2, 1)
  const homes = counts(new Map(homesOf(candidates, 256).map((home, shard) => [shard as ShardId, home.node])))

  for (const { node, weight } of candidates) {
    expect(homes.get(node)).toBeLessThanOrEqual(shareOf(weight, candidates, 256))
  }
  expect(homes.get('n1' as NodeId)).toBeGreaterThan(110)
})

test('without any node nothing is desired, and without an owner a shard is desired by its home at once', () => {
  expect(round(new Map(), []).desired.size).toBe(0)
  const { desired, moves } = round(new Map(), nodes(1, 1))
  expect(desired.size).toBe(SHARDS)
  expect(moves).toEqual([])
})

test('a node that goes hands off everything, so many at once, to those that stay', () => {
  const live = nodes(1, 1, 1)
  const draining = new Set(['n2' as NodeId])
  let owners: ReadonlyMap<ShardId, NodeId> = settled(new Map(), live).desired
  const before = counts(owners).get('n2' as NodeId) ?? 0

  let rounds = 0
  for (; counts(owners).has('n2' as NodeId); rounds++) owners = round(owners, live, { draining }).desired

  expect(rounds).toBe(Math.ceil(before / MOVES_MAX))
})

test('from a node that has just joined with what it had, nothing is taken', () => {
  const [a, b] = nodes(1, 1)
  const owners = new Map(Array.from({ length: SHARDS }, (_, shard) => [shard as ShardId, 'n1' as NodeId]))
  const homes = homesOf([a, b].filter(c => c !== undefined).slice(0, 1), SHARDS)
  const joining = new Set(['n1' as NodeId])
  const filling = new Set(['n0' as NodeId])

  expect(place({ shards: SHARDS, homes, owners, filling, draining: NOBODY, joining, movesMax: 8 }).moves).toEqual([])
})

const weight = fc.constantFrom(1, 1, 1, 2, 3)
/** Which of ten nodes comes or goes, and how many rounds pass until the next does. */
const change = fc.record({ node: fc.nat(9), weight, rounds: fc.integer({ min: 0, max: 4 }) })

test('after any joins, leaves and deaths each shard is desired by exactly one live node, and a round moves no more than it may', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 25 }), changes => {
      const live = new Map<NodeId, Candidate>()
      const newcomers: NodeId[] = []
      let owners: ReadonlyMap<ShardId, NodeId> = new Map()
      for (const { node: n, weight, rounds } of changes) {
        const node = `n${n}` as NodeId
        if (live.has(node)) live.delete(node)
        else {
          live.set(node, { node, weight })
          newcomers.push(node)
          if (newcomers.length > 2) newcomers.shift()
        }
        owners = new Map([...owners].filter(([, owner]) => live.has(owner)))
        for (let i = 0; i <= rounds; i++) {
          const before = owners
          const { desired, moves } = round(owners, [...live.values()], { filling: new Set(newcomers) })
          expect(desired.size).toBe(live.size > 0 ? SHARDS : 0)
          for (const owner of desired.values()) expect(live.has(owner)).toBe(true)
          const changed = [...before].filter(([shard, owner]) => desired.get(shard) !== owner)
          expect(changed.length).toBe(moves.length)
          expect(moves.length).toBeLessThanOrEqual(MOVES_MAX)
          owners = desired
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('a node that joins is given at most its share, and nobody else is given anything', () => {
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 6 }), weight, fc.nat(5), (weights, joins, leaves) => {
      const live = nodes(...weights)
      // A history, so that shards are not all at home.
      const former = settled(
        settled(new Map(), live).desired,
        live.toSpliced(leaves % live.length, live.length > 1 ? 1 : 0),
      )
      const gone = live.length > 1 ? live[leaves % live.length]?.node : undefined
      const stayed = live.filter(c => c.node !== gone)
      const joiner = { node: 'joiner' as NodeId, weight: joins }
      const owners = new Map([...former.desired].filter(([, owner]) => owner !== gone))
      const before = settled(owners, stayed).desired

      const after = settled(before, [...stayed, joiner], new Set([joiner.node]))

      const changed = [...after.desired].filter(([shard, owner]) => before.get(shard) !== owner)
      expect(changed.every(([, owner]) => owner === joiner.node)).toBe(true)
      expect(after.moved).toBe(changed.length)
      expect(after.moved).toBeLessThanOrEqual(shareOf(joiner.weight, [...stayed, joiner], SHARDS))
    }),
    { numRuns: 60 },
  )
})
