/**
 * How long shards that this node hands off are served by nobody, as it sees it: from the seal to the successor's claim at a
 * higher epoch. An operator's figure; nothing is decided by it.
 */
import type { ShardGrant } from '../../actors/runtime/host.ts'
import type { ShardId } from '../../domain/ids.ts'
import type { LeaseNote } from './types.ts'

export interface HandOffFigures {
  readonly count: number
  readonly maxMs: number
}

interface Sealed {
  readonly epoch: number
  readonly atMs: number
}

export class HandOffTimes {
  readonly #sealed = new Map<ShardId, Sealed>()
  #count = 0
  #maxMs = 0

  sealed(grants: readonly ShardGrant[], atMs: number): void {
    for (const { shard, epoch } of grants) this.#sealed.set(shard, { epoch, atMs })
  }

  /** It was taken back, or is lost: nobody is waited for any more. */
  ended(shards: readonly ShardId[]): void {
    for (const shard of shards) this.#sealed.delete(shard)
  }

  heard(members: readonly LeaseNote[], nowMs: number): void {
    for (const [shard, { epoch, atMs }] of this.#sealed) {
      if (!members.some(({ claims }) => (claims.owned.get(shard) ?? 0) > epoch)) continue
      this.#sealed.delete(shard)
      this.#count++
      this.#maxMs = Math.max(this.#maxMs, nowMs - atMs)
    }
  }

  get figures(): HandOffFigures {
    return { count: this.#count, maxMs: Math.round(this.#maxMs) }
  }
}
