/**
 * The output gate: turns with durable events of all actors of a thread, committed in groups, one round trip each.
 *
 * While one group is with the record the next one collects, so the group grows with the load by itself. Under load two commits also
 * begin some milliseconds apart: each costs the record nearly a millisecond of CPU whatever is in it, and the sooner it answers the
 * smaller are the groups that it is given. Where there is little to do nobody waits for company.
 *
 * But for turns that nobody waits for (`isUnhurried`: a driver crosses a fence): while there is nothing else, they collect for a tenth of a
 * second. Whatever makes somebody wait behind one of them must say so (`hasten`): what comes into the mailbox of its actor, which takes no turn
 * before this one is answered, and whoever gives a shard away. The next turn that somebody waits for takes them along anyway.
 *
 * What may happen to a commit: each turn has an outcome of its own; or nothing was sent (`StoreUnavailableError`); or the
 * answer was lost (`CommitUnknownError`), and then nothing is assumed about any of them.
 */
import { CommitUnknownError, StoreUnavailableError } from './errors.ts'
import { Histogram, LATENCY_BOUNDS_S } from './histogram.ts'
import type { Cancel, Clock, Journal, JournalTurn, TurnOutcome } from './ports.ts'
import type { PendingTurn } from './slot.ts'
import { COMMIT_TURNS_MAX, UnstorableTurnError } from './turn-check.ts'

/** From the beginning of a commit under load to that of the next. */
const COMMIT_EVERY_MS = 5
/** A group of so many says that there is load. */
const BUSY_TURNS = 4
/** After a group of so many, which will be twice as many then: half as many commits, and each of their clients waits 2.5 ms more. */
const LARGE_TURNS = 16
const COMMIT_LARGE_EVERY_MS = 10
/** So many share the cost of a commit well enough: they wait for nobody else. */
const GROUP_TURNS = 64
/**
 * Turns that nobody waits for collect for so long. A group of ten costs a seventh of ten groups; and a crash takes from the
 * record what happened within that time, which the next position then shows again.
 */
export const COMPANY_MS = 100
/** Between two tries while the record does not answer. */
const RETRY_AFTER_MS = 500

/** `unavailable`: nothing of the turn is stored, and nothing will be. */
export type Settled = TurnOutcome | 'unknown' | 'unavailable'

interface Waiting {
  readonly pending: PendingTurn
  readonly turn: JournalTurn
  readonly sinceMs: number
}

export interface GateParts {
  readonly clock: Clock
  readonly journal: Journal
  readonly settle: (pending: PendingTurn, outcome: Settled) => void
  /** The turn stays until the record answers again. Called for each turn once. */
  readonly stalled: (pending: PendingTurn) => void
  /** A group is settled: what follows from it may go out. */
  readonly settled: () => void
  /** A turn that is in the record now. For counting; what follows from it is the business of `settle`. */
  readonly committed?: (turn: JournalTurn) => void
  /** An error that no outcome names: a bug. */
  readonly fail: (error: unknown) => void
}

export interface GateStats {
  commits: number
  turns: number
  unknown: number
  /** How long turns that somebody waits for did, from when they were decided to their outcome. */
  readonly waitS: Histogram
  /** How long the record took for a group. */
  readonly commitS: Histogram
  readonly groupTurns: Histogram
  readonly outcomes: Record<Settled, number>
}

const GROUP_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500]

function noStats(): GateStats {
  return {
    commits: 0,
    turns: 0,
    unknown: 0,
    waitS: new Histogram(LATENCY_BOUNDS_S),
    commitS: new Histogram(LATENCY_BOUNDS_S),
    groupTurns: new Histogram(GROUP_BOUNDS),
    outcomes: { committed: 0, conflict: 0, fenced: 0, claim_refused: 0, key_taken: 0, unknown: 0, unavailable: 0 },
  }
}

export class Gate {
  readonly #parts: GateParts
  #waiting: Waiting[] = []
  /** So many of those that wait have been looked at since the record went down: nobody asked for them. */
  #stalled = 0
  #busy = false
  /** Turns ever submitted and ever answered for. */
  #submitted = 0
  #answered = 0
  readonly #awaiting: { readonly submitted: number; readonly run: () => void }[] = []
  #downUntilMs = 0
  #retryArmed = false
  #sentMs = Number.NEGATIVE_INFINITY
  /** Of the last group, without those that nobody waits for: they say nothing of the load. */
  #sentTurns = 0
  /** Somebody waits for what waits here. */
  #isHurried = false
  #armed: { readonly dueMs: number; readonly cancel: Cancel } | null = null
  readonly stats = noStats()

  constructor(parts: GateParts) {
    this.#parts = parts
  }

  submit(pending: PendingTurn, turn: JournalTurn): void {
    this.#submitted++
    if (!pending.isUnhurried) this.#isHurried = true
    this.#waiting.push({ pending, turn, sinceMs: this.#parts.clock.nowMs() })
  }

