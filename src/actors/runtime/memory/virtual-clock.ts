/**
 * Time that moves only when told, so that hours pass in milliseconds and the same seed gives the same run.
 *
 * Before time moves past a timer, everything that follows from the one before has happened: promise callbacks are
 * drained after each firing. Timers of the same instant fire in the order in which they were armed, or, with
 * `shuffle`, in an order drawn from that source, which finds what relies on the first.
 */
import { drainMicrotasks } from 'bun:jsc'
import type { UnixMs } from '../../../domain/ids.ts'
import { invariant } from '../errors.ts'
import { Heap } from '../heap.ts'
import type { Cancel, Clock, Random } from '../ports.ts'

/** More than this in one `runUntilIdle` is a loop that arms itself for ever. */
const FIRINGS_MAX = 10_000_000

interface Timer {
  readonly atMs: UnixMs
  /** Decides between timers of the same instant, the lower first. */
  readonly rank: number
  /** Unique: decides what is left. */
  readonly n: number
  /** Null once cancelled. */
  fire: (() => void) | null
}

function comesBefore(a: Timer, b: Timer): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs
  return a.rank !== b.rank ? a.rank < b.rank : a.n < b.n
}

export class VirtualClock implements Clock {
  #nowMs: UnixMs
  #armed = 0
  /** The next timer first. */
  readonly #heap = new Heap<Timer>(comesBefore)
  readonly #shuffle: Random | null

  constructor(options: { readonly startMs?: UnixMs; readonly shuffle?: Random } = {}) {
    this.#nowMs = options.startMs ?? 0
    this.#shuffle = options.shuffle ?? null
  }

  nowMs(): UnixMs {
    return this.#nowMs
  }

  after(delayMs: number, fire: () => void): Cancel {
    invariant(Number.isFinite(delayMs), `a timer after ${delayMs} ms`)
    const n = ++this.#armed
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, delayMs), rank: this.#shuffle?.() ?? 0, n, fire }
    this.#heap.push(timer)
    return () => {
      timer.fire = null
    }
  }

  /** When the next timer fires; null where none is armed. */
  nextAtMs(): UnixMs | null {
    return this.#peek()?.atMs ?? null
  }

  /** Fires the next timer and what follows from it. @returns false where none is armed. */
  step(): boolean {
    drainMicrotasks()
    const timer = this.#peek()
    if (!timer?.fire) return false
    this.#heap.pop()
    this.#nowMs = Math.max(this.#nowMs, timer.atMs)
    timer.fire()
    drainMicrotasks()
    return true
  }

  advance(byMs: number): void {
    this.advanceTo(this.#nowMs + byMs)
  }

  /** Fires everything up to and including that instant, newly armed timers too. */
  advanceTo(atMs: UnixMs): void {
    drainMicrotasks()
    for (let next = this.nextAtMs(); next !== null && next <= atMs; next = this.nextAtMs()) this.step()
    this.#nowMs = Math.max(this.#nowMs, atMs)
  }

  /** Fires until no timer is armed. */
  runUntilIdle(): void {
    for (let firings = 0; this.step(); firings++) {
      invariant(firings < FIRINGS_MAX, `still not idle after ${FIRINGS_MAX} timers`)
    }
  }

  /** Lets time pass until the promise settles: for tests that await what waits for a timer. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const note = () => {
      settled = true
    }
    promise.then(note, note)
    drainMicrotasks()
    while (!settled && this.step());
    invariant(settled, 'no timer is left, and the promise still waits')
    return promise
  }

  /** Drops cancelled timers from the top. */
  #peek(): Timer | undefined {
    while (this.#heap.first?.fire === null) this.#heap.pop()
    return this.#heap.first
  }
}
