/**
 * How long the orders of a killed node stand still: from the kill to the first acknowledged command that was sent after it, for
 * an order of the shards that the node had served.
 */
import { parseOrderId, type ShardId, shardOfOrder } from '../domain/ids.ts'

interface Awaited {
  readonly shards: ReadonlySet<ShardId>
  readonly killedAtMs: number
}

export class TakeOvers {
  readonly #tookMs: number[] = []
  #awaited: Awaited | null = null

  /** Those of an earlier kill that nobody has asked anything of are forgotten. */
  killed(shards: ReadonlySet<ShardId>, killedAtMs: number): void {
    this.#awaited = shards.size > 0 ? { shards, killedAtMs } : null
  }

  commandAcked(orderId: string, sentAtMs: number, atMs: number): void {
    if (this.#awaited === null || sentAtMs < this.#awaited.killedAtMs) return
    const id = parseOrderId(orderId)
    if (id === null || !this.#awaited.shards.has(shardOfOrder(id))) return
    this.#tookMs.push(atMs - this.#awaited.killedAtMs)
    this.#awaited = null
  }

  /** Sorted. */
  get tookMs(): readonly number[] {
    return [...this.#tookMs].sort((a, b) => a - b)
  }
}
