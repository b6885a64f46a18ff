/**
 * Positions whose senders were told that they took too long. Some are on their way still: they are stored in the end, and what is
 * sent again is then a repeat, of which nobody is told. A driver that stands still would be nowhere. So what was given up
 * can be named for as long as it would be worth showing.
 */
import type { IntakeItem } from '../actors/runtime/ports.ts'
import type { UnixMs } from '../domain/ids.ts'

/** After that a driver is stale, as set by default. */
export const GIVEN_UP_KEPT_MS = 60_000
/** Some 10 MB. Beyond it the oldest are forgotten. */
export const GIVEN_UP_MAX = 50_000

interface GivenUp {
  readonly atMs: UnixMs
  readonly items: readonly (IntakeItem | null)[]
}

export class GivenUpFixes {
  /** The oldest first. */
  readonly #byToken = new Map<number, GivenUp>()
  #size = 0

  /** @param items  by their index; null: was settled. */
  add(token: number, items: readonly (IntakeItem | null)[], nowMs: UnixMs): void {
    this.#byToken.set(token, { atMs: nowMs, items: [...items] })
    this.#size += items.length
    for (const [oldest] of this.#byToken) {
      if (this.#size <= GIVEN_UP_MAX) break
      this.#drop(oldest)
    }
  }

  find(token: number, index: number): IntakeItem | null {
    return this.#byToken.get(token)?.items[index] ?? null
  }

  forget(nowMs: UnixMs): void {
    for (const [token, { atMs }] of this.#byToken) {
      if (nowMs - atMs < GIVEN_UP_KEPT_MS) break
      this.#drop(token)
    }
  }

  #drop(token: number): void {
    this.#size -= this.#byToken.get(token)?.items.length ?? 0
    this.#byToken.delete(token)
  }
}
