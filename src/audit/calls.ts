/**
 * Calls of clients that outlive the nodes they talk to. Each try goes to the next node, wherever that answers by then; what got
 * no answer may have taken effect, and is repeated by those who may repeat it.
 */
import { type JsonObject, objectOf, textAt } from '../sim/json.ts'
import { Limiter } from '../sim/limiter.ts'
import type { Targets } from './targets.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
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

export interface CallsOptions {
  readonly targets: Targets
  readonly token: string
  /** Once aborted, nothing is repeated any more. */
  readonly signal: AbortSignal
  readonly onUnexpected: (what: string) => void
  /** A command of an order was acknowledged; when its try was sent, by `performance.now()`. */
  readonly onCommand: (orderId: string, sentAtMs: number) => void
}

export class Calls {
  readonly #options: CallsOptions
  readonly #limiter = new Limiter(IN_FLIGHT_MAX)

  constructor(options: CallsOptions) {
    this.#options = options
  }

  async once(call: Call): Promise<Outcome> {
    const outcome = await this.#limiter.run(() => this.#send(call))
    if (outcome.kind === 'unanswered' || !isLater(outcome)) return outcome
    // Refused, or of unknown effect (`timeout`, `internal`): for the caller the same.
    if (outcome.status === 500) this.#options.onUnexpected(`${call.method} ${routeOf(call.path)} 500 ${outcome.code}`)
    return { kind: 'unanswered' }
  }

  /** @returns `unanswered` only when the run is over. */
  async untilAnswered(call: Call): Promise<Outcome> {
    for (let backoffMs = BACKOFF_FIRST_MS; ; backoffMs = Math.min(2 * backoffMs, BACKOFF_MAX_MS)) {
      const outcome = await this.once(call)
      if (outcome.kind === 'answered' || this.#options.signal.aborted) return outcome
      await Bun.sleep(backoffMs)
    }
  }

  /** An answer that nothing here can have caused. */
  unexpected(call: Pick<Call, 'method' | 'path'>, outcome: Outcome): void {
    if (outcome.kind === 'unanswered') return
    this.#options.onUnexpected(`${call.method} ${routeOf(call.path)} ${outcome.status} ${outcome.code}`)
  }

  async #send({ method, path, body, idempotencyKey, onSend }: Call): Promise<Outcome> {
    const { targets, token, onCommand } = this.#options
    const url = targets.next()
    if (url === null) return { kind: 'unanswered' }
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    }
    const request = { method, headers, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) }
    onSend?.()
    const sentAtMs = performance.now()
    try {
      const response = await fetch(
        url + path,
        body === undefined ? request : { ...request, body: JSON.stringify(body) },
      )
      const answer = objectOf(await response.json())
      const orderId = textAt(answer, 'order_id')
      if (method === 'POST' && response.ok && orderId !== null) onCommand(orderId, sentAtMs)
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
