import type { UnixMs } from '../../domain/ids.ts'
import { Heap } from './heap.ts'
import type { Cancel, Clock } from './ports.ts'

interface Entry<T> {
  readonly atMs: UnixMs
  readonly order: number
  readonly owner: T
  readonly name: string
}

/**
 * The timers of all actors of a thread: one heap and one timer of the clock. Cleared and replaced timers stay in the
 * heap until their time and are dropped there by `isCurrent`; a timer that the clock fires early is simply armed again.
 */
export class Timers<T> {
  readonly #clock: Clock
  readonly #isCurrent: (owner: T, name: string, atMs: UnixMs) => boolean
  readonly #fire: (owner: T, name: string) => void
  readonly #heap = new Heap<Entry<T>>(isBefore)
  #order = 0
  #armedAtMs = Number.POSITIVE_INFINITY
  #cancel: Cancel | null = null

  constructor(
    clock: Clock,
    isCurrent: (owner: T, name: string, atMs: UnixMs) => boolean,
    fire: (owner: T, name: string) => void,
  ) {
    this.#clock = clock
    this.#isCurrent = isCurrent
    this.#fire = fire
  }

  set(owner: T, name: string, atMs: UnixMs): void {
    this.#heap.push({ atMs, order: this.#order++, owner, name })
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
      if (this.#isCurrent(first.owner, first.name, first.atMs)) this.#fire(first.owner, first.name)
    }
    this.#arm()
  }
}

/** Same-time timers fire in the order in which they were set: the same seed gives the same trace. */
function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
