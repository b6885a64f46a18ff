import { expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import { evolve, newOwnership } from './ownership.state.ts'
import { decide } from './ownership.ts'
import type { ClusterView, NodeId } from './types.ts'

const SHARD = 0 as ShardId
const SELF = 'node-a' as NodeId
const OTHER = 'node-b' as NodeId

/** Two took it in the same moment; the later one found that it is ours, and let go of it before its claim was seen here. */
test('a shard that another has taken after us and released to us is dropped, and taken anew', () => {
  const grants = [{ shard: SHARD, epoch: 1 }]
  const taken = evolve(newOwnership(SELF, 1, 1), { kind: 'taken', grants, atMs: 0 })
  const serving = evolve(taken, { kind: 'opened', grants })
  const claims = { owned: new Map(), released: new Map([[SHARD, { epoch: 2, to: SELF }]]) }
  const member = { node: OTHER, incarnation: 'life-1', weight: 1, phase: 'draining', claims } as const
  const view: ClusterView = { mayTake: true, isOut: false, phase: 'serving', members: [member], dead: [] }

  const { effects } = decide(serving, { kind: 'view', view }, 1_000)
  expect(effects.map(effect => effect.kind)).toContain('drop')
  expect(effects).toContainEqual({ kind: 'take', shards: [SHARD] })
})
