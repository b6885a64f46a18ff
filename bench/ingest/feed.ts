/**
 * Open loop: fixes fall due by the clock, never by what the node has answered. A node or a generator that falls behind
 * shows as latency, not as a lower rate.
 */
import { Histogram } from '../../src/sim/histogram.ts'
import type { Batch, Ledger } from './ledger.ts'
import type { Sender } from './sender.ts'

export interface FeedOptions {
  readonly sender: Sender
  readonly ledger: Ledger
  readonly drivers: number
  readonly ratePerS: number
  readonly stepMs: number
  /** Whole milliseconds. */
  readonly startMs: number
  readonly warmUpMs: number
  readonly durationMs: number
}

export class Feed {
  /** How long after its time a step was sent: the generator's own part of every latency. */
  readonly lateness = new Histogram()
  readonly #options: FeedOptions
  #steps = 0
  #sent = 0
  #nextDriver = 0

  constructor(options: FeedOptions) {
    this.#options = options
  }

  get measuredFromMs(): number {
    return this.#options.startMs + this.#options.warmUpMs
  }

  get endMs(): number {
    return this.measuredFromMs + this.#options.durationMs
  }

  get isOver(): boolean {
    return this.#dueAtMs() >= this.endMs
  }

  /** Sends whatever is due. */
  tick(nowMs: number): void {
    for (let dueAtMs = this.#dueAtMs(); dueAtMs <= nowMs && dueAtMs < this.endMs; dueAtMs = this.#dueAtMs()) {
      if (dueAtMs >= this.measuredFromMs) this.lateness.record(nowMs - dueAtMs)
      this.#step(dueAtMs)
      this.#steps++
    }
  }

  #dueAtMs(): number {
    return this.#options.startMs + this.#steps * this.#options.stepMs
  }

  #step(dueAtMs: number): void {
    const { sender, drivers, ratePerS, stepMs } = this.#options
    const due = Math.floor(((this.#steps + 1) * stepMs * ratePerS) / 1_000) - this.#sent
    const lanes: number[][] = Array.from({ length: sender.lanes }, () => [])
    for (let i = 0; i < due; i++) {
      const driver = this.#nextDriver
      this.#nextDriver = (driver + 1) % drivers
      lanes[driver % sender.lanes]?.push(driver)
    }
    this.#sent += due
    lanes.forEach((lane, index) => {
      for (let from = 0; from < lane.length; from += sender.pointsMax) {
        this.#send(index, lane.slice(from, from + sender.pointsMax), dueAtMs)
      }
    })
  }

  #send(lane: number, drivers: readonly number[], dueAtMs: number): void {
    const { sender, ledger } = this.#options
    const batch: Batch = { dueAtMs, drivers, measured: dueAtMs >= this.measuredFromMs }
    ledger.sent(batch)
    sender.send(lane, batch)
  }
}
