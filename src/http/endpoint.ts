/**
 * A route as data: what the router needs, what the OpenAPI document says of it, and its handler. One list of these is the
 * whole HTTP side, so that the document, the answers to wrong methods and the metrics cannot miss a route.
 */
import type { TObject, TSchema } from '@sinclair/typebox'
import type { OrderState } from '../actors/order/order.state.ts'
import type { ActNote } from './access/audit-trail.ts'
import type { Principal } from './access/principal.ts'
import type { ProblemCode } from './problem.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Call {
  readonly request: Request
  readonly params: Readonly<Record<string, string>>
  readonly principal: Principal
  /** As it was read to see whether the caller may: it is not read again. */
  readonly order?: OrderState
  /** Where the audit log has this act: for what the path does not say of it. */
  readonly act?: ActNote
}

export interface Answered {
  readonly description: string
  /** Left out where the answer is not JSON; `contentType` then says what it is. */
  readonly schema?: TSchema
  readonly contentType?: string
  /** What it may be instead, by content type, where the request asks for that. */
  readonly also?: Readonly<Record<string, TSchema>>
}

/** What the OpenAPI document says of an endpoint beyond its path. */
export interface Operation {
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly query?: TObject
  readonly body?: TSchema
  /** True where the body may be left out. */
  readonly bodyOptional?: true
  /** True where an `Idempotency-Key` is honoured. */
  readonly idempotent?: true
  readonly answers: Readonly<Record<number, Answered>>
  readonly problems?: readonly ProblemCode[]
}

export interface Endpoint {
  readonly method: Method
  /** As in OpenAPI: `/v1/drivers/{driver_id}/location`. */
  readonly path: string
  /** `open`: no credential is asked for. Else `access/table.ts` says who may call. */
  readonly access: 'key' | 'open'
  readonly operation: Operation
  readonly handle: (call: Call) => Promise<Response> | Response
  /** For a browser that opens this address: a page made of what a client would be answered, a refusal included. */
  readonly page?: (answer: Response) => Promise<Response>
}

/**
 * Whether a browser goes to this address, or somebody asks for nothing but a page. Every browser names XHTML beside HTML, and a script of a page does not;
 * HTML alone is not enough, since there are clients of JSON that name it first where nobody told them otherwise.
 */
export function opensPage({ headers }: Request): boolean {
  const accepted = headers.get('accept') ?? ''
  return accepted === 'text/html' || accepted.includes('application/xhtml+xml')
}

export function json(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers: MADE_HEADERS })
}

/** What an answer says is for whoever asked: neither kept on its way nor taken for something else than it is. */
export const JSON_HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/** A copy of made ones costs half of what it takes to read them out of an object, for each answer. */
const MADE_HEADERS = new Headers(JSON_HEADERS)

/** As the router writes it: `/v1/drivers/:driver_id/location`. */
export function routerPath(path: string): string {
  return path.replaceAll(/\{([a-z_]+)\}/g, ':$1')
}
