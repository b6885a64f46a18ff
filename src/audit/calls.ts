/**
 * Calls of clients that outlive the node they talk to. It comes back on another port, so the address is looked up for each
 * try; what got no answer may have taken effect, and is repeated by those who may repeat it.
 */
import { type JsonObject, objectOf, textAt } from '../sim/json.ts'
import { Limiter } from '../sim/limiter.ts'

/** Where the node answers at present; null while there is none. */
export interface Target {
  url: string | null
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly body?: object
  readonly idempotencyKey?: string
  /** Before each try. */
  readonly onSend?: () => void
}

export type Outcome =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly code: string | null
      readonly body: JsonObject | null
    }
  /** Perhaps carried out, perhaps not. */
  | { readonly kind: 'unanswered' }

const IN_FLIGHT_MAX = 128
const CALL_TIMEOUT_MS = 8_000
const BACKOFF_FIRST_MS = 30
const BACKOFF_MAX_MS = 400

export class Calls {
  readonly #target: Target
  readonly #token: string
  readonly #signal: AbortSignal
  readonly #onUnexpected: (what: string) => void
  readonly #limiter = new Limiter(IN_FLIGHT_MAX)

  /** @param signal  once aborted, nothing is repeated any more. */
  constructor(target: Target, token: string, signal: AbortSignal, onUnexpected: (what: string) => void) {
    this.#target = target
    this.#token = token
    this.#signal = signal
    this.#onUnexpected = onUnexpected
  }

  async once(call: Call): Promise<Outcome> {
    const outcome = await this.#limiter.run(() => this.#send(call))
    if (outcome.kind === 'unanswered' || !isLater(outcome)) return outcome
    // Refused, or of unknown effect (`timeout`, `internal`): for the caller the same.
    if (outcome.status === 500) this.#onUnexpected(`${call.method} ${routeOf(call.path)} 500 ${outcome.code}`)
    return { kind: 'unanswered' }
  }

  /** @returns `unanswered` only when the run is over. */
  async untilAnswered(call: Call): Promise<Outcome> {
    for (let backoffMs = BACKOFF_FIRST_MS; ; backoffMs = Math.min(2 * backoffMs, BACKOFF_MAX_MS)) {
      const outcome = await this.once(call)
      if (outcome.kind === 'answered' || this.#signal.aborted) return outcome
      await Bun.sleep(backoffMs)
    }
  }

  /** An answer that nothing here can have caused. */
  unexpected(call: Pick<Call, 'method' | 'path'>, outcome: Outcome): void {
    if (outcome.kind === 'unanswered') return
    this.#onUnexpected(`${call.method} ${routeOf(call.path)} ${outcome.status} ${outcome.code}`)
  }

  async #send({ method, path, body, idempotencyKey, onSend }: Call): Promise<Outcome> {
    const { url } = this.#target
    if (url === null) return { kind: 'unanswered' }
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    }
    const request = { method, headers, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) }
    onSend?.()
    try {
      const response = await fetch(
        url + path,
        body === undefined ? request : { ...request, body: JSON.stringify(body) },
      )
      const answer = objectOf(await response.json())
      return { kind: 'answered', status: response.status, code: textAt(answer, 'code'), body: answer }
    } catch {
      // Refused, reset, or cut off in the middle of the answer: it leaves open whether it took effect.
      return { kind: 'unanswered' }
    }
  }
}

function isLater({ status, code }: Outcome & { kind: 'answered' }): boolean {
  return status === 429 || status >= 500 || code === 'idempotency_in_progress'
}

function routeOf(path: string): string {
  return path.replaceAll(/(ord|off|aud)_[^/?]+/g, '…')
}
