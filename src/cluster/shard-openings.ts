/**
 * Shards that were granted to a worker which has not said yet that it serves them. Each opening ends once: with the last
 * of its shards, or when one of them fails, or with its worker.
 */
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { ShardId } from '../domain/ids.ts'

interface Opening {
  readonly worker: number
  readonly left: Set<ShardId>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class ShardOpenings {
  readonly #openings = new Set<Opening>()

  /** @throws {StoreUnavailableError} the worker died, or could not load one of them; retryable. */
  wait(worker: number, shards: readonly ShardId[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#openings.add({ worker, left: new Set(shards), resolve, reject })
    })
  }

  /** Of these the worker says nothing more: it serves them, or was told to drop them before it did. */
  done(shards: readonly ShardId[]): void {
    for (const opening of this.#openings) {
      for (const shard of shards) opening.left.delete(shard)
      if (opening.left.size > 0) continue
      this.#openings.delete(opening)
      opening.resolve()
    }
  }

  shardFailed(worker: number, shard: ShardId, reason: string): void {
    for (const opening of this.#openings) {
      if (opening.worker === worker && opening.left.has(shard)) this.#fail(opening, reason)
    }
  }

  workerDied(worker: number, reason: string): void {
    for (const opening of this.#openings) if (opening.worker === worker) this.#fail(opening, reason)
  }

  #fail(opening: Opening, reason: string): void {
    this.#openings.delete(opening)
    opening.reject(new StoreUnavailableError(reason))
  }
}
