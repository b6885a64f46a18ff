/** Hot views on a real Redis, as nodes have them. */
import { randomUUID } from 'node:crypto'
import { MemoryHotView } from '../../src/actors/runtime/memory/memory-hot-view.ts'
import { systemClock } from '../../src/cluster/system-clock.ts'
import { HOT_VIEW_LIMITS, type HotViewLimits } from '../../src/store/redis/limits.ts'
import { RedisHotView } from '../../src/store/redis/redis-hot-view.ts'
import { RedisLink } from '../../src/store/redis/redis-link.ts'
import { redisOptions } from '../../src/store/redis/redis-url.ts'
import { TieredHotView } from '../../src/store/redis/tiered-hot-view.ts'
import { until } from './until.ts'

export interface RedisNode {
  readonly own: MemoryHotView
  readonly shared: RedisHotView
  readonly tiered: TieredHotView
  readonly reads: RedisLink
  readonly writes: RedisLink
  /** How often Redis was found without this node's mark. */
  readonly emptied: () => number
  /** What Redis refused. */
  readonly refused: readonly unknown[]
  /** Until all that was put is written. */
  settle(): Promise<void>
  close(): Promise<void>
}

export const STALE_MS = 60_000

export interface RedisNodeOptions {
  readonly staleMs?: number
  readonly limits?: Partial<HotViewLimits>
}

/** @param url  of a Redis that answers. */
export async function redisNode(url: string, options: RedisNodeOptions = {}): Promise<RedisNode> {
  const { staleMs = STALE_MS } = options
  // A machine that runs tests is slow at times; that Redis is given up on in time has a test of its own.
  const limits = { ...HOT_VIEW_LIMITS, readMaxMs: 1_000, writeMaxMs: 2_000, ...options.limits }
  const clock = systemClock
  const shared = { connection: redisOptions(url), limits, clock }
  const reads = new RedisLink({ ...shared, name: 'test-reads', answerMaxMs: limits.readMaxMs })
  const writes = new RedisLink({ ...shared, name: 'test-writes', answerMaxMs: limits.writeMaxMs })
  let emptied = 0
  const refused: unknown[] = []
  const onRefused = (error: unknown) => refused.push(error)
  const own = new MemoryHotView()
  const view = new RedisHotView({
    ...{ reads, writes, clock, staleMs, limits, onRefused },
    nodeId: randomUUID(),
    onEmptied() {
      emptied++
      tiered.refillShared()
    },
  })
  const tiered = new TieredHotView({ own, shared: view, clock, staleMs, onRefused })
  await until(() => reads.isUp && writes.isUp, 'both links are up')
  await view.flush()
  return {
    ...{ own, shared: view, tiered, reads, writes },
    emptied: () => emptied,
    refused,
    settle: () => view.flush(),
    async close() {
      await view.close()
      reads.close()
      writes.close()
    },
  }
}
