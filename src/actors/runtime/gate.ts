/**
 * The output gate: turns with durable events of all actors of a thread, committed in groups, one round trip each.
 *
 * While one group is with the record the next one collects, so the group grows with the load by itself. What may happen
 * to a commit: each turn has an outcome of its own; or nothing was sent (`StoreUnavailableError`); or the answer was lost
 * (`CommitUnknownError`), and then nothing is assumed about any of them.
 */

import type { PendingTurn } from './actor.ts'
import { CommitUnknownError, StoreUnavailableError } from './errors.ts'
import type { Clock, Journal, JournalTurn, TurnOutcome } from './ports.ts'

/** Turns per round trip. */
export const COMMIT_MAX = 500
/** Between two tries while the record does not answer. */
const RETRY_AFTER_MS = 500

export type Settled = TurnOutcome | 'unknown' | 'unavailable'

interface Waiting {
  readonly pending: PendingTurn
  readonly turn: JournalTurn
}

export interface GateStats {
  commits: number
  turns: number
  unknown: number
}

export class Gate {
  readonly #clock: Clock
  readonly #journal: Journal
  readonly #settle: (pending: PendingTurn, outcome: Settled) => void
  readonly #fail: (error: unknown) => void
  #waiting: Waiting[] = []
  #busy = false
  #downUntilMs = 0
  #retryArmed = false
  readonly stats: GateStats = { commits: 0, turns: 0, unknown: 0 }

  constructor(
    clock: Clock,
    journal: Journal,
    settle: (pending: PendingTurn, outcome: Settled) => void,
    fail: (error: unknown) => void,
  ) {
    this.#clock = clock
    this.#journal = journal
    this.#settle = settle
    this.#fail = fail
  }

  submit(pending: PendingTurn, turn: JournalTurn): void {
    this.#waiting.push({ pending, turn })
  }

  get size(): number {
    return this.#waiting.length
  }

  get isIdle(): boolean {
    return !this.#busy && this.#waiting.length === 0
  }

  /** The record did not answer lately: whoever waits for an answer is refused at once instead of kept waiting. */
  get isDown(): boolean {
    return this.#clock.nowMs() < this.#downUntilMs
  }

  flush(): void {
    if (this.#busy || this.#waiting.length === 0) return
    if (this.isDown) {
      this.#refuseAskers()
      this.#retryLater()
      return
    }
    const group = this.#waiting.splice(0, COMMIT_MAX)
    this.#busy = true
    this.stats.commits++
    this.stats.turns += group.length
    this.#journal.commit(group.map(w => w.turn)).then(
      outcomes => this.#done(group, outcomes),
      error => this.#failed(group, error),
    )
  }

  #done(group: readonly Waiting[], outcomes: readonly TurnOutcome[]): void {
    this.#busy = false
    group.forEach(({ pending }, i) => {
      this.#settle(pending, outcomes[i] ?? 'unknown')
    })
    this.flush()
  }

  #failed(group: readonly Waiting[], error: unknown): void {
    this.#busy = false
    if (error instanceof StoreUnavailableError) {
      this.#waiting.unshift(...group)
      this.#downUntilMs = this.#clock.nowMs() + RETRY_AFTER_MS
      this.flush()
      return
    }
    this.stats.unknown++
    for (const { pending } of group) this.#settle(pending, 'unknown')
    if (!(error instanceof CommitUnknownError)) this.#fail(error)
    this.flush()
  }

  /** Nothing of theirs was sent, so their turns are undone and they are told; the others wait for the record. */
  #refuseAskers(): void {
    const asked = this.#waiting.filter(w => w.pending.envelope.message.replyTo)
    this.#waiting = this.#waiting.filter(w => !w.pending.envelope.message.replyTo)
    for (const { pending } of asked) this.#settle(pending, 'unavailable')
  }

  #retryLater(): void {
    if (this.#retryArmed || this.#waiting.length === 0) return
    this.#retryArmed = true
    this.#clock.after(RETRY_AFTER_MS, () => {
      this.#retryArmed = false
      this.flush()
    })
  }
}
