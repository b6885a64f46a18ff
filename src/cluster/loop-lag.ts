/** How late a thread's timers fire: what else it does holds up everything that waits for its turn. */
import { Histogram, type HistogramFigures } from '../actors/runtime/histogram.ts'
import type { Clock } from '../actors/runtime/ports.ts'

const LOOK_EVERY_MS = 250
const BOUNDS_S = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

export class LoopLag {
  readonly #clock: Clock
  readonly #lagS = new Histogram(BOUNDS_S)
  #cancel: () => void = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
    this.#lookLater()
  }

  get figures(): HistogramFigures {
    return this.#lagS.figures
  }

  stop(): void {
    this.#cancel()
  }

  #lookLater(): void {
    const dueMs = this.#clock.nowMs() + LOOK_EVERY_MS
    this.#cancel = this.#clock.after(LOOK_EVERY_MS, () => {
      this.#lagS.observeMs(this.#clock.nowMs() - dueMs)
      this.#lookLater()
    })
  }
}
