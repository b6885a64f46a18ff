/** The public API, as the pages use it. */

/** `path` is a pointer into what was sent, as `/pickup/latitude`. */
export interface FieldError {
  readonly path: string
  readonly message: string
}

export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly fields: readonly FieldError[]

  constructor(status: number, code: string, message: string, fields: readonly FieldError[] = []) {
    super(message)
    this.status = status
    this.code = code
    this.fields = fields
  }
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly body?: object
  /** Of a POST that may have to be sent again; left out: it is sent once. */
  readonly idempotencyKey?: string
  readonly answerMaxMs?: number
  /** What time it was for the node as it answered. */
  readonly onServed?: (servedAtMs: number) => void
}

/** A network that swallows answers must not leave the page waiting with the figures of then. */
const ANSWER_MAX_MS = 15_000

/** `randomUUID` is there on encrypted pages only, and a node in a local network may be none. */
export function newIdempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

/** @throws {ApiError} with a sentence for the reader; status 0: the node cannot be reached. */
export async function ask<T>(
  key: string,
  path: string,
  { method = 'GET', body, idempotencyKey, answerMaxMs = ANSWER_MAX_MS, onServed }: Ask = {},
): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${key}` }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (method === 'POST') headers['idempotency-key'] = idempotencyKey ?? newIdempotencyKey()
  const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const { response, answer } = await answered(path, { ...request, signal: AbortSignal.timeout(answerMaxMs) })
  const servedAtMs = Date.parse(response.headers.get('date') ?? '')
  if (!Number.isNaN(servedAtMs)) onServed?.(servedAtMs)
  if (response.ok) return answer as T
  const problem = answer as Problem
  throw new ApiError(
    response.status,
    problem.code ?? 'unknown',
    sentenceOf(problem, response.status),
    problem.errors ?? [],
  )
}

/** As the API says it; of what stands before it there is nothing. */
interface Problem {
  readonly code?: string
  readonly title?: string
  readonly detail?: string
  readonly errors?: readonly FieldError[]
}

/** @throws {ApiError} where there is no answer, or not all of it: what was to be done may have been done. */
async function answered(path: string, request: RequestInit): Promise<{ response: Response; answer: unknown }> {
  try {
    const response = await fetch(path, request)
    return { response, answer: await bodyOf(response) }
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError'
    throw isLate
      ? new ApiError(0, 'timeout', 'The node does not answer.')
      : new ApiError(0, 'unreachable', 'The node cannot be reached.')
  }
}

/** What is in front of a node refuses in words of its own. */
async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return {}
  return response.ok ? await response.json() : await response.json().catch(() => ({}))
}

function sentenceOf({ errors, detail, title }: Problem, status: number): string {
  return errors?.[0]?.message ?? detail ?? title ?? `The node answered ${status}.`
}
