/**
 * Whether there is any endpoint at all. Most deployments have none, and then nobody need look at the journal and the lanes, which would
 * be done for every commit. One that is made at this node is known at once, one of another node when this asks again. Nothing is lost
 * meanwhile: the first endpoint sets the watermarks itself, and what happens after that waits in the journal.
 */
import type { Clock } from '../actors/runtime/ports.ts'
import type { UnixMs } from '../domain/ids.ts'
import { LOOK_EVERY_MS } from './limits.ts'

export interface EndpointWatchParts {
  /** Of the record. @throws {StoreUnavailableError} */
  readonly ask: () => Promise<boolean>
  readonly clock: Clock
}

export class EndpointWatch {
  readonly #parts: EndpointWatchParts
  #known: { readonly any: boolean; readonly sinceMs: UnixMs } | null = null
  #asking: Promise<boolean> | null = null

  constructor(parts: EndpointWatchParts) {
    this.#parts = parts
  }

  /** @throws {StoreUnavailableError} */
  async any(): Promise<boolean> {
    const nowMs = this.#parts.clock.nowMs()
    // Also where the clock was set back.
    if (this.#known !== null && Math.abs(nowMs - this.#known.sinceMs) < LOOK_EVERY_MS) return this.#known.any
    this.#asking ??= this.#ask(nowMs)
    return await this.#asking
  }

  /** One was made here: what is being asked may have been answered before it was. */
  changed(): void {
    this.#known = null
    this.#asking = null
  }

  #ask(nowMs: UnixMs): Promise<boolean> {
    const asking: Promise<boolean> = this.#parts.ask().then(
      any => {
        if (this.#asking === asking) this.#known = { any, sinceMs: nowMs }
        this.#forget(asking)
        return any
      },
      (error: unknown) => {
        this.#forget(asking)
        throw error
      },
    )
    return asking
  }

  #forget(asking: Promise<boolean>): void {
    if (this.#asking === asking) this.#asking = null
  }
}
