import type { Cancel, Clock } from '../../actors/runtime/ports.ts'
import type { UnixMs } from '../../domain/ids.ts'

/**
 * The clock of one simulated node, over the time of the simulation: it may be wrong, run fast or slow, be set, stand still with
 * all of its node (nothing fires; on resuming everything that was due does, in order), or end with it.
 */
export class NodeClock implements Clock {
  readonly #base: Clock
  readonly #rate: number
  #offsetMs: number
  #isPaused = false
  #isDead = false
  #missed: (() => void)[] = []

  constructor(base: Clock, { offsetMs = 0, rate = 1 }: { readonly offsetMs?: number; readonly rate?: number } = {}) {
    this.#base = base
    this.#offsetMs = offsetMs
    this.#rate = rate
  }

  nowMs(): UnixMs {
    return this.#base.nowMs() * this.#rate + this.#offsetMs
  }

  after(delayMs: number, fire: () => void): Cancel {
    let isCancelled = false
    const run = () => {
      if (isCancelled || this.#isDead) return
      if (this.#isPaused) this.#missed.push(run)
      else fire()
    }
    const cancel = this.#base.after(delayMs / this.#rate, run)
    return () => {
      isCancelled = true
      cancel()
    }
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    const missed = this.#missed
    this.#missed = []
    for (const run of missed) this.#base.after(0, run)
  }

  /** The wall clock is set, by that much. */
  set(byMs: number): void {
    this.#offsetMs += byMs
  }

  kill(): void {
    this.#isDead = true
    this.#missed = []
  }
}
