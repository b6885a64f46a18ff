/**
 * Notes twice a minute what only this process knows, or nobody would know afterwards: how soon it acknowledged positions since its last note,
 * and how many drivers on duty have an order. A note that could not be made is made with the next one, so an hour in which the record
 * was away for a while has its positions in a later minute, and no driver counted for the time between.
 */
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import type { HistogramFigures } from '../../actors/runtime/histogram.ts'
import type { Cancel, Clock } from '../../actors/runtime/ports.ts'
import { countFleet, MINUTE_MS, noteSample } from '../../store/minutes.ts'
import type { Sql } from '../../store/postgres.ts'

const EVERY_MS = 30_000
/** A dashboard that is opened beside a fresh node has something to show. */
const FIRST_MS = 5_000

export interface MinuteSamplerDeps {
  readonly sql: Sql
  readonly clock: Clock
  /** Of this process; a restart is another one. */
  readonly source: string
  readonly acknowledgements: () => HistogramFigures
  readonly log: (sentence: string) => void
}

export class MinuteSampler {
  readonly #deps: MinuteSamplerDeps
  #noted: readonly number[] = []
  #cancel: Cancel | null = null
  #isStopped = false

  constructor(deps: MinuteSamplerDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#later(FIRST_MS)
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
  }

  /** @throws whatever the record says but that it is away: then the next one notes this, too. */
  async note(): Promise<void> {
    const { sql, clock, source, acknowledgements } = this.#deps
    const { counts } = acknowledgements()
    const acknowledged = counts.map((count, i) => count - (this.#noted[i] ?? 0))
    const atMs = Math.floor(clock.nowMs() / MINUTE_MS) * MINUTE_MS
    try {
      await noteSample(sql, source, { atMs, acknowledged, ...(await countFleet(sql)) })
      this.#noted = counts
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
    }
  }

  #later(delayMs: number): void {
    if (this.#isStopped) return
    this.#cancel = this.#deps.clock.after(delayMs, () => void this.#turn())
  }

  async #turn(): Promise<void> {
    await this.note().catch((error: unknown) =>
      this.#deps.log(`the figures of a minute could not be noted: ${String(error)}`),
    )
    this.#later(EVERY_MS)
  }
}