  /**
   * What waits here goes with the next `flush`, as far as the pace allows.
   * @returns whether it would have waited for company otherwise.
   */
  hasten(): boolean {
    if (this.#isHurried || this.#waiting.length === 0) return false
    this.#isHurried = true
    return true
  }

  /** Runs once as many turns are answered for as were submitted so far: those, unless the record is down. Call `flush` after it. */
  whenSettled(run: () => void): void {
    if (this.#answered === this.#submitted) {
      run()
      return
    }
    this.#awaiting.push({ submitted: this.#submitted, run })
    this.hasten()
  }

  get size(): number {
    return this.#waiting.length
  }

  get isIdle(): boolean {
    return !this.#busy && this.#waiting.length === 0
  }

  flush(): void {
    if (this.#busy || this.#waiting.length === 0) return
    const nowMs = this.#parts.clock.nowMs()
    if (this.#isDown(nowMs)) {
      this.#refuseAskers()
      this.#retryLater()
      return
    }
    const dueMs = this.#dueMs(nowMs)
    if (dueMs <= nowMs) this.#send()
    else this.#flushAt(dueMs, nowMs)
  }

  #isDown(nowMs: number): boolean {
    // Before it: the clock was set back, and the record is not taken for down until the clock is there once more.
    const sinceMs = this.#downUntilMs - RETRY_AFTER_MS
    return sinceMs <= nowMs && nowMs < this.#downUntilMs
  }

  /** Until when those who wait should go on collecting. */
  #dueMs(nowMs: number): number {
    if (this.#waiting.length >= GROUP_TURNS) return nowMs
    const paceMs = paceAfter(this.#sentTurns)
    const [fromMs, waitMs] = this.#isHurried ? [this.#sentMs, paceMs] : [this.#waiting[0]?.sinceMs ?? nowMs, COMPANY_MS]
    // Before it: the clock was set back, and nobody is held up by that.
    return nowMs < fromMs ? nowMs : fromMs + waitMs
  }

  #send(): void {
    const group = this.#waiting.splice(0, COMMIT_TURNS_MAX)
    this.#isHurried = this.#waiting.length > 0
    this.#stalled = 0
    this.#busy = true
    this.stats.commits++
    this.stats.turns += group.length
    this.stats.groupTurns.observe(group.length)
    const sentMs = this.#parts.clock.nowMs()
    this.#sentMs = sentMs
    this.#sentTurns = group.reduce((count, { pending }) => (pending.isUnhurried ? count : count + 1), 0)
    const answered = () => this.stats.commitS.observeMs(this.#parts.clock.nowMs() - sentMs)
    this.#parts.journal.commit(group.map(w => w.turn)).then(
      outcomes => {
        answered()
        this.#done(group, outcomes)
      },
      error => {
        answered()
        this.#failed(group, error)
      },
    )
  }

  #done(group: readonly Waiting[], outcomes: readonly (TurnOutcome | null)[]): void {
    this.#busy = false
    group.forEach((waiting, i) => {
      // Null: the record cannot store this turn, and never will; the others are not held up by it.
      const outcome = outcomes[i]
      this.#answer(waiting, outcome === null ? 'unavailable' : (outcome ?? 'unknown'))
    })
    this.#parts.settled()
    this.flush()
  }

  #answer({ pending, turn, sinceMs }: Waiting, outcome: Settled): void {
    this.#answered++
    this.stats.outcomes[outcome]++
    if (!pending.isUnhurried) this.stats.waitS.observeMs(this.#parts.clock.nowMs() - sinceMs)
    if (outcome === 'committed') this.#parts.committed?.(turn)
    this.#parts.settle(pending, outcome)
    while ((this.#awaiting[0]?.submitted ?? Number.POSITIVE_INFINITY) <= this.#answered) this.#awaiting.shift()?.run()
  }

  #failed(group: readonly Waiting[], error: unknown): void {
    if (error instanceof UnstorableTurnError && error.outcomes.length === group.length) {
      this.#parts.fail(error)
      this.#done(group, error.outcomes)
      return
    }
    if (error instanceof StoreUnavailableError) {
      this.#busy = false
      this.#waiting.unshift(...group)
      this.#isHurried = true
      this.#downUntilMs = this.#parts.clock.nowMs() + RETRY_AFTER_MS
      this.flush()
      this.#parts.settled()
      return
    }
    this.stats.unknown++
    if (!(error instanceof CommitUnknownError)) this.#parts.fail(error)
    this.#done(group, [])
  }

  /** While the record is down an asker is refused at once: its turn, of which nothing was sent, is undone. */
  #refuseAskers(): void {
    const fresh = this.#waiting.splice(this.#stalled)
    for (const waiting of fresh) {
      if (waiting.pending.envelope.message.replyTo) this.#answer(waiting, 'unavailable')
      else {
        this.#waiting.push(waiting)
        this.#parts.stalled(waiting.pending)
      }
    }
    this.#stalled = this.#waiting.length
  }

  #flushAt(dueMs: number, nowMs: number): void {
    if (this.#armed !== null && this.#armed.dueMs <= dueMs) return
    this.#armed?.cancel()
    const fire = () => {
      this.#armed = null
      this.flush()
    }
    this.#armed = { dueMs, cancel: this.#parts.clock.after(dueMs - nowMs, fire) }
  }

  #retryLater(): void {
    if (this.#retryArmed || this.#waiting.length === 0) return
    this.#retryArmed = true
    this.#parts.clock.after(RETRY_AFTER_MS, () => {
      this.#retryArmed = false
      this.flush()
    })
  }
}

/** From the beginning of a commit to that of the next. */
function paceAfter(turns: number): number {
  if (turns < BUSY_TURNS) return 0
  return turns < LARGE_TURNS ? COMMIT_EVERY_MS : COMMIT_LARGE_EVERY_MS
}
