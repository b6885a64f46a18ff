/** A binary heap: the least first, by the order given. */
export class Heap<T> {
  readonly #isBefore: (a: T, b: T) => boolean
  readonly #items: T[] = []

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore
  }

  get size(): number {
    return this.#items.length
  }

  get first(): T | undefined {
    return this.#items[0]
  }

  clear(): void {
    this.#items.length = 0
  }

  /** Drops whatever else is in it. */
  keep(isKept: (item: T) => boolean): void {
    const items = this.#items.filter(isKept)
    this.clear()
    // What was a heap stays nearly in order, so hardly anything moves.
    for (const item of items) this.push(item)
  }

  push(item: T): void {
    const items = this.#items
    let at = items.length
    while (at > 0) {
      const up = (at - 1) >> 1
      const above = items[up]
      if (above === undefined || !this.#isBefore(item, above)) break
      items[at] = above
      at = up
    }
    items[at] = item
  }

  /** Removes the first. */
  pop(): void {
    const items = this.#items
    const last = items.pop()
    if (last === undefined || items.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      let below = items[child]
      if (below === undefined) break
      const right = items[child + 1]
      if (right !== undefined && this.#isBefore(right, below)) {
        child += 1
        below = right
      }
      if (!this.#isBefore(below, last)) break
      items[at] = below
      at = child
    }
    items[at] = last
  }
}
