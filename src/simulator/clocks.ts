/**
 * The clocks of a simulated cluster. One virtual clock drives everything; each node reads it askew, and stops reading it
 * while it is paused or dead.
 */
import { VirtualClock } from '../actors/runtime/memory/virtual-clock.ts'
import type { Cancel, Clock } from '../actors/runtime/ports.ts'
import type { UnixMs } from '../domain/ids.ts'

/** Counts its firings: the steps of a run. */
export class SteppedClock extends VirtualClock {
  steps = 0

  override step(): boolean {
    this.steps++
    return super.step()
  }
}

/** What code runs on: its clock, and whether anything that arrives is noticed. */
export interface Machine extends Clock {
  /** Something has arrived. */
  run(act: () => void): void
}

/**
 * The clock of a machine: set wrong, and running fast or slow. While it is paused nothing that runs on it happens; when it
 * goes on, all that came due meanwhile happens at once. Dead, it never fires again.
 */
export class NodeClock implements Machine {
  readonly #clock: Clock
  readonly #startMs: UnixMs
  readonly #rate: number
  #offsetMs: number
  #isPaused = false
  #isDead = false
  #backlog: (() => void)[] = []

  constructor(clock: Clock, skew: { readonly offsetMs: number; readonly driftPpm: number }) {
    this.#clock = clock
    this.#startMs = clock.nowMs()
    this.#offsetMs = skew.offsetMs
    this.#rate = 1 + skew.driftPpm / 1e6
  }

  nowMs(): UnixMs {
    return Math.floor(this.#startMs + this.#offsetMs + (this.#clock.nowMs() - this.#startMs) * this.#rate)
  }

  after(delayMs: number, fire: () => void): Cancel {
    let isCancelled = false
    const cancel = this.#clock.after(delayMs / this.#rate, () =>
      this.run(() => {
        if (!isCancelled) fire()
      }),
    )
    return () => {
      isCancelled = true
      cancel()
    }
  }

  run(act: () => void): void {
    if (this.#isDead) return
    if (this.#isPaused) this.#backlog.push(act)
    else act()
  }

  /** Somebody sets it: time jumps, running timers do not. */
  setBy(offsetMs: number): void {
    this.#offsetMs += offsetMs
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    const backlog = this.#backlog
    this.#backlog = []
    for (const act of backlog) this.#clock.after(0, () => this.run(act))
  }

  kill(): void {
    this.#isDead = true
    this.#backlog = []
  }
}

/** A part of a machine that can die alone: a worker thread. */
export class ThreadClock implements Machine {
  readonly #node: Machine
  #isDead = false

  constructor(node: Machine) {
    this.#node = node
  }

  nowMs(): UnixMs {
    return this.#node.nowMs()
  }

  after(delayMs: number, fire: () => void): Cancel {
    return this.#node.after(delayMs, () => {
      if (!this.#isDead) fire()
    })
  }

  run(act: () => void): void {
    this.#node.run(() => {
      if (!this.#isDead) act()
    })
  }

  kill(): void {
    this.#isDead = true
  }
}
