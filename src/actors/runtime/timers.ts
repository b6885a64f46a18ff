/**
 * The timers of all actors of a thread: one heap and one timer of the clock. A cleared or replaced one stays in the heap without
 * its owner until its time comes, or until there are as many of those as of others; a timer that the clock fires early is
 * simply armed again.
 *
 * An actor's own are linked from it. It has one or two: a map of its own was a tenth of what an idle driver weighs.
 */
import type { UnixMs } from '../../domain/ids.ts'
import { Heap } from './heap.ts'
import type { Cancel, Clock } from './ports.ts'

/** Whoever has timers: by itself it only keeps the first. */
export interface Timed {
  timer: Timer | null
}

export interface Timer {
  readonly name: string
  readonly atMs: UnixMs
  /** Of when it was set. */
  readonly order: number
  /** Null: cleared or replaced. */
  owner: Timed | null
  /** Another of the same owner. */
  next: Timer | null
}

/** Fewer are not worth looking through. */
const SWEPT_ABOVE_MIN = 1_024

export class Timers<T extends Timed> {
  readonly #clock: Clock
  readonly #fire: (owner: T, name: string) => void
  readonly #heap = new Heap<Timer>(isBefore)
  #order = 0
  #armedAtMs = Number.POSITIVE_INFINITY
  #cancel: Cancel | null = null
  #sweptAbove = SWEPT_ABOVE_MIN

  constructor(clock: Clock, fire: (owner: T, name: string) => void) {
    this.#clock = clock
    this.#fire = fire
  }

  /** In place of the owner's timer of that name. */
  set(owner: T, name: string, atMs: UnixMs): void {
    if (timerOf(owner, name)?.atMs === atMs) return
    clearTimer(owner, name)
    const timer: Timer = { name, atMs, order: this.#order++, owner, next: owner.timer }
    owner.timer = timer
    this.#heap.push(timer)
    this.#sweep()
    this.#arm()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#heap.clear()
  }

  get size(): number {
    return this.#heap.size
  }

  /** An order that is over in seconds has set a timer for its expiry: without this they would be there for all that time. */
  #sweep(): void {
    if (this.#heap.size <= this.#sweptAbove) return
    this.#heap.keep(({ owner }) => owner !== null)
    this.#sweptAbove = Math.max(SWEPT_ABOVE_MIN, 2 * this.#heap.size)
  }

  #arm(): void {
    const first = this.#heap.first
    if (!first || first.atMs >= this.#armedAtMs) return
    this.#cancel?.()
    this.#armedAtMs = first.atMs
    this.#cancel = this.#clock.after(Math.max(1, first.atMs - this.#clock.nowMs()), () => this.#run())
  }

  #run(): void {
    this.#armedAtMs = Number.POSITIVE_INFINITY
    this.#cancel = null
    const nowMs = this.#clock.nowMs()
    for (let first = this.#heap.first; first && first.atMs <= nowMs; first = this.#heap.first) {
      this.#heap.pop()
      const { owner, name } = first
      if (owner === null) continue
      clearTimer(owner, name)
      // Only `set` makes timers, and of owners of that type.
      this.#fire(owner as T, name)
    }
    this.#arm()
  }
}

export function clearTimer(owner: Timed, name: string): void {
  let before: Timer | null = null
  for (let timer = owner.timer; timer; timer = timer.next) {
    if (timer.name === name) {
      if (before === null) owner.timer = timer.next
      else before.next = timer.next
      timer.owner = null
      return
    }
    before = timer
  }
}

export function clearTimers(owner: Timed): void {
  for (let timer = owner.timer; timer; timer = timer.next) timer.owner = null
  owner.timer = null
}

function timerOf(owner: Timed, name: string): Timer | null {
  for (let timer = owner.timer; timer; timer = timer.next) if (timer.name === name) return timer
  return null
}

/** Same-time timers fire in the order in which they were set: the same seed gives the same trace. */
function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
