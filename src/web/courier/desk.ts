/**
 * What is on its way to the node, and the last word of whoever leaves. Two questions on their way at once may arrive in either order: a
 * courier who signs out while "Go online" is being said would stay on duty, and be offered orders that nobody sees. So the last word waits for
 * what is on its way about the duty, and after it nothing is asked any more. It does not wait for long, since a page may be closed at any
 * moment: where the answer is slow it is said at once, and once more behind that answer.
 */
import type { Outcome } from './core/events.ts'
import type { ErrandWhat } from './core/state.ts'

/** The last word waits for so long for what was said before it. */
const PATIENCE_MS = 1_000
const OFFLINE: ErrandWhat = { kind: 'duty', status: 'offline' }

export class Desk {
  readonly #patienceMs: number
  readonly #ask: (what: ErrandWhat) => Promise<Outcome>
  readonly #duties = new Set<Promise<Outcome>>()
  #isLeaving = false
  #isSucceeded = false

  /** @param ask  rejects never: what is not answered is an outcome as well. */
  constructor(ask: (what: ErrandWhat) => Promise<Outcome>, patienceMs = PATIENCE_MS) {
    this.#ask = ask
    this.#patienceMs = patienceMs
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
    const before = Promise.all(this.#duties)
    const isInOrder = await Promise.race([before.then(() => true), this.#patience()])
    const outcome = await this.#ask(OFFLINE)
    if (isInOrder) return outcome.kind === 'done'
    await before
    if (this.#isSucceeded) return false
    const again = await this.#ask(OFFLINE)
    return again.kind === 'done'
  }

  /** The same courier has signed in again: what was not said yet is not so any more. */
  succeeded(): void {
    this.#isSucceeded = true
  }

  /** The last word was said by another tab, which knows nothing of what this one is just saying. */
  async repeatLastWord(): Promise<void> {
    if (this.#duties.size > 0) await this.leave()
  }

  #patience(): Promise<false> {
    return new Promise(resolve => setTimeout(() => resolve(false), this.#patienceMs))
  }
}
