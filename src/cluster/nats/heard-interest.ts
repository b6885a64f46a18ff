/**
 * What the gateways of other nodes want to hear, as a worker knows it from their announcements. NATS would drop what nobody
 * subscribes to, but only after it was packed and sent.
 *
 * Where it is not sure it lets everything through: for a while after this worker has come up or was cut off, since who the other
 * nodes are may not be known yet, and while one of them has announced nothing (it has just come, or runs an older version). An announcement precedes, on
 * the same connections, whatever its node asks after it; so who watches an actor and then asks *it* for its state misses
 * nothing. Who reads the state anywhere else may: what such watchers hear is not held back by this (`worker-link.ts`).
 */

import { widening } from './subjects.ts'
import type { Wants } from './wants-frames.ts'

export interface HeardInterestParts {
  readonly node: string
  /** A gateway that was not heard for so long has gone without a word. */
  readonly silenceMaxMs: number
}

interface Heard {
  readonly subjects: Set<string>
  atMs: number
}

export class HeardInterest {
  readonly #parts: HeardInterestParts
  readonly #heard = new Map<string, Heard>()
  /** Null: not known. */
  #others: readonly string[] | null = null
  #isSettled = false
  #isSure = false

  constructor(parts: HeardInterestParts) {
    this.#parts = parts
  }

  /** @param nodes  the members of the cluster, as this node sees them. */
  learnMembers(nodes: readonly string[], nowMs: number): void {
    this.#others = nodes.filter(node => node !== this.#parts.node)
    this.#review(nowMs)
  }

  learn({ node, mode, subjects }: Wants, nowMs: number): void {
    if (node !== this.#parts.node) this.#take({ node, mode, subjects }, nowMs)
    this.#review(nowMs)
  }

  /** Announcements may have been missed, and members too: all is open until `settle`. */
  forget(): void {
    this.#heard.clear()
    this.#isSettled = false
    this.#isSure = false
  }

  /** Whoever was asked for its interest has had the time to tell it. */
  settle(nowMs: number): void {
    this.#isSettled = true
    this.#review(nowMs)
  }

  isWanted(subject: string): boolean {
    if (!this.#isSure) return true
    // Asked for every position: the names are made only where somebody wants anything.
    let names: readonly string[] | null = null
    for (const { subjects } of this.#heard.values()) {
      if (subjects.size === 0) continue
      names ??= widening(subject)
      if (names.some(name => subjects.has(name))) return true
    }
    return false
  }

  #take({ node, mode, subjects }: Wants, nowMs: number): void {
    if (mode === 'gone') {
      this.#heard.delete(node)
      return
    }
    if (mode === 'all') {
      this.#heard.set(node, { subjects: new Set(subjects), atMs: nowMs })
      return
    }
    // A change of what was never heard says nothing: until all of it comes, everything is let through.
    const known = this.#heard.get(node)
    if (!known) return
    known.atMs = nowMs
    for (const subject of subjects) {
      if (mode === 'more') known.subjects.add(subject)
      else known.subjects.delete(subject)
    }
  }

  /** One that lost its lease for a while still has its watchers: it counts until it is silent. */
  #review(nowMs: number): void {
    for (const [node, { atMs }] of this.#heard) {
      if (nowMs - atMs > this.#parts.silenceMaxMs) this.#heard.delete(node)
    }
    this.#isSure = this.#isSettled && (this.#others?.every(node => this.#heard.has(node)) ?? false)
  }
}
