import { expect, test } from 'bun:test'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { ShardId } from '../domain/ids.ts'
import { ShardOpenings } from './shard-openings.ts'

const [A, B, C] = [1, 2, 3] as ShardId[] as [ShardId, ShardId, ShardId]

test('an opening ends with the last of its shards, however they come', async () => {
  const openings = new ShardOpenings()
  const ended: string[] = []
  const both = openings.wait(0, [A, B]).then(() => ended.push('both'))
  const other = openings.wait(1, [C]).then(() => ended.push('other'))

  openings.done([A, C])
  await other
  expect(ended).toEqual(['other'])

  openings.done([B])
  await both
  expect(ended).toEqual(['other', 'both'])
})

test('a shard that fails ends the opening of its worker that waits for it, and no other', async () => {
  const openings = new ShardOpenings()
  const failing = openings.wait(0, [A, B])
  const elsewhere = openings.wait(1, [A])
  const later = openings.wait(0, [C])

  openings.shardFailed(0, B, 'it cannot be loaded')
  await expect(failing).rejects.toThrow(new StoreUnavailableError('it cannot be loaded'))

  openings.done([A, C])
  await Promise.all([elsewhere, later])
})

test('with a worker end all its openings', async () => {
  const openings = new ShardOpenings()
  const lost = [openings.wait(0, [A]), openings.wait(0, [B])]
  const kept = openings.wait(1, [C])

  openings.workerDied(0, 'worker 0 ended')
  for (const opening of lost) await expect(opening).rejects.toThrow('worker 0 ended')

  openings.done([C])
  await kept
})
