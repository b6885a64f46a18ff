/**
 * Positions on their way into the history. Every admitted fix is appended *before* the driver's mailbox, where only the
 * latest waits, so coalescing never drops one; a fix is answered once the batch that holds it is committed.
 *
 * A batch is what came during the one before it. Where much comes the next one goes on its way while the record still works on the
 * one before, so that it finds something to do when it is done; they are settled in order all the same.
 *
 * A repeat is answered behind everything that was appended before it: "duplicate" settles the sender's frame, and that
 * must not happen before the original is safe. While the record does not answer, batches wait (bounded; beyond that new
 * fixes are refused as `overloaded`) and the live feed goes on.
 *
 * What must not be seen before the fixes so far are in the history (a driver's new home: it is loaded there with its last
 * fix) waits with `whenSettled`.
 */

import type { Fix } from '../../domain/fix.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { type Admission, admit, advance, emptyGuard, writeOver } from '../../domain/position-guard.ts'
import { StoreUnavailableError } from './errors.ts'
import { Histogram, LATENCY_BOUNDS_S } from './histogram.ts'
import type { Bus, Clock, FixOutcome, FixRow, IntakeItem, IntakeResult, LocationLog } from './ports.ts'
import type { Slot } from './slot.ts'

/** Rows per append. A batch takes what has come during the one before it: so much only where the record is slow. */
const APPEND_MAX = 20_000
/** With the record at once: one that it works on, and one for then. */
const BATCHES_MAX = 2
/** So many go beside another batch. Fewer would only make small ones of them, and each costs a sync of the log. */
const BESIDE_MIN = 2_000
/** Fixes that wait for the record, per thread: some seconds of full load. */
export const INTAKE_MAX = 200_000
const RETRY_AFTER_MS = 250

interface Entry {
  readonly gateway: string
  readonly token: number
  readonly index: number
  readonly result: IntakeResult
  readonly recordedAtMs: number
  /** Null: nothing to store, only to be answered in its turn. */
  readonly row: FixRow | null
  /** Appended before, with an answer that was lost: what the history has already may be this very fix. */
  repeated: boolean
}

/** With the record. */
interface Batch {
  readonly entries: readonly Entry[]
  readonly rows: readonly FixRow[]
  /** Null: not answered yet. */
  outcomes: readonly FixOutcome[] | null
}

interface Awaiting {
  readonly run: () => void
  /** The record does not answer. Called at each of the tries that follow. */
  readonly stalled: () => void
}

export interface IntakeStats {
  appends: number
  rows: number
  refused: number
  /** Rows that the record cannot hold: they are in its dead letters. */
  dead: number
  /** How long the record took for a batch. */
  readonly appendS: Histogram
  readonly batchRows: Histogram
}

const BATCH_BOUNDS = [1, 5, 10, 50, 100, 500, 1_000, 5_000, 20_000]

export interface IntakeParts {
  readonly clock: Clock
  readonly locations: Pick<LocationLog, 'append'>
  readonly bus: Pick<Bus, 'settleFix' | 'publishFix' | 'flush'>
  /** An error that no outcome names: a bug. */
  readonly fail: (error: unknown) => void
}

