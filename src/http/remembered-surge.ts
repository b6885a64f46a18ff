/**
 * What price cells were said to cost a moment ago. A round holds for a minute, so a booking that comes within a second of another of its
 * cell is priced as that one was, and does not ask the thread that prices it: under load that answer comes behind everything else that the
 * thread has to do.
 *
 * A quote always asks, because to ask is what counts as demand. An order counts by itself, as soon as it begins to wait for a driver;
 * one that is turned away is counted by whoever turns it away.
 *
 * When a round ends a booking may still be charged that round, for a second: as if its answer had been under way so long. It names the
 * round, so its fare can be computed again.
 */
import type { Clock } from '../actors/runtime/ports.ts'
import type { CellId, UnixMs } from '../domain/ids.ts'

export interface StoredSurge {
  readonly stored: number
  readonly round: number
}

const FRESH_MS = 1_000
/** Price cells of some metropolises. Beyond it all are forgotten, and asked for again. */
const CELLS_MAX = 10_000

export class RememberedSurge {
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #cells = new Map<CellId, StoredSurge & { readonly atMs: UnixMs }>()

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock
  }

  /** @returns null where nothing was said of the cell lately. */
  of(cell: CellId): StoredSurge | null {
    const known = this.#cells.get(cell)
    // Also where the clock was set back.
    return known !== undefined && Math.abs(this.#clock.nowMs() - known.atMs) < FRESH_MS ? known : null
  }

  learn(cell: CellId, { stored, round }: StoredSurge): void {
    if (this.#cells.size >= CELLS_MAX && !this.#cells.has(cell)) this.#cells.clear()
    this.#cells.set(cell, { stored, round, atMs: this.#clock.nowMs() })
  }
}
