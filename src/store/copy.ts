/**
 * `COPY … FROM STDIN` with an answer that can be trusted.
 *
 * What postgres.js (3.4.9) offers is a stream, and its `finish` is not an acknowledgement. Once the stream has ended the
 * driver no longer links it to the query: an error of the server (a unique violation) or a lost connection then reaches
 * nobody, the stream hangs, and its callback stays behind for the next command on that connection to set off, as if the
 * rows had been stored. So the stream is only written to here. The outcome is taken from the query itself: the driver
 * settles it a second time, at ReadyForQuery, with the command's tag and count, or rejects it with the server's error
 * or the loss of the connection. Stored means: the server has counted exactly the rows that were sent.
 *
 * The driver also pipelines: on a pool that is busy another query may be sent in the middle of a COPY, which breaks both.
 * Reserving a connection does not help (one that is lost while reserved goes back to the pool as if it were open), so
 * COPY has a connection of its own, and takes turns on it. A connection that was lost in the middle is thrown away with
 * its client, whose state nobody can be sure of, and a wait without end is ended by a deadline.
 */
import postgres from 'postgres'
import { InvariantError, StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { Sql } from './postgres.ts'

/** Batches that may wait for their turn; whoever sends more has not waited for its answers. */
const WAITING_MAX = 64
/** Above the statement time-out of a session, so that the server has the first word. */
const ANSWER_MAX_MS = 6_000

export interface CopyBatch {
  /** A complete `copy … from stdin`. */
  readonly statement: string
  /** All of the stream, in the format that the statement names. */
  readonly bytes: Uint8Array
  readonly rows: number
}

/** One connection for COPY and nothing else. */
export class CopyLane {
  readonly #open: () => Sql
  #sql: Sql
  #tail: Promise<unknown> = Promise.resolve()
  #retired: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** @param open  a client with `max: 1` that nobody else uses; called again after a connection was lost. */
  constructor(open: () => Sql) {
    this.#open = open
    this.#sql = openAlone(open)
  }

  /** Connects now rather than with the first batch. */
  async warm(): Promise<void> {
    await this.#sql`select 1`
  }

  /**
   * Stores all rows or none.
   * @throws the server's PostgresError: none are stored; or a connection error of postgres.js: all or none are.
   * @throws {StoreUnavailableError} when too many batches wait already, or there was no answer for long: all or none.
   */
  async copyIn(batch: CopyBatch): Promise<void> {
    if (this.#waiting === WAITING_MAX) throw new StoreUnavailableError('Too many batches wait for COPY')
    this.#waiting++
    const turn = this.#tail.then(() => this.#run(batch))
    const done = (): void => {
      this.#waiting--
    }
    this.#tail = turn.then(done, done)
    return turn
  }

  async #run(batch: CopyBatch): Promise<void> {
    try {
      await withDeadline(copyIn(this.#sql, batch))
    } catch (error) {
      if (!isRefusal(error)) this.#renew()
      throw error
    }
  }

  #renew(): void {
    this.#retired = Promise.allSettled([this.#retired, this.#sql.end({ timeout: 0 })])
    this.#sql = openAlone(this.#open)
  }

  /** Waits for what was sent. */
  async close(): Promise<void> {
    await this.#tail
    await this.#sql.end({ timeout: 5 })
    await this.#retired
  }
}

function openAlone(open: () => Sql): Sql {
  const sql = open()
  if (sql.options.max !== 1) throw new InvariantError('COPY needs a connection of its own: connect with max 1')
  return sql
}

/** The server has said no and is ready for the next one; after anything else the connection is not to be trusted. */
function isRefusal(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.severity === 'ERROR'
}

function withDeadline(answer: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreUnavailableError('COPY had no answer')), ANSWER_MAX_MS)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** The parts of a postgres.js query that its types leave out. */
interface OpenQuery {
  resolve(value: unknown): void
  reject(error: unknown): void
  execute(): void
}

export interface CopyStream {
  on(event: 'error', listener: (error: unknown) => void): void
  end(chunk: Uint8Array): void
  _write: Step
  _final: Step
  _destroy: Step
}

/** Its last argument is to be called with the error, if there is one. */
type Step = (...args: unknown[]) => void

function copyIn(sql: Sql, { statement, bytes, rows }: CopyBatch): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = openQuery(sql.unsafe(statement).simple())
    query.reject = reject
    query.resolve = value => {
      if (isStream(value)) {
        // The query is rejected with the same error; without a listener it would also be thrown at the process.
        value.on('error', reject)
        withoutThrows(value).end(bytes)
      } else if (countOf(value) === rows) {
        resolve()
      } else {
        reject(new InvariantError(`COPY was sent ${rows} rows and the server counted ${countOf(value)}`))
      }
    }
    query.execute()
  })
}

/**
 * The driver's steps write to its socket whether or not that is still there, and the platform takes the second and third of them by
 * itself, some time after the connection was lost: what they throw would be thrown at the process.
 */
export function withoutThrows(stream: CopyStream): CopyStream {
  for (const name of ['_write', '_final', '_destroy'] as const) {
    const step = stream[name].bind(stream)
    stream[name] = (...args) => {
      try {
        step(...args)
      } catch (cause) {
        const done = args.at(-1)
        // To destroy it has called back before it writes.
        if (name === '_destroy' || typeof done !== 'function') return
        done(new StoreUnavailableError('COPY has lost its connection', { cause }))
      }
    }
  }
  return stream
}

function openQuery(query: unknown): OpenQuery {
  const open = query as OpenQuery
  // Another version of the driver may be built otherwise: then fail here, not with a wrong acknowledgement.
  for (const name of ['resolve', 'reject', 'execute'] as const) {
    if (typeof open[name] !== 'function') throw new InvariantError(`postgres.js: a query has no ${name}()`)
  }
  return open
}

function isStream(value: unknown): value is CopyStream {
  return typeof value === 'object' && value !== null && 'end' in value && typeof value.end === 'function'
}

function countOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('command' in value) || !('count' in value)) return null
  return value.command === 'COPY' ? value.count : null
}
