/**
 * How a session begins: the server is ready, or says why it gives none, or closes without a word.
 *
 * Of the latter two postgres.js makes the wrong thing. Words of refusal it keeps where a question of the session before was under way, and gives
 * them to the first question of the session after; and a connection that is closed before it is ready it opens again at once, thousands
 * of times a second, and tells nobody. So until the server is ready its words are read here, and whatever ends the connection is its failure.
 */
import postgres from 'postgres'
import { errorFields, PgMessages } from './pg-messages.ts'

/** What the server says to whom it gives no session. */
export class SessionRefusedError extends postgres.PostgresError {}

/** Closed before the server was ready, or what it said is none of its words: nothing was asked. */
export class SessionClosedError extends Error {
  override readonly name = 'SessionClosedError'
  readonly code = 'SESSION_CLOSED'

  constructor(cause?: unknown) {
    super('the connection ended before the server was ready', { cause })
  }
}

/** Starting, stopping, full, or a pooler with nobody behind it: it refuses everybody, and may serve in the next moment. */
const REFUSES_ALL = /^(57P|53|08)/

/** Nobody serves there yet, as far as one can tell; else it is us whom it refuses. */
export function isUnserved(error: unknown): boolean {
  return error instanceof SessionClosedError || (error instanceof SessionRefusedError && REFUSES_ALL.test(error.code))
}

export class SessionStart {
  readonly #messages = new PgMessages((kind, body) => {
    if (kind === 'Z') this.#isReady = true
    if (kind === 'E') this.#refusal = new SessionRefusedError(errorFields(body) as never)
  })
  #isReady = false
  #refusal: SessionRefusedError | null = null

  get isReady(): boolean {
    return this.#isReady
  }

  /** @returns why there is no session, once that is known. */
  read(piece: Buffer): SessionRefusedError | SessionClosedError | null {
    try {
      this.#messages.read(piece)
    } catch (cause) {
      return new SessionClosedError(cause)
    }
    // Ready and ended in the next moment: a session that was lost, which is the driver's to hear.
    return this.#isReady ? null : this.#refusal
  }
}
