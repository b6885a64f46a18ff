/** The hot view of a node that has a Redis: the links, the shared view and the node's own, put together. */
import { randomUUID } from 'node:crypto'
import { MemoryHotView } from '../../actors/runtime/memory/memory-hot-view.ts'
import type { Clock, HotView } from '../../actors/runtime/ports.ts'
import { HOT_VIEW_LIMITS, type HotViewLimits } from './limits.ts'
import type { RedisFigures } from './redis-figures.ts'
import { RedisHotView } from './redis-hot-view.ts'
import { RedisLink } from './redis-link.ts'
import { redisOptions } from './redis-url.ts'
import { TieredHotView } from './tiered-hot-view.ts'

export interface OpenHotViewOptions {
  readonly url: string
  readonly staleMs: number
  readonly clock: Clock
  readonly log: (sentence: string) => void
  readonly limits?: HotViewLimits
}

export interface OpenedHotView {
  readonly view: HotView
  figures(): RedisFigures
  /** Writes what waits, if Redis takes it at once. */
  close(): Promise<void>
}

/** Refusals are told this often at most: each batch may meet one. */
const REFUSAL_EVERY_MS = 60_000

/** A Redis that is away is no reason not to start. @throws {RedisUrlError} */
export function openHotView(options: OpenHotViewOptions): OpenedHotView {
  const { url, staleMs, clock, log, limits = HOT_VIEW_LIMITS } = options
  const shared = { connection: redisOptions(url), limits, clock }
  const reads = new RedisLink({ ...shared, name: 'waggle-reads', answerMaxMs: limits.readMaxMs })
  const writes = new RedisLink({
    ...shared,
    name: 'waggle-writes',
    answerMaxMs: limits.writeMaxMs,
    onChange: (isUp, why) =>
      log(
        isUp
          ? 'Redis answers: the hot view is shared'
          : `Redis does not answer (${why}): reads go to this node and its actors`,
      ),
  })
  const onRefused = sometimes(clock, error => log(`Redis refuses the hot view: ${String(error)}`))
  const own = new MemoryHotView()
  const view: RedisHotView = new RedisHotView({
    ...{ reads, writes, clock, staleMs, limits, onRefused },
    nodeId: randomUUID(),
    onEmptied: () => tiered.refillShared(),
  })
  const tiered = new TieredHotView({ own, shared: view, clock, staleMs, onRefused })
  return {
    view: tiered,
    figures: () => view.figures,
    async close() {
      await view.close()
      for (const link of [reads, writes]) link.close()
    },
  }
}

function sometimes(clock: Clock, tell: (error: unknown) => void): (error: unknown) => void {
  let toldAtMs = Number.NEGATIVE_INFINITY
  return error => {
    if (clock.nowMs() - toldAtMs < REFUSAL_EVERY_MS) return
    toldAtMs = clock.nowMs()
    tell(error)
  }
}