export class Intake {
  readonly #parts: IntakeParts
  #waiting: Entry[] = []
  /** In the order in which they were taken. */
  readonly #batches: Batch[] = []
  #underWay = 0
  /** Batches that wait to be appended again. */
  #retrying = 0
  /** Entries ever taken and ever settled: they are settled in the order in which they were taken. */
  #taken = 0
  #settled = 0
  readonly #awaiting: (Awaiting & { readonly taken: number })[] = []
  readonly stats: IntakeStats = {
    appends: 0,
    rows: 0,
    refused: 0,
    dead: 0,
    appendS: new Histogram(LATENCY_BOUNDS_S),
    batchRows: new Histogram(BATCH_BOUNDS),
  }

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#waiting.length + this.#underWay
  }

  get isIdle(): boolean {
    return this.size === 0
  }

  /** @returns the fix as the driver actor should see it, or null where it changes nothing there. */
  take(slot: Pick<Slot, 'guard'>, gateway: string, item: IntakeItem): FixRow | null {
    const { token, index, fix, driverId } = item
    // Before the guard sees it: what is refused here is sent again, and must not be called a repeat of itself then.
    if (this.size >= INTAKE_MAX) {
      this.refuse(gateway, item, 'overloaded')
      return null
    }
    const { clock, bus } = this.#parts
    const nowMs = clock.nowMs()
    const { kind: result, recordedAtMs, clamped } = this.#admit(slot, fix, nowMs)
    const stored = result === 'committed' || result === 'late'
    const row: FixRow | null = stored
      ? {
          driverId,
          recordedAtMs,
          receivedAtMs: nowMs,
          latitude: fix.latitude,
          longitude: fix.longitude,
          speed: fix.speed,
          heading: fix.heading,
          accuracy: fix.accuracy,
          orderId: fix.orderId,
          late: result === 'late',
          clamped,
        }
      : null
    this.#waiting.push({ gateway, token, index, result, recordedAtMs, row, repeated: false })
    this.#taken++
    if (row === null || row.late) return null
    bus.publishFix(row, gateway, item)
    return row
  }

  #admit(slot: Pick<Slot, 'guard'>, fix: Fix, nowMs: UnixMs): Pick<Admission, 'kind' | 'recordedAtMs' | 'clamped'> {
    slot.guard ??= emptyGuard()
    if (fix.recordedAtMs !== null && advance(slot.guard, fix, nowMs)) {
      return { kind: 'committed', recordedAtMs: fix.recordedAtMs, clamped: false }
    }
    const admission = admit(slot.guard, fix, nowMs)
    writeOver(slot.guard, admission.guard)
    return admission
  }

  /** Runs once everything that was taken so far is settled; at once where it is. */
  whenSettled(awaiting: Awaiting): void {
    if (this.#settled === this.#taken) awaiting.run()
    else this.#awaiting.push({ ...awaiting, taken: this.#taken })
  }

  refuse(gateway: string, item: IntakeItem, result: 'overloaded' | 'moved' | 'unknown_driver'): void {
    this.stats.refused++
    this.#parts.bus.settleFix(gateway, item.token, item.index, result, item.fix.recordedAtMs ?? 0)
  }

  flush(): void {
    while (this.#mayAppend) this.#send(this.#waiting.splice(0, APPEND_MAX))
  }

  get #mayAppend(): boolean {
    const waiting = this.#waiting.length
    if (this.#retrying > 0 || waiting === 0) return false
    return this.#batches.length === 0 || (this.#batches.length < BATCHES_MAX && waiting >= BESIDE_MIN)
  }

  #send(entries: readonly Entry[]): void {
    const rows: FixRow[] = []
    for (const { row } of entries) if (row) rows.push(row)
    const batch: Batch = { entries, rows, outcomes: rows.length === 0 ? [] : null }
    this.#batches.push(batch)
    this.#underWay += entries.length
    if (rows.length > 0) this.#append(batch)
    else this.#settleAnswered()
  }

  #append(batch: Batch): void {
    const { rows } = batch
    this.stats.appends++
    this.stats.rows += rows.length
    this.stats.batchRows.observe(rows.length)
    const sentMs = this.#parts.clock.nowMs()
    const answered = () => this.stats.appendS.observeMs(this.#parts.clock.nowMs() - sentMs)
    this.#parts.locations.append(rows).then(
      outcomes => {
        answered()
        batch.outcomes = outcomes
        this.#settleAnswered()
        this.flush()
        this.#parts.bus.flush()
      },
      error => {
        answered()
        this.#retry(batch, error)
      },
    )
  }

  /** In order: one that was answered out of its turn waits for those before it. */
  #settleAnswered(): void {
    for (let first = this.#batches[0]; first?.outcomes; first = this.#batches[0]) {
      this.#batches.shift()
      this.#settle(first.entries, first.outcomes)
    }
  }

  #settle(entries: readonly Entry[], outcomes: readonly FixOutcome[]): void {
    this.#underWay -= entries.length
    let at = 0
    for (const entry of entries) {
      const result = entry.row ? resultOf(entry, outcomes[at++]) : entry.result
      if (result === 'dead') this.stats.dead++
      this.#parts.bus.settleFix(entry.gateway, entry.token, entry.index, result, entry.recordedAtMs)
    }
    this.#settled += entries.length
    while ((this.#awaiting[0]?.taken ?? Number.POSITIVE_INFINITY) <= this.#settled) this.#awaiting.shift()?.run()
  }

  /** Appending again is safe: the history holds (driver, recorded_at) once. */
  #retry(batch: Batch, error: unknown): void {
    if (!(error instanceof StoreUnavailableError)) this.#parts.fail(error)
    for (const entry of batch.entries) entry.repeated = true
    this.#retrying++
    for (const awaiting of this.#awaiting) awaiting.stalled()
    this.#parts.clock.after(RETRY_AFTER_MS, () => {
      this.#retrying--
      this.#append(batch)
      this.#parts.bus.flush()
    })
  }
}

function resultOf(entry: Entry, outcome: FixOutcome | undefined): IntakeResult {
  switch (outcome) {
    case 'stored':
      return entry.result
    case 'repeated':
      return entry.repeated ? entry.result : 'duplicate'
    case 'dead':
    case undefined:
      return 'dead'
  }
}
