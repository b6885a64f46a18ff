/**
 * Positions on their way to the record, until each is settled. They are safe to repeat, since the history holds
 * (driver, recorded_at) once: those that were under way to a worker that died, or have no answer from another node, are sent
 * again; only those that the device gave no time cannot be told from new ones, and are refused then. A shard that moves
 * answers `moved`: nothing was taken in, and all are sent again. Where they take too long, senders are held back, and new ones
 * refused (`congestion.ts`).
 */

import type { FixResult } from '../actors/gateway.ts'
import type { DeliveryFigures, SentAgain } from '../actors/node-figures.ts'
import { Histogram, type HistogramFigures, LATENCY_BOUNDS_S } from '../actors/runtime/histogram.ts'
import type { Clock, IntakeItem, IntakeResult } from '../actors/runtime/ports.ts'
import type { DriverFix } from '../domain/fix.ts'
import type { ShardId, UnixMs } from '../domain/ids.ts'
import { Congestion } from './congestion.ts'
import { Delivery } from './delivery.ts'
import { GivenUpFixes } from './given-up-fixes.ts'
import type { Homes } from './homes.ts'
import { close, OpenTries } from './open-tries.ts'
import type { ShardRoutes } from './shard-routes.ts'

export interface FixLaneParts {
  readonly clock: Clock
  readonly routes: Pick<ShardRoutes, 'sendFix' | 'isServedHere'>
  readonly homes: Homes
  /** An unknown driver's first position makes its row. */
  readonly autoRegister: boolean
  /** Positions that are not settled by then are given up. */
  readonly timeoutMs: number
  /** Under way; more are refused as overload. */
  readonly fixesMax: number
}

/** The positions of one `ingest`. */
interface PendingFixes {
  readonly sinceMs: UnixMs
  readonly untilMs: UnixMs
  /** What is not settled yet. */
  readonly items: (IntakeItem | null)[]
  readonly results: FixResult[]
  /** Those that went to another node, at some time: where they are now, nobody here knows. */
  readonly wentAway: Set<number>
  /** Of each item, so many may still be answered. */
  readonly tries: number[]
  left: number
  sentAtMs: UnixMs
  /** Sent again: a repeat of our own is the first one's success. */
  resent: boolean
  readonly resolve: (results: FixResult[]) => void
}

const OVERLOADED: FixResult = { result: 'overloaded', recordedAtMs: 0 }
/** A hand-off takes some tens of milliseconds. */
const MOVED_AFTER_MS = 40
/** Without an answer from another node. A commit takes milliseconds, a take-over seconds. */
const RESEND_AFTER_MS = 1_000

export class FixLane {
  readonly #parts: FixLaneParts
  readonly #pending = new Map<number, PendingFixes>()
  readonly #congestion = new Congestion()
  readonly #givenUp = new GivenUpFixes()
  readonly #acknowledgementS = new Histogram(LATENCY_BOUNDS_S)
  readonly #delivery = new Delivery()
  readonly #open = new OpenTries()
  #lastToken = 0
  #lastFound = 0
  #found: PendingFixes | undefined
  #size = 0

  constructor(parts: FixLaneParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#size
  }

  /** What comes now is refused, so it need not be read. */
  get isRefusing(): boolean {
    return this.#congestion.isRefusing
  }

  /** Whether a sender with so many positions under way is to be kept from sending more. */
  holds(ofSender: number): boolean {
    return this.#congestion.holds(ofSender, this.#size)
  }

  /** From a position to its acknowledgement, each counted. */
  get acknowledgementS(): HistogramFigures {
    return this.#acknowledgementS.figures
  }

  get delivery(): DeliveryFigures {
    return this.#delivery.figures
  }

