/** At most so many at once, the rest in the order in which they came: for requests, and for sockets that open. */
export class Limiter {
  private running = 0
  private readonly waiting: (() => void)[] = []
  private readonly atOnceMax: number

  constructor(atOnceMax: number) {
    this.atOnceMax = atOnceMax
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.atOnceMax) await new Promise<void>(resolve => this.waiting.push(resolve))
    else this.running++
    try {
      return await work()
    } finally {
      // The place is handed on rather than freed, so that a newcomer cannot slip in before those who wait.
      const next = this.waiting.shift()
      if (next === undefined) this.running--
      else next()
    }
  }

  /** Works through all items; the first failure is thrown after the others have ended. */
  async forEach<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
    const outcomes = await Promise.allSettled(items.map((item, index) => this.run(() => work(item, index))))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }
}
