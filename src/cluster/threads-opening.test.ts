import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { until } from '../../test/support/until.ts'
import type { ShardId } from '../domain/ids.ts'
import { systemClock } from './system-clock.ts'
import { Threads } from './threads.ts'

const [FIRST, SECOND] = [0, 1] as ShardId[] as [ShardId, ShardId]

test('what a worker serves that dies while another still opens is lost, and whoever deals the shards out is told', async () => {
  const lost: ShardId[] = []
  let openings = 0
  const threads = new Threads<null>({
    filename: join(import.meta.dir, 'scripted-worker.fixtures.ts'),
    workers: 2,
    settings: null,
    clock: systemClock,
    onFrame: () => openings++,
    onDown: (_, shards) => lost.push(...shards),
    onUp: () => {},
    onServed: () => {},
    onShardLost: () => {},
    onTrouble: () => {},
  })
  threads.start()
  const opening = threads.open([
    { shard: FIRST, epoch: 1 },
    { shard: SECOND, epoch: 1 },
  ])
  await until(() => openings === 1, 'the first worker serves')
  await threads.crash(0)
  await until(() => threads.restarts === 1, 'it is gone')
  await threads.drained()
  await opening
  expect(lost).toEqual([FIRST])
  expect(threads.served).toEqual([SECOND])
  await threads.stop()
}, 30_000)
