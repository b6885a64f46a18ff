/** The public API as a courier's page asks it. Each answer also says what time it is for the node. */
import type { Sample } from './core/server-clock.ts'

export type Reply =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly body: Readonly<Record<string, unknown>>
      readonly retryAfterMs: number | null
    }
  /** Nobody answered: whether it was heard is not known. */
  | { readonly kind: 'silence' }

export interface Question {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly body?: object
  readonly idempotencyKey?: string
}

/** A request that takes longer is asked again: all of ours may be. */
const TIMEOUT_MS = 10_000

export class Api {
  readonly #token: () => string
  readonly #onSample: (sample: Sample) => void

  constructor(token: () => string, onSample: (sample: Sample) => void) {
    this.#token = token
    this.#onSample = onSample
  }

  async ask(path: string, { method = 'GET', body, idempotencyKey }: Question = {}): Promise<Reply> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.#token()}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
    const askedAtMs = Date.now()
    try {
      const response = await fetch(path, {
        method,
        headers,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      this.#sample(response, askedAtMs)
      const answer = await response.json()
      return { kind: 'answer', status: response.status, body: answer, retryAfterMs: retryAfterMs(response) }
    } catch {
      // No network, cut off in the middle, too slow: all the same to whoever asks.
      return { kind: 'silence' }
    }
  }

  #sample({ headers }: Response, askedAtMs: number): void {
    const serverMs = Date.parse(headers.get('date') ?? '')
    this.#onSample({ askedAtMs, answeredAtMs: Date.now(), serverMs })
  }
}

function retryAfterMs({ headers }: Response): number | null {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1_000 : null
}
