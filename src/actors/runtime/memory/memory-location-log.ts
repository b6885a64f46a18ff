/**
 * The history of positions in memory, with the rules of the one in Postgres: for tests, virtual time and the simulator.
 * A `MemoryHistory` is the record; several logs on it are several threads or nodes.
 */
import type { AdmittedFix } from '../../../domain/fix.ts'
import type { DriverId } from '../../../domain/ids.ts'
import { StoreUnavailableError } from '../errors.ts'
import { historyDay } from '../history-day.ts'
import type { Clock, FixOutcome, FixRow, LocationLog } from '../ports.ts'

export interface DeadFix {
  readonly reason: string
  readonly row: FixRow
}

export class MemoryHistory {
  readonly deadLetters: DeadFix[] = []
  readonly #drivers = new Map<string, Map<number, FixRow>>()
  readonly #newest = new Map<string, FixRow>()

  append(rows: readonly FixRow[], nowMs: number, retentionDays: number): FixOutcome[] {
    const outcomes = new Array<FixOutcome>(rows.length).fill('stored')
    // Fresh rows before late ones: of two with one key the fresh one is the one to be acknowledged as stored.
    const order = rows.map((row, index) => ({ row, index })).sort((a, b) => Number(a.row.late) - Number(b.row.late))
    for (const { row, index } of order) outcomes[index] = this.#add(row, nowMs, retentionDays)
    return outcomes
  }

  #add(row: FixRow, nowMs: number, retentionDays: number): FixOutcome {
    const day = historyDay(row.recordedAtMs, nowMs, retentionDays)
    const reason = typeof day === 'string' ? day : unstorable(row)
    if (reason) {
      this.deadLetters.push({ reason, row })
      return 'dead'
    }
    const fixes = this.#drivers.get(row.driverId) ?? new Map<number, FixRow>()
    this.#drivers.set(row.driverId, fixes)
    const recordedAtMs = Math.floor(row.recordedAtMs)
    if (fixes.has(recordedAtMs)) return row.late ? 'repeated' : 'stored'
    const stored = { ...row, recordedAtMs }
    fixes.set(recordedAtMs, stored)
    if (recordedAtMs > (this.#newest.get(row.driverId)?.recordedAtMs ?? Number.NEGATIVE_INFINITY)) {
      this.#newest.set(row.driverId, stored)
    }
    return 'stored'
  }

  /** Oldest first. */
  route(driverId: DriverId): FixRow[] {
    return [...(this.#drivers.get(driverId)?.values() ?? [])].sort((a, b) => a.recordedAtMs - b.recordedAtMs)
  }

  lastFix(driverId: DriverId): AdmittedFix | null {
    return this.#newest.get(driverId) ?? null
  }
}

/** What the checks of the table refuse. */
function unstorable(row: FixRow): string | null {
  if (row.driverId.length < 1 || row.driverId.length > 64 || row.driverId.includes('\0')) return 'driver_id'
  if (!within(row.latitude, -90, 90)) return 'latitude'
  if (!within(row.longitude, -180, 180)) return 'longitude'
  if (!Number.isFinite(row.receivedAtMs)) return 'received_at'
  if (row.speed !== null && !within(row.speed, 0, 1e6)) return 'speed'
  if (row.heading !== null && !within(row.heading, 0, 360)) return 'heading'
  if (row.accuracy !== null && !within(row.accuracy, 0, 1e9)) return 'accuracy'
  if (row.orderId !== null && (row.orderId.length > 128 || row.orderId.includes('\0'))) return 'order_id'
  return null
}

/** False for NaN. */
function within(value: number, low: number, high: number): boolean {
  return value >= low && value <= high
}

/** `land_then_lose_answer`: the rows are stored, and the caller is told that the store is unavailable. */
export type AppendFault = 'ok' | 'unavailable' | 'land_then_lose_answer'

export interface MemoryLocationLogOptions {
  readonly history: MemoryHistory
  readonly clock: Clock
  readonly retentionDays: number
  readonly latencyMs?: () => number
  readonly before?: (operation: 'append') => AppendFault
}

export class MemoryLocationLog implements LocationLog {
  readonly #options: MemoryLocationLogOptions

  constructor(options: MemoryLocationLogOptions) {
    this.#options = options
  }

  /** The rows land half of the latency after the call; the answer arrives after the other half. */
  async append(rows: readonly FixRow[]): Promise<FixOutcome[]> {
    const { history, clock, retentionDays, latencyMs, before } = this.#options
    const wayMs = (latencyMs?.() ?? 0) / 2
    const fault = before?.('append') ?? 'ok'
    await this.#wait(wayMs)
    const outcomes = fault === 'unavailable' ? [] : history.append(rows, clock.nowMs(), retentionDays)
    await this.#wait(wayMs)
    if (fault !== 'ok') throw new StoreUnavailableError('The history does not answer')
    return outcomes
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise(resolve => this.#options.clock.after(delayMs, resolve))
  }
}
