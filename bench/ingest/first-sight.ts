/**
 * Every driver's first position, before anything is measured: the node makes a row for each, which is not what the bench
 * asks about. Closed loop, in large batches.
 */
import { nowMs } from '../../src/sim/clock.ts'
import { Limiter } from '../../src/sim/limiter.ts'
import { NoResultError } from '../bench.ts'
import type { BenchFleet } from './fleet.ts'
import { BatchPosts } from './http-senders.ts'
import type { Batch, Ledger } from './ledger.ts'
import type { Rig } from './rig.ts'

const ROWS = 500
const UNDER_WAY_MAX = 4
const TRIES_MAX = 20
const RETRY_AFTER_MS = 500

/** @throws {NoResultError} the node does not take them. */
export async function showEveryDriver(rig: Rig, fleet: BenchFleet, ledger: Ledger): Promise<void> {
  const firsts = Array.from({ length: Math.ceil(fleet.size / ROWS) }, (_, i) => i * ROWS)
  const posts = new BatchPosts({ url: rig.url, token: rig.token, connections: UNDER_WAY_MAX, fleet, ledger })
  await posts.open()
  try {
    await new Limiter(UNDER_WAY_MAX).forEach(firsts, first => {
      const drivers = Array.from({ length: Math.min(ROWS, fleet.size - first) }, (_, i) => first + i)
      return show(posts, ledger, drivers)
    })
  } finally {
    posts.close()
  }
}

async function show(posts: BatchPosts, ledger: Ledger, drivers: readonly number[]): Promise<void> {
  let unseen = drivers
  let code = ''
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const batch: Batch = { dueAtMs: Math.floor(nowMs()), drivers: unseen, measured: false }
    ledger.sent(batch)
    const { acked, refused } = await posts.post(batch)
    const seen = new Set(acked)
    unseen = unseen.filter(driver => !seen.has(driver))
    if (unseen.length === 0) return
    code = refused[0] ?? ''
    await Bun.sleep(RETRY_AFTER_MS)
  }
  throw new NoResultError(`the node does not take first positions: ${code}`)
}
