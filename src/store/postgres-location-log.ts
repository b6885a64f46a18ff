/**
 * The history of positions in Postgres: an acknowledged position is a committed one, and is read exactly once.
 *
 * A fix that is newer than its driver's newest cannot be there yet, so fresh rows are packed and go to the tail by COPY, the cheapest
 * way in; what comes of them there is told in `compact-positions.ts`. Late rows may be there already, and go by
 * `insert … on conflict do nothing`, as does a whole batch of which the tail refuses a row. A row that cannot be stored
 * is found by halving, and goes to the dead letters; its batch does not fail with it.
 *
 * Nothing here is a transaction over more than one statement, and nothing has to be: every statement may be repeated, so
 * a lost connection is reported as `StoreUnavailableError` whether or not the rows landed, and the caller sends them again.
 */
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { type Day, dayOf, historyDay } from '../actors/runtime/history-day.ts'
import type { Clock, FixOutcome, FixRow, LocationLog } from '../actors/runtime/ports.ts'
import type { CopyLane } from './copy.ts'
import { bury, type DeadLetter } from './dead-letters.ts'
import { COPY_TAIL, isPackable, packPositions } from './pack-positions.ts'
import { ensurePartitions, isMissingPartition } from './partitions.ts'
import { insertPositions, positionKey } from './position-rows.ts'
import { type Sql, storeError } from './postgres.ts'

/**
 * Rows of one statement. A row gets no cheaper beyond some thousands, but the sync of the log that ends each statement may
 * take tens of milliseconds on a disk that is busy, and must not be what bounds the rate.
 */
const STATEMENT_ROWS_MAX = 20_000

/** Of one `insert`, which looks for each row before it stores it: far below the time-out of a statement. */
const INSERT_ROWS_MAX = 2_000

export interface PostgresLocationLogOptions {
  /** For everything but COPY; may be shared. */
  readonly sql: Sql
  readonly copy: CopyLane
  readonly clock: Pick<Clock, 'nowMs'>
  readonly retentionDays: number
}

/** A row and its place in the batch. */
interface Entry {
  readonly index: number
  readonly row: FixRow
}

interface Grave extends Entry {
  readonly reason: string
}

export class PostgresLocationLog implements LocationLog {
  readonly #sql: Sql
  readonly #lane: CopyLane
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #retentionDays: number
  /** Days whose partition was there when last looked. */
  readonly #days = new Set<Day>()

  constructor(options: PostgresLocationLogOptions) {
    this.#sql = options.sql
    this.#lane = options.copy
    this.#clock = options.clock
    this.#retentionDays = options.retentionDays
  }

