/**
 * The keeper of an embedded node: every shard is its own. Taking them in the record fences whatever a dead thread, or
 * an earlier process on the same record, still has under way.
 */
import type { Clock } from '../actors/runtime/ports.ts'
import type { ShardId } from '../domain/ids.ts'
import type { ShardKeeper } from './shard-keeper.ts'
import type { Threads } from './threads.ts'

export interface AllShardsParts {
  readonly threads: Pick<Threads<never>, 'open' | 'workerOf' | 'workers'>
  readonly shards: number
  readonly clock: Clock
  /** Raises the epochs of shards in the record. @throws {StoreUnavailableError} */
  readonly takeShards: (shards: readonly ShardId[]) => Promise<readonly number[]>
  readonly onTrouble: (sentence: string) => void
}

const RETAKE_AFTER_MS = 1_000

export class AllShards implements ShardKeeper {
  readonly #parts: AllShardsParts
  #isStarted = false
  #isStopped = false

  constructor(parts: AllShardsParts) {
    this.#parts = parts
  }

  /** @throws {StoreUnavailableError} */
  async start(): Promise<void> {
    const { workers } = this.#parts.threads
    this.#isStarted = true
    await Promise.all(Array.from({ length: workers }, (_, worker) => this.#take(this.#shardsOf(worker))))
  }

  async leave(): Promise<void> {
    this.#isStopped = true
  }

  workerUp(worker: number): void {
    if (this.#isStarted) this.#takeOrRetry(this.#shardsOf(worker))
  }

  /** Its shards are taken again once it is up. */
  workerDown(): void {}

  shardLost(shard: ShardId, cause: 'fenced' | 'failed'): void {
    // Whoever has taken it is another node on our record; to take it back would only fence that one.
    if (cause === 'failed') this.#retakeLater([shard])
  }

  #shardsOf(worker: number): ShardId[] {
    const { threads, shards } = this.#parts
    return Array.from({ length: shards }, (_, s) => s as ShardId).filter(shard => threads.workerOf(shard) === worker)
  }

  async #take(shards: readonly ShardId[]): Promise<void> {
    const epochs = await this.#parts.takeShards(shards)
    await this.#parts.threads.open(shards.map((shard, i) => ({ shard, epoch: epochs[i] ?? 0 })))
  }

  #takeOrRetry(shards: readonly ShardId[]): void {
    this.#take(shards).catch(error => {
      this.#parts.onTrouble(`${shards.length} shards could not be taken: ${String(error)}`)
      this.#retakeLater(shards)
    })
  }

  #retakeLater(shards: readonly ShardId[]): void {
    this.#parts.clock.after(RETAKE_AFTER_MS, () => {
      if (!this.#isStopped) this.#takeOrRetry(shards)
    })
  }
}
