/**
 * What stands around every question to the record ([ADR 34](../../docs/adr/0034-calls-to-others.md)): a deadline, a bound on how many
 * wait, and a circuit.
 *
 * postgres.js keeps what it cannot send in a queue without end and without a deadline. While a server stands still its connections
 * are ended (`silence-watch.ts`) and opened again, each try takes one question of that queue with it, and the others wait for their
 * turn. So whoever asks is answered here, by the clock: what was not sent in time is given up, and once the record is known to be
 * silent nothing is asked of it but one probe at a time, until that is answered.
 *
 * Given up is not taken back: the driver may still send the question later. So it counts as *lost* (it may have been carried out),
 * and as waiting until the driver has settled it. A question that the guard itself refuses was never sent.
 */
import postgres from 'postgres'
import { isUnserved } from './session-start.ts'

type AnySql = postgres.Sql<{ bigint: number | string }>

/** How errors of the guard are told from others; see `failureOf`. */
export const GUARD_CODES = { silent: 'RECORD_SILENT', busy: 'RECORD_BUSY', late: 'RECORD_LATE' } as const

/** The first connection that is tried may be refused, and the next one have words to hand over. */
const SENT_AGAIN_MAX = 2

class GuardError extends Error {
  override readonly name = 'RecordGuardError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export interface GuardLimits {
  /** From asking to the answer, the wait for a connection included. Above the server's time-outs, so that it has the first word. */
  readonly answerMaxMs: number
  /** Questions that are asked and not answered. */
  readonly waitingMax: number
}

/** A server that is back is found within this, and costs so few attempts while it is not. */
const PROBE_EVERY_MS = 500
/** Answers that are younger than this show that the record is alive, and one that is late only that it has much to do. */
const ALIVE_MS = 1_000

/** The parts of a postgres.js query that its types leave out. */
interface OpenQuery {
  /** Null until it is sent. */
  readonly state: unknown
  handler(query: OpenQuery): unknown
  resolve(value: unknown): void
  reject(error: unknown): void
}

export class RecordGuard {
  readonly #limits: GuardLimits
  #probe: (() => PromiseLike<unknown>) | null = null
  #isOpen = false
  #mayConnect = false
  #waiting = 0
  #heardAtMs = Number.NEGATIVE_INFINITY

  constructor(limits: GuardLimits) {
    this.#limits = limits
  }

  /** The record is known to be silent: nothing is asked of it but the probe. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  get waiting(): number {
    return this.#waiting
  }

  /** @returns the same client, every question of which goes through here. */
  over(sql: AnySql): AnySql {
    this.#probe = () => sql`select 1`
    const { unsafe, begin } = sql
    const guardedUnsafe = (...args: Parameters<typeof unsafe>) => this.#overQuery(unsafe(...args))
    const guardedBegin = (...args: unknown[]) =>
      this.#transaction(begin as (...args: unknown[]) => Promise<unknown>, args)
    return new Proxy(sql, {
      apply: (target, self, args) => this.#overQuery(Reflect.apply(target, self, args)),
      get: (target, name) => {
        if (name === 'unsafe') return guardedUnsafe
        if (name === 'begin') return guardedBegin
        return Reflect.get(target, name)
      },
    })
  }

  /** A connection was ended, or could not be had: nobody answered on it. */
  silent(): void {
    if (this.#isOpen || this.#isAlive) return
    this.#isOpen = true
    this.#ask()
  }

  /**
   * While the record is silent a connection is opened for the probe alone, or for whoever of those that wait in the driver comes first: the
   * answer to that one tells as much.
   *
   * @throws to be told to whoever it would be opened for.
   */
  admitConnection(): void {
    if (this.#isOpen && !this.#mayConnect) throw silence()
    this.#mayConnect = false
  }

  get #isAlive(): boolean {
    return performance.now() - this.#heardAtMs < ALIVE_MS
  }

  #heard(): void {
    this.#heardAtMs = performance.now()
    this.#isOpen = false
  }

  #ask(): void {
    if (!this.#isOpen || this.#probe === null) return
    this.#mayConnect = true
    this.#probe().then(
      () => this.#heard(),
      (error: unknown) => {
        this.#judge(error)
        // The client has been ended: nobody asks any more.
        if (codeOf(error) !== 'CONNECTION_ENDED') setTimeout(() => this.#ask(), PROBE_EVERY_MS).unref()
      },
    )
  }

  #refusal(): GuardError | null {
    if (this.#isOpen) return silence()
    if (this.#waiting < this.#limits.waitingMax) return null
    return new GuardError(GUARD_CODES.busy, `${this.#waiting} questions wait for it already`)
  }

  #late(code: string): GuardError {
    this.silent()
    return new GuardError(code, `no answer within ${this.#limits.answerMaxMs} ms`)
  }

