/**
 * `COPY … FROM STDIN` with an answer that can be trusted, on a connection of its own (`copy-connection.ts`).
 *
 * What postgres.js (3.4.9) offers is a stream whose `finish` is no acknowledgement, on a connection that it may send other queries
 * along in the middle of a COPY, which breaks both. So of postgres.js only the connection is taken. One that was lost in the middle
 * is thrown away with its client; the next batch opens another.
 */
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { type CopyBatch, CopyConnection } from './copy-connection.ts'
import type { Sql } from './postgres.ts'

/** Batches that may be under way; whoever sends more has not waited for its answers. */
const UNDER_WAY_MAX = 64

/** Batches are stored in the order in which they come. */
export class CopyLane {
  readonly #open: () => Sql
  #connection: CopyConnection | null = null
  #opening: Promise<CopyConnection> | null = null
  readonly #underWay = new Set<Promise<void>>()

  /** @param open  a client with `max: 1` that nobody else uses; called again after a connection was lost. */
  constructor(open: () => Sql) {
    this.#open = open
  }

  /** Connects now rather than with the first batch. */
  async warm(): Promise<void> {
    await this.#connected()
  }

  /**
   * Stores all rows or none. The next batch need not wait for the answer to this one.
   * @throws the server's PostgresError: none are stored; or a connection error of postgres.js: all or none are.
   * @throws {StoreUnavailableError} when too many batches are under way, or there was no answer for long: all or none.
   */
  async copyIn(batch: CopyBatch): Promise<void> {
    if (this.#underWay.size === UNDER_WAY_MAX) throw new StoreUnavailableError('Too many batches wait for COPY')
    const stored = this.#send(batch)
    this.#underWay.add(stored)
    try {
      await stored
    } finally {
      this.#underWay.delete(stored)
    }
  }

  /** Waits for what was sent. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await this.#connection?.close()
  }

  #send(batch: CopyBatch): Promise<void> {
    if (this.#connection?.isUsable) return this.#connection.copyIn(batch)
    return this.#connected().then(connection => connection.copyIn(batch))
  }

  /** Who comes while it is opened gets the same one, in the order in which they came. */
  #connected(): Promise<CopyConnection> {
    if (this.#connection?.isUsable) return Promise.resolve(this.#connection)
    this.#opening ??= CopyConnection.open(this.#open).then(
      connection => {
        this.#connection = connection
        this.#opening = null
        return connection
      },
      error => {
        this.#opening = null
        throw error
      },
    )
    return this.#opening
  }
}