  ingest(fixes: readonly DriverFix[]): Promise<FixResult[]> {
    const { clock, timeoutMs, fixesMax } = this.#parts
    if (fixes.length === 0) return Promise.resolve([])
    if (this.#size + fixes.length > fixesMax || !this.#congestion.admits(fixes.length))
      return Promise.resolve(fixes.map(() => OVERLOADED))
    const token = ++this.#lastToken
    const nowMs = clock.nowMs()
    return new Promise(resolve => {
      const pending: PendingFixes = {
        untilMs: nowMs + timeoutMs,
        items: fixes.map((fix, index) => this.#itemOf(fix, token, index)),
        results: new Array<FixResult>(fixes.length).fill(OVERLOADED),
        wentAway: new Set(),
        tries: new Array<number>(fixes.length).fill(0),
        left: fixes.length,
        sinceMs: nowMs,
        sentAtMs: nowMs,
        resent: false,
        resolve,
      }
      this.#pending.set(token, pending)
      this.#size += fixes.length
      for (const item of pending.items) if (item) this.#send(pending, item)
    })
  }

  onSettled(token: number, index: number, result: IntakeResult, recordedAtMs: UnixMs): void {
    this.#answered(token, index)
    if (result === 'moved') this.#againLater(token, index, 'moved')
    else {
      if (isStored(result)) this.#congestion.stored(this.#ageOf(token))
      this.#settle(token, index, { result, recordedAtMs })
    }
  }

  /** @returns what is under way by that name, or was given up lately; null where it is settled. */
  find(token: number, index: number): IntakeItem | null {
    const pending = this.#find(token)
    return (pending ? pending.items[index] : this.#givenUp.find(token, index)) ?? null
  }

  /** Answers come for one `ingest` after the other. */
  #find(token: number): PendingFixes | undefined {
    if (token !== this.#lastFound) {
      this.#lastFound = token
      this.#found = this.#pending.get(token)
    }
    return this.#found
  }

  /** What was given up waited longer than that, and is stored all the same. */
  #ageOf(token: number): number {
    const pending = this.#find(token)
    return pending ? this.#parts.clock.nowMs() - pending.sinceMs : this.#parts.timeoutMs
  }

  /** What was sent has had no reader. */
  onNobody(token: number, index: number): void {
    this.#answered(token, index)
    this.#againLater(token, index, 'nobody')
  }

  /** What was under way to them may or may not be in the history: sent again, where a repeat shows. */
  resend(shards: ReadonlySet<ShardId>): void {
    for (const [token, pending] of this.#pending)
      this.#repeat(token, pending, 'reopened', item => shards.has(item.shard))
  }

  /** In order of their deadlines. */
  sweep(nowMs: UnixMs): void {
    this.#congestion.look(this.#size === 0, nowMs)
    this.#givenUp.forget(nowMs)
    for (const [token, pending] of this.#pending) {
      if (pending.untilMs <= nowMs) this.#giveUp(token, pending, nowMs)
      else if (nowMs - pending.sentAtMs >= RESEND_AFTER_MS) {
        pending.sentAtMs = nowMs
        const isUnheard = (item: IntakeItem) => item.fix.recordedAtMs !== null && this.#mayBeElsewhere(pending, item)
        this.#repeat(token, pending, 'silence', isUnheard)
      }
    }
  }

  /** Its sender is told to come again. It may be taken in all the same, later, and is shown then: a repeat would not be. */
  #giveUp(token: number, { items }: PendingFixes, nowMs: UnixMs): void {
    this.#givenUp.add(token, items, nowMs)
    for (const item of [...items]) if (item) this.#settle(token, item.index, OVERLOADED)
  }

  /**
   * Also where a worker of this node was asked first: it has sent it on to the driver's home. And also where its shard is served
   * here by now: the node that had it then may have gone with what was under way to it.
   */
  #mayBeElsewhere({ wentAway }: PendingFixes, { driverId, shard, index }: IntakeItem): boolean {
    const { homes, routes } = this.#parts
    return wentAway.has(index) || !routes.isServedHere(shard) || !routes.isServedHere(homes.homeOf(driverId))
  }

  #itemOf({ driverId, fix }: DriverFix, token: number, index: number): IntakeItem {
    const { homes, autoRegister } = this.#parts
    return { driverId, shard: homes.homeFor(driverId, fix), token, index, create: autoRegister, fix }
  }

  #send(pending: PendingFixes, item: IntakeItem): void {
    const { routes } = this.#parts
    const { token, index } = item
    if (!routes.isServedHere(item.shard)) pending.wentAway.add(index)
    if (routes.sendFix(item) === 'sent') {
      this.#delivery.sent()
      pending.tries[index] = (pending.tries[index] ?? 0) + 1
    } else this.#againLater(token, index, 'nobody')
  }

  #answered(token: number, index: number): void {
    const tries = this.#find(token)?.tries
    this.#delivery.answered(tries ? close(tries, index) : this.#open.answered(token, index))
  }

  #againLater(token: number, index: number, why: SentAgain): void {
    this.#parts.clock.after(MOVED_AFTER_MS, () => {
      const pending = this.#pending.get(token)
      const item = pending?.items[index]
      if (!pending || !item) return
      this.#delivery.sentAgain(why)
      const shard = this.#parts.homes.homeFor(item.driverId, item.fix)
      const next = { ...item, shard }
      pending.items[index] = next
      this.#send(pending, next)
    })
  }

  #repeat(token: number, pending: PendingFixes, why: SentAgain, which: (item: IntakeItem) => boolean): void {
    for (const item of pending.items) {
      if (!item || !which(item)) continue
      pending.resent = true
      if (item.fix.recordedAtMs === null) this.#settle(token, item.index, OVERLOADED)
      else this.#againLater(token, item.index, why)
    }
  }

  #settle(token: number, index: number, result: FixResult): void {
    const pending = this.#find(token)
    if (!pending?.items[index]) {
      this.#delivery.lateAnswer()
      return
    }
    pending.items[index] = null
    const isOurRepeat = pending.resent && result.result === 'duplicate'
    pending.results[index] = isOurRepeat ? { ...result, result: 'committed' } : result
    pending.left--
    this.#size--
    if (pending.left > 0) return
    this.#pending.delete(token)
    this.#found = undefined
    this.#open.keep(token, pending.tries)
    const stored = countTaken(pending.results)
    if (stored > 0) this.#acknowledgementS.observeMs(this.#parts.clock.nowMs() - pending.sinceMs, stored)
    pending.resolve(pending.results)
  }
}

/** What has waited for the record. A repeat among nothing but repeats, or a refusal, has not. */
function isStored(result: IntakeResult): boolean {
  return result === 'committed' || result === 'late'
}

/** What was refused was not stored, and says nothing of how soon positions are. */
function countTaken(results: readonly FixResult[]): number {
  let taken = 0
  for (const { result } of results) if (result !== 'overloaded') taken++
  return taken
}