  /** Names and fragments are made by the same function as queries; they ask nothing. */
  #overQuery<T>(made: T): T {
    const query = made as Partial<OpenQuery>
    const send = query.handler
    if (typeof send === 'function') query.handler = asked => this.#enter(asked, send)
    return made
  }

  #enter(query: OpenQuery, send: OpenQuery['handler']): unknown {
    const refusal = this.#refusal()
    if (refusal !== null) return query.reject(refusal)
    const { resolve, reject } = query
    let triesLeft = SENT_AGAIN_MAX
    const settled = this.#wait(this.#limits.answerMaxMs, () => {
      triesLeft = 0
      reject(this.#late(GUARD_CODES.late))
    })
    query.resolve = value => {
      settled()
      this.#heard()
      resolve(value)
    }
    query.reject = error => {
      this.#judge(error)
      // In the next moment the connection that had kept those words is ready, or another is opened.
      if (this.#isOfAnother(error, query.state !== null) && triesLeft-- > 0) return queueMicrotask(() => send(query))
      settled()
      reject(error)
    }
    return send(query)
  }

  /**
   * A transaction that has not begun in time is given up before anything of it was sent. One that has begun is bounded by the
   * time-outs of its statements and by the silence of its connection.
   */
  #transaction(begin: (...args: unknown[]) => Promise<unknown>, args: readonly unknown[]): Promise<unknown> {
    const refusal = this.#refusal()
    if (refusal !== null) return Promise.reject(refusal)
    const outcome = Promise.withResolvers<unknown>()
    let givenUp: GuardError | null = null
    const settled = this.#wait(this.#limits.answerMaxMs, () => {
      if (hasBegun) return
      givenUp = this.#late(GUARD_CODES.silent)
      outcome.reject(givenUp)
    })
    let hasBegun = false
    const work = args.at(-1) as (tx: unknown) => unknown
    const begun = (tx: unknown): unknown => {
      hasBegun = true
      if (givenUp !== null) throw givenUp
      return this.#worked(work, tx)
    }
    let triesLeft = SENT_AGAIN_MAX
    const start = (): Promise<unknown> =>
      begin(...args.slice(0, -1), begun).catch((error: unknown) => {
        this.#judge(error)
        const mayBeStarted = givenUp === null && this.#isOfAnother(error, hasBegun) && triesLeft-- > 0
        return mayBeStarted ? start() : Promise.reject(error)
      })
    start().then(
      value => {
        settled()
        this.#heard()
        outcome.resolve(value)
      },
      (error: unknown) => {
        settled()
        outcome.reject(error)
      },
    )
    return outcome.promise
  }

  /**
   * The driver answers a failure in a transaction with a rollback. Over a connection that was lost that would be written to a socket
   * that is not there, from a timer, and take the process down; the transaction is over without it, and the driver says so by itself.
   */
  async #worked(work: (tx: unknown) => unknown, tx: unknown): Promise<unknown> {
    try {
      const made = work(tx)
      // As the driver takes it: several questions may be given back without having been asked.
      return await (Array.isArray(made) ? Promise.all(made) : made)
    } catch (error) {
      return isLostConnection(error) ? new Promise<never>(() => {}) : Promise.reject(error)
    }
  }

  /**
   * An answer to what was not asked. What the server has said to a question that was under way when its session ended, the driver hands
   * to the first one after it has connected anew, which was not sent; or the server does not take the connection, as one that is started anew may do for a
   * moment.
   */
  #isOfAnother(error: unknown, wasSent: boolean): boolean {
    return !wasSent && (isAnswer(error) || isUnserved(error)) && !this.#isOpen
  }

  /** @returns to be called, as often as one likes, when the driver is done with it. */
  #wait(maxMs: number, onLate: () => void): () => void {
    this.#waiting++
    const timer = setTimeout(onLate, maxMs)
    let isDone = false
    return () => {
      if (isDone) return
      isDone = true
      this.#waiting--
      clearTimeout(timer)
    }
  }

  #judge(error: unknown): void {
    if (isUnserved(error) || codeOf(error) === 'CONNECT_TIMEOUT') this.silent()
    else if (isAnswer(error)) this.#heard()
  }
}

function silence(): GuardError {
  return new GuardError(GUARD_CODES.silent, 'it has been silent, and is asked again when it speaks')
}

function isAnswer(error: unknown): boolean {
  return error instanceof postgres.PostgresError
}

/** Also where whoever asked has put it into words of its own. */
function isLostConnection(error: unknown): boolean {
  return (
    codeOf(error) === 'CONNECTION_CLOSED' ||
    (error instanceof Error && error.cause !== undefined && isLostConnection(error.cause))
  )
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}
