/**
 * Small writes that can wait, gathered and made together now and then: a map of what is to be written, the newest per name.
 * What could not be written is tried again with the next batch; beyond its bound the oldest is lost and counted.
 */
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import type { Cancel, Clock } from '../../actors/runtime/ports.ts'

export interface BatchesOptions<V> {
  readonly clock: Pick<Clock, 'after'>
  readonly everyMs: number
  readonly max: number
  /** @throws {StoreUnavailableError} written or not; it is called again with the same. */
  readonly write: (batch: ReadonlyMap<string, V>) => Promise<void>
  readonly onFailure: (error: unknown) => void
}

export class Batches<V> {
  readonly #options: BatchesOptions<V>
  #waiting = new Map<string, V>()
  #cancel: Cancel | null = null
  #writing: Promise<void> | null = null
  #isClosed = false
  lost = 0

  constructor(options: BatchesOptions<V>) {
    this.#options = options
  }

  get size(): number {
    return this.#waiting.size
  }

  put(name: string, value: V): void {
    this.#waiting.set(name, value)
    if (this.#waiting.size > this.#options.max) this.#dropOldest()
    if (!this.#isClosed) this.#cancel ??= this.#options.clock.after(this.#options.everyMs, () => void this.flush())
  }

  /** Writes what waits now, after what is being written. Never rejects: what failed waits for the next time. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing
    this.#cancel?.()
    this.#cancel = null
    if (this.#waiting.size === 0) return
    const batch = this.#waiting
    this.#waiting = new Map()
    this.#writing = this.#write(batch).finally(() => {
      this.#writing = null
    })
    await this.#writing
  }

  /** Writes what waits, once; what is not taken now is lost with the node. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.flush()
  }

  async #write(batch: ReadonlyMap<string, V>): Promise<void> {
    try {
      await this.#options.write(batch)
    } catch (error) {
      this.#options.onFailure(error)
      if (!(error instanceof StoreUnavailableError)) {
        // It would be refused again.
        this.lost += batch.size
        return
      }
      for (const [name, value] of batch) if (!this.#waiting.has(name)) this.put(name, value)
    }
  }

  #dropOldest(): void {
    for (const name of this.#waiting.keys()) {
      this.#waiting.delete(name)
      this.lost++
      return
    }
  }
}
