/**
 * Requests. Each operation of the document is called by its name, as `POST /v1/orders`: its parameters, body and answer are typed by
 * the document. Creations carry an idempotency key of their own, so that they may be sent again after a lost answer.
 */
import { WaggleConnectionError, WaggleError } from './errors.ts'
import { IDEMPOTENT, type Operations, type Problem } from './generated.ts'
import { RETRY_DEFAULT, type RetryPolicy, waitBefore } from './retry.ts'

export interface WaggleOptions {
  /** As `https://waggle.example.com`. */
  readonly url: string
  /** An API key or a token. A function is asked before each request: for tokens that are renewed. */
  readonly token: string | (() => string | Promise<string>)
  readonly retry?: Partial<RetryPolicy>
  /** Of one try. */
  readonly timeoutMs?: number
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

export type OperationName = keyof Operations & string
export type AnswerOf<Name extends OperationName> = Operations[Name]['answer']

/** Only what the operation has; what it requires is required. */
export type RequestOf<Name extends OperationName> = Part<'params', Operations[Name]['params']> &
  Part<'query', Operations[Name]['query']> &
  Part<'body', Operations[Name]['body']> & { readonly idempotencyKey?: string; readonly signal?: AbortSignal }

type Part<Key extends string, Value> = [Value] extends [undefined]
  ? unknown
  : [keyof NonNullable<Value>] extends [never]
    ? unknown
    : // biome-ignore lint/complexity/noBannedTypes: whether nothing fits it is the question
      {} extends Value
      ? { readonly [K in Key]?: Value }
      : undefined extends Value
        ? { readonly [K in Key]?: Value }
        : { readonly [K in Key]: Value }

/** Nothing at all where nothing is required. */
type Arguments<Request> = Partial<Request> extends Request ? [request?: Request] : [request: Request]

/** Lists: those whose answer is a page. */
export type ListName = { [Name in OperationName]: AnswerOf<Name> extends PageLike ? Name : never }[OperationName]
interface PageLike {
  readonly data: readonly unknown[]
  readonly next_cursor: string | null
}
export type ItemOf<Name extends ListName> =
  AnswerOf<Name> extends { readonly data: readonly (infer Item)[] } ? Item : never

/** As it is sent; every request of the types above is one. */
interface Sent {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

const TIMEOUT_DEFAULT_MS = 30_000
const REPEATABLE_METHODS: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE'])

export class Waggle {
  readonly url: string
  readonly #options: WaggleOptions
  readonly #retry: RetryPolicy

  constructor(options: WaggleOptions) {
    this.url = options.url.replace(/\/+$/, '')
    this.#options = options
    this.#retry = { ...RETRY_DEFAULT, ...options.retry }
  }

  /** @throws {WaggleError} the node refused. @throws {WaggleConnectionError} no answer. */
  async call<Name extends OperationName>(name: Name, ...given: Arguments<RequestOf<Name>>): Promise<AnswerOf<Name>> {
    // What the types of the document allow is of this form.
    return (await this.#send(name, (given[0] ?? {}) as Sent)) as AnswerOf<Name>
  }

  /** Every item of a list, page by page as they are asked for. */
  async *list<Name extends ListName>(name: Name, ...given: Arguments<RequestOf<Name>>): AsyncGenerator<ItemOf<Name>> {
    const request = (given[0] ?? {}) as Sent
    let cursor: string | null = null
    do {
      const query: Sent['query'] = cursor === null ? request.query : { ...request.query, cursor }
      const page = (await this.#send(name, { ...request, ...(query && { query }) })) as PageLike
      yield* page.data as readonly ItemOf<Name>[]
      cursor = page.next_cursor
    } while (cursor !== null)
  }

  /** As it is now, for a socket. */
  async token(): Promise<string> {
    const { token } = this.#options
    return typeof token === 'string' ? token : token()
  }

  async #send(name: OperationName, request: Sent): Promise<unknown> {
    const key = request.idempotencyKey ?? (IDEMPOTENT.has(name) ? crypto.randomUUID() : undefined)
    const isRepeatable = key !== undefined || REPEATABLE_METHODS.has(methodOf(name))
    for (let tries = 1; ; tries++) {
      try {
        return await this.#try(name, request, key)
      } catch (error) {
        request.signal?.throwIfAborted()
        const waitMs = waitBefore(error, tries, isRepeatable, this.#retry)
        if (waitMs === null) throw error
        await sleep(waitMs, request.signal)
      }
    }
  }

  async #try(name: OperationName, request: Sent, key: string | undefined): Promise<unknown> {
    const { body, signal } = request
    const headers = {
      authorization: `Bearer ${await this.token()}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    }
    const late = AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_DEFAULT_MS)
    const send = this.#options.fetch ?? fetch
    let answer: Response
    let text: string
    try {
      answer = await send(`${this.url}${pathOf(name, request)}`, {
        method: methodOf(name),
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      })
      text = await answer.text()
    } catch (cause) {
      throw new WaggleConnectionError(`${name} had no answer`, { cause })
    }
    return read(name, answer, text)
  }
}

/** @throws {WaggleError | WaggleConnectionError} */
function read(name: OperationName, { status, ok, headers }: Response, text: string): unknown {
  const isJson = headers.get('content-type')?.includes('json') ?? false
  const value: unknown = isJson ? parsed(text) : text
  if (ok) return status === 204 ? undefined : value
  if (isProblem(value)) throw new WaggleError(status, value, retryAfterMs(headers))
  throw new WaggleConnectionError(`${name} was answered with ${status} by something that is no node`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new WaggleConnectionError('an answer was cut off', { cause })
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string'
}

function retryAfterMs(headers: Headers): number | null {
  const text = headers.get('retry-after')
  return text !== null && /^\d+$/.test(text) ? Number(text) * 1_000 : null
}

function methodOf(name: OperationName): string {
  return name.slice(0, name.indexOf(' '))
}

function pathOf(name: OperationName, { params = {}, query = {} }: Sent): string {
  const pattern = name.slice(name.indexOf(' ') + 1)
  const path = pattern.replaceAll(/\{([a-z_]+)\}/g, (_, key: string) => encodeURIComponent(String(params[key])))
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  const search = new URLSearchParams(given.map(([key, value]): [string, string] => [key, String(value)])).toString()
  return search === '' ? path : `${path}?${search}`
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end)
      resolve()
    }, ms)
    signal?.addEventListener('abort', end, { once: true })
  })
}
