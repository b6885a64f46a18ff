/** What the last rounds of a thread's areas say, for whoever watches. */
import type { CellId } from '../../domain/ids.ts'
import { NEUTRAL_PERMILLE, type SurgeRound } from '../../domain/surge/surge-round.ts'

export interface SurgeFigures {
  /** Rounds ever stored by this thread. */
  readonly rounds: number
  /** Areas with a round of late. */
  readonly areas: number
  /** Their cells above neutral. */
  readonly cells: number
  /** The highest multiplier among them, in permille; neutral where there is none. */
  readonly maxPermille: number
  /** Rounds in which many drivers left together. */
  readonly massLogOffs: number
}

interface Last {
  readonly atMs: number
  readonly cells: number
  readonly maxPermille: number
}

/** A round is for a minute: an area that has had none for so long is served elsewhere, or by nobody. */
const FORGOTTEN_AFTER_MS = 5 * 60_000

export class SurgeMeter {
  readonly #last = new Map<CellId, Last>()
  #rounds = 0
  #massLogOffs = 0

  stored({ area, atMs, cells, flags }: SurgeRound): void {
    const above = cells.filter(({ multiplierPermille }) => multiplierPermille > NEUTRAL_PERMILLE)
    const maxPermille = above.reduce((most, cell) => Math.max(most, cell.multiplierPermille), NEUTRAL_PERMILLE)
    this.#last.set(area, { atMs, cells: above.length, maxPermille })
    this.#rounds++
    if (flags.some(({ kind }) => kind === 'mass_log_off')) this.#massLogOffs++
  }

  figures(nowMs: number): SurgeFigures {
    for (const [area, { atMs }] of this.#last) if (nowMs - atMs > FORGOTTEN_AFTER_MS) this.#last.delete(area)
    let cells = 0
    let maxPermille = NEUTRAL_PERMILLE
    for (const last of this.#last.values()) {
      cells += last.cells
      maxPermille = Math.max(maxPermille, last.maxPermille)
    }
    return { rounds: this.#rounds, areas: this.#last.size, cells, maxPermille, massLogOffs: this.#massLogOffs }
  }
}
