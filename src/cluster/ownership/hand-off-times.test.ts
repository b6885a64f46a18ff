import { expect, test } from 'bun:test'
import type { ShardId } from '../../domain/ids.ts'
import { HandOffTimes } from './hand-off-times.ts'
import type { LeaseNote, NodeId } from './types.ts'

const SHARD = 3 as ShardId

function claiming(epoch: number): LeaseNote {
  const claims = { owned: new Map([[SHARD, epoch]]), released: new Map() }
  return { node: 'other' as NodeId, incarnation: 'i', weight: 1, phase: 'serving', claims }
}

test('a hand-off ends with the claim of a successor at a higher epoch, and counts once', () => {
  const times = new HandOffTimes()
  times.sealed([{ shard: SHARD, epoch: 5 }], 1_000)
  times.heard([claiming(5)], 1_010)
  expect(times.figures).toEqual({ count: 0, maxMs: 0 })
  times.heard([claiming(6)], 1_040)
  times.heard([claiming(6)], 1_900)
  expect(times.figures).toEqual({ count: 1, maxMs: 40 })
})

test('a shard that was taken back was not handed off', () => {
  const times = new HandOffTimes()
  times.sealed([{ shard: SHARD, epoch: 5 }], 1_000)
  times.ended([SHARD])
  times.heard([claiming(6)], 1_040)
  expect(times.figures).toEqual({ count: 0, maxMs: 0 })
})
