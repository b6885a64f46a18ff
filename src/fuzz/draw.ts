/** Draws of one request or frame. Each has a stream of its own, so that one alone can be made again. */
import { randomStream } from '../sim/random.ts'

export class Draw {
  readonly #random: () => number

  constructor(seed: number, label: string) {
    this.#random = randomStream(seed, label)
  }

  /** From 0 to below 1. */
  fraction(): number {
    return this.#random()
  }

  below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  /** @throws of nothing. */
  of<T>(list: readonly T[]): T {
    const index = this.below(list.length)
    if (index >= list.length) throw new Error('nothing to draw from')
    return list[index] as T
  }
}
