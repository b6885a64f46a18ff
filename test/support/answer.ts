/** What a node answers over HTTP, as tests look into it. */

export const TEST_KEY = 'test-key-0123456789abcdef'

/** The fields of any answer that tests ask for by name; which of them are there says the route. */
export interface AnswerBody {
  readonly code?: string
  readonly status?: string
  readonly order_id?: string
  readonly offer_id?: string
  readonly driver_id?: string
  readonly created_at?: string
  readonly reason?: string
  readonly data?: readonly AnswerBody[]
  readonly drivers?: readonly AnswerBody[]
  readonly driver?: AnswerBody | null
  readonly committed?: number
  readonly rejected?: readonly AnswerBody[]
  readonly key_id?: string
  readonly secret?: string
  readonly tracking_url?: string
}

export interface Answer {
  /** 0: no answer. */
  readonly status: number
  readonly body: AnswerBody
}

/** @throws where the answer names no order. */
export function orderIdOf({ status, body }: Answer): string {
  if (body.order_id === undefined) throw new Error(`an answer without an order: ${status} ${body.code}`)
  return body.order_id
}

/** @param timeoutMs  after which there was no answer. @throws whatever `fetch` throws. */
export async function askNode(
  url: string,
  method: string,
  path: string,
  { body, headers, timeoutMs }: { body?: unknown; headers?: Readonly<Record<string, string>>; timeoutMs?: number } = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${TEST_KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
  })
  const text = await response.text()
  // Of our own node: the fields above are what its contract says of them.
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as AnswerBody }
}
