/**
 * Positions on their way into the history. Every admitted fix is appended *before* the driver's mailbox, where only the
 * latest waits, so coalescing never drops one; a fix is answered once the batch that holds it is committed.
 *
 * A repeat is answered behind everything that was appended before it: "duplicate" settles the sender's frame, and that
 * must not happen before the original is safe. While the record does not answer, batches wait (bounded; beyond that new
 * fixes are refused as `overloaded`) and the live feed goes on.
 */

import { cellAt, INDEX_RES } from '../../domain/h3.ts'
import { admit, emptyGuard } from '../../domain/position-guard.ts'
import type { Slot } from './actor.ts'
import { StoreUnavailableError } from './errors.ts'
import type { Bus, Clock, FixRow, IntakeItem, IntakeResult, LocationLog } from './ports.ts'

/** Rows per append: a batch of this size commits in a few milliseconds. */
const APPEND_MAX = 5_000
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
}

export interface IntakeStats {
  appends: number
  rows: number
  refused: number
}

export class Intake {
  readonly #clock: Clock
  readonly #log: LocationLog
  readonly #bus: Bus
  readonly #fail: (error: unknown) => void
  #waiting: Entry[] = []
  #underWay = 0
  #retrying = false
  readonly stats: IntakeStats = { appends: 0, rows: 0, refused: 0 }

  constructor(clock: Clock, log: LocationLog, bus: Bus, fail: (error: unknown) => void) {
    this.#clock = clock
    this.#log = log
    this.#bus = bus
    this.#fail = fail
  }

  get size(): number {
    return this.#waiting.length + this.#underWay
  }

  get isIdle(): boolean {
    return this.size === 0
  }

  /** @returns the fix as the driver actor should see it, or null where it changes nothing there. */
  take(slot: Slot, gateway: string, item: IntakeItem): FixRow | null {
    const { token, index, fix, driverId } = item
    if (this.size >= INTAKE_MAX) {
      this.refuse(gateway, item, 'overloaded')
      return null
    }
    const nowMs = this.#clock.nowMs()
    const admission = admit(slot.guard ?? emptyGuard(), fix, nowMs)
    slot.guard = admission.guard
    const { kind: result, recordedAtMs } = admission
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
          clamped: admission.clamped,
        }
      : null
    this.#waiting.push({ gateway, token, index, result, recordedAtMs, row })
    if (row === null || row.late) return null
    const { late: _, clamped: __, ...position } = row
    this.#bus.publishFix({ ...position, cell: cellAt(fix, INDEX_RES) })
    return row
  }

  refuse(gateway: string, item: IntakeItem, result: 'overloaded' | 'unknown_driver'): void {
    this.stats.refused++
    this.#bus.settleFix(gateway, item.token, item.index, result, item.fix.recordedAtMs ?? 0)
  }

  flush(): void {
    if (this.#underWay > 0 || this.#retrying || this.#waiting.length === 0) return
    const batch = this.#waiting.splice(0, APPEND_MAX)
    this.#underWay = batch.length
    const rows = batch.flatMap(entry => (entry.row ? [entry.row] : []))
    if (rows.length === 0) {
      this.#settle(batch, [])
      return
    }
    this.stats.appends++
    this.stats.rows += rows.length
    this.#log.append(rows).then(
      outcomes => this.#settle(batch, outcomes),
      error => this.#retry(batch, error),
    )
  }

  #settle(batch: readonly Entry[], outcomes: readonly string[]): void {
    let at = 0
    for (const entry of batch) {
      const outcome = entry.row ? outcomes[at++] : 'stored'
      const result = outcome === 'stored' ? entry.result : outcome === 'repeated' ? 'duplicate' : 'dead'
      this.#bus.settleFix(entry.gateway, entry.token, entry.index, result, entry.recordedAtMs)
    }
    this.#underWay = 0
    this.flush()
    this.#bus.flush()
  }

  /** Appending again is safe: the history holds (driver, recorded_at) once. */
  #retry(batch: readonly Entry[], error: unknown): void {
    if (!(error instanceof StoreUnavailableError)) this.#fail(error)
    this.#waiting.unshift(...batch)
    this.#underWay = 0
    this.#retrying = true
    this.#clock.after(RETRY_AFTER_MS, () => {
      this.#retrying = false
      this.flush()
    })
  }
}
