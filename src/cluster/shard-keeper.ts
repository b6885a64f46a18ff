/** Decides which shards this node serves, and has the threads serve them. */
import type { ShardId } from '../domain/ids.ts'

export interface ShardKeeper {
  /** @returns once this node takes part; embedded: once every shard is served. */
  start(): Promise<void>
  /** Hands over what is served, where there is somebody to take it. */
  leave(): Promise<void>
  workerUp(worker: number): void
  workerDown(worker: number, shards: readonly ShardId[]): void
  shardLost(shard: ShardId, cause: 'fenced' | 'failed'): void
}