  async append(rows: readonly FixRow[]): Promise<FixOutcome[]> {
    if (rows.length <= STATEMENT_ROWS_MAX) return this.#appendSome(rows)
    const outcomes: FixOutcome[] = []
    for (let from = 0; from < rows.length; from += STATEMENT_ROWS_MAX) {
      outcomes.push(...(await this.#appendSome(rows.slice(from, from + STATEMENT_ROWS_MAX))))
    }
    return outcomes
  }

  async #appendSome(rows: readonly FixRow[]): Promise<FixOutcome[]> {
    const outcomes = new Array<FixOutcome>(rows.length).fill('stored')
    const { fresh, doubtful, dead } = this.#sort(rows)
    try {
      // Fresh ones first: of two rows with one key the fresh one is the one to be acknowledged as stored.
      const copied = fresh.length === 0 || (await this.#copy(fresh))
      await this.#insert(copied ? doubtful : [...entriesOf(rows, fresh), ...doubtful], outcomes, dead)
      await bury(this.#sql, 'positions', dead.map(letterOf))
    } catch (error) {
      throw storeError(error) ?? error
    }
    for (const { index } of dead) outcomes[index] = 'dead'
    return outcomes
  }

  /** Nearly always all of them are fresh: of those nothing is made. */
  #sort(rows: readonly FixRow[]): { fresh: readonly FixRow[]; doubtful: Entry[]; dead: Grave[] } {
    const nowMs = this.#clock.nowMs()
    const doubtful: Entry[] = []
    const dead: Grave[] = []
    rows.forEach((row, index) => {
      const day = historyDay(row.recordedAtMs, nowMs, this.#retentionDays)
      if (typeof day === 'string') dead.push({ index, row, reason: day })
      else if (row.late || !isPackable(row)) doubtful.push({ index, row })
    })
    if (doubtful.length === 0 && dead.length === 0) return { fresh: rows, doubtful, dead }
    const others = new Set([...doubtful, ...dead].map(({ index }) => index))
    const fresh = rows.filter((_, index) => !others.has(index))
    return { fresh, doubtful: doubtful.sort((a, b) => Number(a.row.late) - Number(b.row.late)), dead }
  }

  /** @returns false where a row was refused: then none is stored. */
  async #copy(rows: readonly FixRow[]): Promise<boolean> {
    const packed = packPositions(rows)
    try {
      await this.#lane.copyIn({ statement: COPY_TAIL, ...packed })
      return true
    } catch (error) {
      if (!isAboutRow(error)) throw error
      return false
    }
  }

  async #insert(entries: readonly Entry[], outcomes: FixOutcome[], dead: Grave[]): Promise<void> {
    if (entries.length === 0) return
    await this.#ensureDays(entries)
    const stored = new Set<string>()
    for (let from = 0; from < entries.length; from += INSERT_ROWS_MAX) {
      for (const key of await this.#insertOrSplit(entries.slice(from, from + INSERT_ROWS_MAX), dead)) stored.add(key)
    }
    for (const { index, row } of entries) {
      const isFirst = stored.delete(positionKey(row.driverId, row.recordedAtMs))
      outcomes[index] = isFirst || !row.late ? 'stored' : 'repeated'
    }
  }

  /** @returns the keys of the rows that were not there before. */
  async #insertOrSplit(entries: readonly Entry[], dead: Grave[]): Promise<Set<string>> {
    try {
      return await insertPositions(
        this.#sql,
        entries.map(entry => entry.row),
      )
    } catch (error) {
      if (isMissingPartition(error)) throw this.#partitionGone(error)
      if (!isAboutRow(error)) throw error
      const [entry] = entries
      if (entry && entries.length === 1) {
        dead.push({ ...entry, reason: error.message })
        return new Set()
      }
      const half = entries.length >> 1
      const stored = await this.#insertOrSplit(entries.slice(0, half), dead)
      for (const key of await this.#insertOrSplit(entries.slice(half), dead)) stored.add(key)
      return stored
    }
  }

  async #ensureDays(entries: readonly Entry[]): Promise<void> {
    const wanted = new Set<Day>()
    for (const { row } of entries) wanted.add(dayOf(row.recordedAtMs))
    const unknown = [...wanted].filter(day => !this.#days.has(day))
    await ensurePartitions(this.#sql, unknown)
    for (const day of unknown) this.#days.add(day)
  }

  /** Dropped between our look and our insert, as the retention moved on over midnight: the next try sees it as too old. */
  #partitionGone(cause: unknown): StoreUnavailableError {
    this.#days.clear()
    return new StoreUnavailableError('A partition of positions has been dropped meanwhile', { cause })
  }
}

/** The places of some of the rows, which are in the same order. */
function entriesOf(rows: readonly FixRow[], some: readonly FixRow[]): Entry[] {
  let next = 0
  return rows.flatMap((row, index) => {
    if (row !== some[next]) return []
    next++
    return { index, row }
  })
}

function letterOf({ row, reason }: Grave): DeadLetter {
  return { reason, payload: { ...row } }
}

/** Data exceptions, constraints, program limits: this row will not be stored the next time either. */
function isAboutRow(error: unknown): error is Error {
  const code = codeOf(error)
  return code.startsWith('22') || code.startsWith('23') || code.startsWith('54')
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
