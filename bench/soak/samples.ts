/** A long run cut into pieces of the same length: what a mean over all of it would hide. */
import type { Tally } from '../../src/sim/tally.ts'
import type { Figure, Figures } from '../bench.ts'
import type { Ledger } from '../ingest/ledger.ts'
import type { MemoryWatch } from '../memory-watch.ts'
import { rounded } from '../rounded.ts'

/** The parts of a run that are counted. */
export interface Books {
  readonly ledger: Ledger
  readonly tally: Tally
}

type Sample = {
  readonly at_s: number
  readonly acked_per_s: number
  readonly ack_p50_ms: number
  readonly ack_p99_ms: number
  readonly watch_p99_ms: number
  readonly rss_mb: number | null
} & Record<string, Figure>

export class SoakSamples {
  readonly rows: Sample[] = []
  readonly #everyMs: number
  readonly #memory: MemoryWatch
  readonly #onSample: (sample: Sample) => void
  #timer: Timer | null = null
  #books: Books | null = null
  #startedMs = 0
  #sampledMs = 0
  #acked = 0

  constructor(everyMs: number, memory: MemoryWatch, onSample: (sample: Sample) => void) {
    this.#everyMs = everyMs
    this.#memory = memory
    this.#onSample = onSample
  }

  start(books: Books): void {
    this.#books = books
    this.#startedMs = performance.now()
    this.#begin(books)
    this.#timer = setInterval(() => this.#take(books), this.#everyMs)
  }

  /** The last one is taken then, if there is as much as half of it. */
  end(): void {
    if (this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
    if (this.#books && performance.now() - this.#sampledMs >= this.#everyMs / 2) this.#take(this.#books)
  }

  figures(): Figures {
    const p99s = this.rows.map(row => row.ack_p99_ms)
    const half = Math.ceil(p99s.length / 2)
    const [first, second] = [medianOf(p99s.slice(0, half)), medianOf(p99s.slice(half))]
    return {
      ack_p50_ms: rounded(medianOf(this.rows.map(row => row.ack_p50_ms))),
      ack_p99_first_half_ms: rounded(first),
      ack_p99_second_half_ms: rounded(second),
      ack_p99_second_of_first: rounded(second / Math.max(1e-3, first)),
      ack_p99_worst_ms: rounded(Math.max(0, ...p99s)),
    }
  }

  #begin({ ledger, tally }: Books): void {
    this.#sampledMs = performance.now()
    this.#acked = ledger.ackedTotal
    ledger.ack.clear()
    tally.watch.clear()
  }

  #take(books: Books): void {
    const { ledger, tally } = books
    const now = performance.now()
    const sample: Sample = {
      at_s: rounded((now - this.#startedMs) / 1_000, 1),
      acked_per_s: rounded(((ledger.ackedTotal - this.#acked) * 1_000) / (now - this.#sampledMs), 0),
      ack_p50_ms: rounded(ledger.ack.quantile(0.5)),
      ack_p99_ms: rounded(ledger.ack.quantile(0.99)),
      watch_p99_ms: rounded(tally.watch.quantile(0.99)),
      rss_mb: this.#memory.samples.at(-1)?.mb ?? null,
    }
    this.rows.push(sample)
    this.#onSample(sample)
    this.#begin(books)
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
