/**
 * The clocks of a simulated cluster. One virtual clock drives everything; each node reads it askew, and stops reading it
 * while it is paused or dead.
 */
import { VirtualClock } from '../actors/runtime/memory/virtual-clock.ts'
import type { Cancel, Clock } from '../actors/runtime/ports.ts'
import type { UnixMs } from '../domain/ids.ts'

/** Of instants that are over a few are kept, rather than looking for them at each step. */
const INSTANTS_KEPT = 4_096

/** Who decides between things of one instant: a draw in [0, 1) for the nth that falls into it. */
export type InstantDraw = (atMs: UnixMs, nth: number) => number

/**
 * Counts its firings: the steps of a run. What falls into one instant is shuffled, by draws that belong to that instant alone:
 * an action that is left out of a run changes the order of what would have happened beside it, and of nothing later.
 */
export class SteppedClock extends VirtualClock {
  steps = 0
  readonly #rank: { draw: number }
  readonly #drawOf: InstantDraw
  /** How many have been armed for an instant that is still to come. */
  readonly #armed = new Map<UnixMs, number>()

  constructor(options: { readonly startMs?: UnixMs; readonly drawOf?: InstantDraw } = {}) {
    const rank = { draw: 0 }
    super({ startMs: options.startMs ?? 0, shuffle: () => rank.draw })
    this.#rank = rank
    this.#drawOf = options.drawOf ?? (() => 0)
  }

  override after(delayMs: number, fire: () => void): Cancel {
    const atMs = this.nowMs() + Math.max(0, delayMs)
    const nth = this.#armed.get(atMs) ?? 0
    if (nth === 0) this.#forgetPast()
    this.#armed.set(atMs, nth + 1)
    this.#rank.draw = this.#drawOf(atMs, nth)
    return super.after(delayMs, fire)
  }

  #forgetPast(): void {
    if (this.#armed.size < INSTANTS_KEPT) return
    for (const atMs of this.#armed.keys()) if (atMs < this.nowMs()) this.#armed.delete(atMs)
  }

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
