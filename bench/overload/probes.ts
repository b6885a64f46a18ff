/**
 * Somebody who has nothing to do with the overload and sends one thing now and then: how it fares says whether the node is itself again.
 * What the loaders have in their own queues says nothing about that.
 */
import { Histogram } from '../../src/sim/histogram.ts'

export interface Probed {
  readonly dueAtMs: number
  /** Null: not answered yet, or refused. */
  tookMs: number | null
}

const EVERY_MS = 100
/** As a rate is sustained: see the glossary. */
const GOOD_MAX_MS = 250
/** So long everything has to be well. */
const WELL_FOR_MS = 2_000
const LOOK_MS = 50

export class Probes {
  readonly all: Probed[] = []
  readonly #send: (onSettled: (isTaken: boolean) => void) => void
  #timer: Timer | null = null

  constructor(send: (onSettled: (isTaken: boolean) => void) => void) {
    this.#send = send
  }

  start(): void {
    this.#timer = setInterval(() => {
      const probed: Probed = { dueAtMs: performance.now(), tookMs: null }
      this.all.push(probed)
      this.#send(isTaken => {
        if (isTaken) probed.tookMs = performance.now() - probed.dueAtMs
      })
    }, EVERY_MS)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /** @returns seconds until all was well, or null where it never was. */
  async untilWell(fromMs: number, maxMs: number): Promise<number | null> {
    while (performance.now() < fromMs + maxMs + WELL_FOR_MS) {
      await Bun.sleep(LOOK_MS)
      const wellMs = wellFrom(this.all, fromMs, performance.now())
      if (wellMs !== null) return (wellMs - fromMs) / 1_000
    }
    return null
  }

  latencies(fromMs: number, toMs: number): Histogram {
    const histogram = new Histogram()
    for (const { dueAtMs, tookMs } of this.all) {
      if (tookMs !== null && dueAtMs >= fromMs && dueAtMs < toMs) histogram.record(tookMs)
    }
    return histogram
  }
}

/** @returns since when each was taken in time, for long enough by now; null: not yet. */
export function wellFrom(all: readonly Probed[], fromMs: number, nowMs: number): number | null {
  let wellMs: number | null = null
  for (const { dueAtMs, tookMs } of all) {
    // Those of the last moment may still be on their way.
    if (dueAtMs < fromMs || (tookMs === null && nowMs - dueAtMs <= GOOD_MAX_MS)) continue
    if (tookMs === null || tookMs > GOOD_MAX_MS) wellMs = null
    else wellMs ??= dueAtMs
  }
  return wellMs !== null && nowMs - wellMs >= WELL_FOR_MS ? wellMs : null
}
