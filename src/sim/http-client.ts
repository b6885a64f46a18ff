import { nowMs } from './clock.ts'
import { objectOf, textAt } from './json.ts'
import { Limiter } from './limiter.ts'

/** One way to call a node: bounded in flight, with a time limit, and repeated where the contract says that it may be. */
export type HttpOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown; readonly retryAfterMs: number | null }
  | { readonly kind: 'unreachable'; readonly cause: unknown }

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  readonly path: string
  readonly body?: object
  readonly idempotencyKey?: string
  /** Further statuses that mean "try again", for instance 409 while the first call with a key still runs. */
  readonly retryOn?: readonly number[]
}

export interface HttpClientOptions {
  readonly url: string
  readonly token: string | null
  /** No call is begun, and none repeated, once this is aborted. */
  readonly signal: AbortSignal
}

const IN_FLIGHT_MAX = 48
const CALL_TIMEOUT_MS = 10_000
const BACKOFF_FIRST_MS = 100
const BACKOFF_MAX_MS = 3_000
/** A Retry-After beyond this is cut: a run has an end. */
const RETRY_AFTER_MAX_MS = 10_000
const RETRYABLE: readonly number[] = [429, 502, 503, 504]

export class HttpClient {
  retries = 0
  private readonly limiter = new Limiter(IN_FLIGHT_MAX)
  private readonly options: HttpClientOptions
  private readonly headers: Record<string, string>

  constructor(options: HttpClientOptions) {
    this.options = options
    this.headers = options.token === null ? {} : { authorization: `Bearer ${options.token}` }
  }

  /** One try. */
  async call(call: HttpCall): Promise<HttpOutcome> {
    return this.limiter.run(() => this.send(call))
  }

  /** Repeats until there is an answer other than "later", or the deadline has passed: then the last outcome. */
  async untilAnswered(call: HttpCall, deadlineMs: number): Promise<HttpOutcome> {
    for (let backoffMs = BACKOFF_FIRST_MS; ; backoffMs = Math.min(2 * backoffMs, BACKOFF_MAX_MS)) {
      const outcome = await this.call(call)
      const waitMs = waitBeforeRetryMs(call, outcome, backoffMs)
      if (waitMs === null || this.options.signal.aborted || nowMs() + waitMs > deadlineMs) return outcome
      this.retries++
      await Bun.sleep(waitMs)
    }
  }

  private async send(call: HttpCall): Promise<HttpOutcome> {
    if (this.options.signal.aborted) return { kind: 'unreachable', cause: this.options.signal.reason }
    try {
      const response = await fetch(this.options.url + call.path, this.request(call))
      const text = await response.text()
      const body = isJson(response) ? JSON.parse(text) : text
      return { kind: 'answered', status: response.status, body, retryAfterMs: retryAfterMs(response) }
    } catch (cause) {
      // Refused, reset, timed out, or cut off in the middle of the body: all leave open whether it took effect.
      return { kind: 'unreachable', cause }
    }
  }

  private request(call: HttpCall): RequestInit {
    const headers: Record<string, string> = { ...this.headers }
    if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey
    if (call.body === undefined) return { method: call.method, headers, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) }
    headers['content-type'] = 'application/json'
    const body = JSON.stringify(call.body)
    return { method: call.method, headers, body, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) }
  }
}

function waitBeforeRetryMs(call: HttpCall, outcome: HttpOutcome, backoffMs: number): number | null {
  if (outcome.kind === 'unreachable') return backoffMs
  if (![...RETRYABLE, ...(call.retryOn ?? [])].includes(outcome.status)) return null
  return outcome.retryAfterMs ?? backoffMs
}

function isJson(response: Response): boolean {
  return /\bjson\b/.test(response.headers.get('content-type') ?? '')
}

function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1_000, RETRY_AFTER_MAX_MS) : null
}

/** What went wrong, in a few words: `422 invalid`, `ConnectionRefused`. */
export function describeOutcome(outcome: HttpOutcome): string {
  if (outcome.kind === 'unreachable') return outcome.cause instanceof Error ? outcome.cause.message : 'unreachable'
  return `${outcome.status} ${textAt(objectOf(outcome.body), 'code') ?? ''}`.trim()
}
