/**
 * What is on its way to the node, and the last word of whoever leaves. Two questions on their way at once may arrive in either order: a
 * courier who signs out while "Go online" is being said would stay on duty, and be offered orders that nobody sees. So the last word waits for
 * what is on its way about the duty, and after it nothing is asked any more.
 */
import type { Outcome } from './core/events.ts'
import type { ErrandWhat } from './core/state.ts'

export class Desk {
  readonly #ask: (what: ErrandWhat) => Promise<Outcome>
  readonly #duties = new Set<Promise<Outcome>>()
  #isLeaving = false

  /** @param ask  rejects never: what is not answered is an outcome as well. */
  constructor(ask: (what: ErrandWhat) => Promise<Outcome>) {
    this.#ask = ask
  }

  /** @returns null where it is not asked: whoever wanted it leaves. */
  async ask(what: ErrandWhat): Promise<Outcome | null> {
    if (this.#isLeaving) return null
    const asking = this.#ask(what)
    if (what.kind !== 'duty') return await asking
    this.#duties.add(asking)
    try {
      return await asking
    } finally {
      this.#duties.delete(asking)
    }
  }

  /** @returns whether the node knows that this driver works no more. */
  async leave(): Promise<boolean> {
    this.#isLeaving = true
    await Promise.all(this.#duties)
    const outcome = await this.#ask({ kind: 'duty', status: 'offline' })
    return outcome.kind === 'done'
  }

  /** The last word was said by another tab, which knows nothing of what this one is just saying. */
  async repeatLastWord(): Promise<void> {
    if (this.#duties.size > 0) await this.leave()
  }
}
