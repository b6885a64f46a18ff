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

const KEY = 'waggle.key'

export function storedKey(): string | null {
  return sessionStorage.getItem(KEY)
}

export function keepKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, key)
}

/** From a link as the demo prints it. It is behind the `#`, so no server and no log has seen it, and it leaves the address bar. */
export function takeKeyFromLink(): string | null {
  const key = new URLSearchParams(location.hash.slice(1)).get('key')
  if (key !== null) history.replaceState(null, '', location.pathname)
  return key
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly body?: object
  /** Of a POST that may have to be sent again; left out: it is sent once. */
  readonly idempotencyKey?: string
}

/** `randomUUID` is there on encrypted pages only, and a node in a local network may be none. */
export function newIdempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

/** @throws {ApiError} with a sentence for the reader; status 0: the node cannot be reached. */
export async function ask<T>(
  key: string,
  path: string,
  { method = 'GET', body, idempotencyKey }: Ask = {},
): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${key}` }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (method === 'POST') headers['idempotency-key'] = idempotencyKey ?? newIdempotencyKey()
  const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const response = await fetch(path, request).catch(() => {
    throw new ApiError(0, 'unreachable', 'The node cannot be reached.')
  })
  const answer = await response.json().catch(() => ({}))
  if (response.ok) return answer as T
  throw new ApiError(
    response.status,
    answer.code ?? 'unknown',
    sentenceOf(answer, response.status),
    answer.errors ?? [],
  )
}

function sentenceOf(
  answer: { detail?: string; title?: string; errors?: { message: string }[] },
  status: number,
): string {
  return answer.errors?.[0]?.message ?? answer.detail ?? answer.title ?? `The node answered ${status}.`
}
