/**
 * The zones as one thread knows them: read whole at its start, then by their changes, twice a second. So a change counts in
 * every thread of every node within a second or so of its commit, whoever made it; there is no message that could be lost.
 * While the record does not answer, what is known goes on.
 *
 * To file a zone takes a fraction of a millisecond, and a deployment may have tens of thousands: they are filed in small
 * pieces, between which positions go on.
 */
import { ZoneIndex } from '../../domain/zones/zone-index.ts'
import { StoreUnavailableError } from './errors.ts'
import type { Cancel, Clock, ZoneChange, ZoneLog } from './ports.ts'

export interface ZoneWatchParts {
  readonly clock: Clock
  readonly log: ZoneLog
  /** An error that no outcome names: a bug. */
  readonly fail: (error: unknown) => void
}

const EVERY_MS = 500
/** Of many zones so much at a time, and then a pause: positions keep two thirds of the thread. */
const PIECE_MAX_MS = 3
const PIECE_MAX = 20
const PAUSE_MS = 6

export class ZoneWatch {
  readonly index = new ZoneIndex()
  readonly #parts: ZoneWatchParts
  #change = 0
  #isLoaded = false
  #isStopped = false
  #cancel: Cancel | null = null
  #reading: Promise<void> | null = null

  constructor(parts: ZoneWatchParts) {
    this.#parts = parts
  }

  /** The number of the last change that is known. */
  get change(): number {
    return this.#change
  }

  /** False: it is not known yet which zones there are. */
  get isLoaded(): boolean {
    return this.#isLoaded
  }

  start(): void {
    this.#later(0)
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
  }

  /** Whatever is committed now is known once it returns. @throws {StoreUnavailableError} */
  async refresh(): Promise<void> {
    // What is being read may have been read before that commit.
    await this.#reading?.catch(() => undefined)
    await this.#read()
  }

  #later(delayMs: number): void {
    if (this.#isStopped) return
    this.#cancel = this.#parts.clock.after(delayMs, () => {
      this.#read().then(
        () => this.#later(EVERY_MS),
        error => {
          if (!(error instanceof StoreUnavailableError)) this.#parts.fail(error)
          this.#later(EVERY_MS)
        },
      )
    })
  }

  /** One at a time; who comes meanwhile gets the one that is under way. */
  #read(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  async #readAll(): Promise<void> {
    for (let isWhole = false; !isWhole && !this.#isStopped; ) {
      const page = await this.#parts.log.since(this.#change)
      await this.#take(page.changes)
      this.#change = page.upTo
      isWhole = page.isWhole
    }
    this.#isLoaded = true
  }

  async #take(changes: readonly ZoneChange[]): Promise<void> {
    const { clock } = this.#parts
    let untilMs = clock.nowMs() + PIECE_MAX_MS
    let filed = 0
    for (const { zoneId, zone } of changes) {
      if (zone) this.index.put(zone)
      else this.index.remove(zoneId)
      filed++
      if (filed < PIECE_MAX && clock.nowMs() < untilMs) continue
      await new Promise<void>(resolve => clock.after(PAUSE_MS, resolve))
      if (this.#isStopped) return
      filed = 0
      untilMs = clock.nowMs() + PIECE_MAX_MS
    }
  }
}
