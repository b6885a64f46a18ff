/**
 * What a world has to do later: a binary heap of deadlines, run from the one tick that drives everything.
 *
 * Thousands of drivers with a timer each would make the generator compete with the node that it measures.
 */
interface Entry {
  readonly atMs: number
  readonly order: number
  run: (() => void) | null
}

export interface Appointment {
  cancel(): void
}

export class Agenda {
  private readonly heap: Entry[] = []
  private added = 0

  get size(): number {
    return this.heap.length
  }

  /** Runs at the first tick at or after `atMs`; equal times run in the order in which they were added. */
  at(atMs: number, run: () => void): Appointment {
    const entry: Entry = { atMs, order: this.added++, run }
    this.heap.push(entry)
    this.siftUp(this.heap.length - 1)
    return {
      cancel: () => {
        entry.run = null
      },
    }
  }

  /** What is added by what runs now, and is due, runs too. */
  runDue(nowMs: number): void {
    for (let first = this.heap[0]; first !== undefined && first.atMs <= nowMs; first = this.heap[0]) {
      this.removeFirst()
      first.run?.()
    }
  }

  private removeFirst(): void {
    const last = this.heap.pop()
    if (last === undefined || this.heap.length === 0) return
    this.heap[0] = last
    this.siftDown()
  }

  private siftUp(start: number): void {
    let index = start
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.swapIfLater(parent, index)) return
      index = parent
    }
  }

  private siftDown(): void {
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const right = left + 1
      if (left >= this.heap.length) return
      const child = right < this.heap.length && this.isLater(left, right) ? right : left
      if (!this.swapIfLater(index, child)) return
      index = child
    }
  }

  private isLater(a: number, b: number): boolean {
    const [x, y] = [this.heap[a], this.heap[b]]
    if (x === undefined || y === undefined) return false
    return x.atMs > y.atMs || (x.atMs === y.atMs && x.order > y.order)
  }

  private swapIfLater(parent: number, child: number): boolean {
    const [above, below] = [this.heap[parent], this.heap[child]]
    if (above === undefined || below === undefined || !this.isLater(parent, child)) return false
    this.heap[parent] = below
    this.heap[child] = above
    return true
  }
}
