import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ShardId } from '../domain/ids.ts'
import { acknowledged, sharesOf } from './event-feed.ts'
import type { FeedEntry, ShardProgress } from './ports.ts'

const entry = (shard: number, seq: number): FeedEntry => ({
  shard: shard as ShardId,
  seq,
  atMs: 0,
  actorKind: 'order',
  actorId: 'ord_1',
  version: seq,
  type: 'due',
  data: {},
})

const progress = (shard: number, watermark: number, head: number): ShardProgress => ({
  shard: shard as ShardId,
  watermark,
  head,
})

test('a watermark rises to the last event before the first that was not acknowledged, shard by shard', () => {
  const entries = [entry(1, 5), entry(1, 6), entry(1, 7), entry(2, 1), entry(2, 2), entry(3, 9)]

  expect([...acknowledged(entries, [true, false, true, true, true, false])]).toEqual([
    [1 as ShardId, 5],
    [2 as ShardId, 2],
  ])
})

test('who is behind by little is published whole, and who is behind by much gets the rest of a round', () => {
  const shares = sharesOf([progress(1, 0, 100_000), progress(2, 40, 43), progress(3, 0, 1)], 1_000)

  expect(shares).toEqual([
    { shard: 3 as ShardId, afterSeq: 0, max: 1 },
    { shard: 2 as ShardId, afterSeq: 40, max: 3 },
    { shard: 1 as ShardId, afterSeq: 0, max: 996 },
  ])
})

test('a round is never larger than it may be, and leaves no shard out', () => {
  const lags = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(lags, fc.integer({ min: 300, max: 2_000 }), (all, eventsMax) => {
      const shares = sharesOf(
        all.map((lag, i) => progress(i, 0, lag)),
        eventsMax,
      )
      const sum = shares.reduce((total, { max }) => total + max, 0)
      const wanted = all.reduce((total, lag) => total + lag, 0)
      expect(shares.every(({ max }) => max >= 1)).toBe(true)
      // Nothing of the round is wasted while somebody is behind.
      expect(sum).toBe(Math.min(eventsMax, wanted))
    }),
  )
})
