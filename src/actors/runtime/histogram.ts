/** How a measure is spread: so many at or below each bound. Plain numbers, so that it crosses threads as it is. */
export interface HistogramFigures {
  readonly bounds: readonly number[]
  /** One more than bounds: the last has what is above all of them. Not cumulative. */
  readonly counts: readonly number[]
  readonly sum: number
}

/** Seconds; from what a busy machine can tell apart to where time-outs begin. */
export const LATENCY_BOUNDS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  /** @param bounds  rising; a dozen at most, since each observation walks along them. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  /** @param times  so many of the same. */
  observe(value: number, times = 1): void {
    let at = 0
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? 0)) at++
    this.#counts[at] = (this.#counts[at] ?? 0) + times
    this.#sum += value * times
  }

  /** Of a clock that may have been set back meanwhile. */
  observeMs(tookMs: number, times = 1): void {
    this.observe(Math.max(0, tookMs) / 1_000, times)
  }

  get figures(): HistogramFigures {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum }
  }
}
