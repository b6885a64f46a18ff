/**
 * What holds for every request before it is routed: how many are under way at once, which pages of a browser may ask, and
 * that a browser that once came by TLS comes by TLS again.
 *
 * Pages: a browser lets a page of another origin ask only what it is allowed here (CORS). Nothing of ours is ever sent by a browser
 * on its own, no cookie and no client certificate, so a page without a key gets nowhere; `credentials` are never allowed. Sockets are
 * not under that rule of browsers: there the origin is compared here.
 */
import { problemResponse, Refusal } from './problem.ts'
import { after, otherwise, type Soon } from './soon.ts'

export interface EdgeConfig {
  /** Origins as browsers send them, or `*` for any. */
  readonly corsOrigins: readonly string[]
  /** In PEM. Null: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null
}

export interface EdgeSettings extends EdgeConfig {
  readonly requestsMax: number
}

const ALLOWED_METHODS = 'GET, POST, PUT, PATCH, DELETE'
const ALLOWED_HEADERS = 'Authorization, Content-Type, Idempotency-Key, X-Request-Id'
const EXPOSED_HEADERS = 'Location, Retry-After, WWW-Authenticate, X-Request-Id'
const PREFLIGHT_KEPT_S = '600'
/** A year, as is usual. */
const HSTS = 'max-age=31536000'

type Fetch = (request: Request) => Soon<Response | undefined>

export class Edge {
  readonly #settings: EdgeSettings
  readonly #origins: ReadonlySet<string>
  /** Nothing is added to answers: the usual case. */
  readonly #isPlain: boolean
  #underWay = 0

  constructor(settings: EdgeSettings) {
    this.#settings = settings
    this.#origins = new Set(settings.corsOrigins)
    this.#isPlain = this.#origins.size === 0 && settings.tls === null
  }

  get requestsUnderWay(): number {
    return this.#underWay
  }

  answer(request: Request, route: Fetch): Soon<Response | undefined> {
    if (this.#underWay >= this.#settings.requestsMax) return this.#dressed(request, tooMany())
    this.#underWay++
    const answer = otherwise(
      () => (this.#isPreflight(request) ? preflight() : route(request)),
      error => {
        this.#underWay--
        throw error
      },
    )
    return after(answer, response => {
      this.#underWay--
      return this.#isPlain || response === undefined ? response : this.#dressed(request, response)
    })
  }

  /** Of a socket: none, as from everything that is no browser; this node's own; or one that is allowed. */
  isOwnOrAllowed(request: Request, baseUrl: string): boolean {
    const origin = request.headers.get('origin')
    if (origin === null || this.#allows(origin)) return true
    const host = URL.canParse(origin) ? new URL(origin).host : null
    return host !== null && (host === request.headers.get('host') || host === new URL(baseUrl).host)
  }

  #allows(origin: string): boolean {
    return this.#origins.has('*') || this.#origins.has(origin)
  }

  #isPreflight(request: Request): boolean {
    if (request.method !== 'OPTIONS' || this.#origins.size === 0) return false
    return request.headers.has('origin') && request.headers.has('access-control-request-method')
  }

  #dressed(request: Request, response: Response): Response {
    const { headers } = response
    if (this.#settings.tls !== null) headers.set('strict-transport-security', HSTS)
    if (this.#origins.size === 0) return response
    headers.append('vary', 'Origin')
    const origin = request.headers.get('origin')
    if (origin === null || !this.#allows(origin)) return response
    headers.set('access-control-allow-origin', origin)
    headers.set('access-control-expose-headers', EXPOSED_HEADERS)
    return response
  }
}

/** The same for every path: what is not there, or not for this caller, is said to the request itself. */
function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': ALLOWED_METHODS,
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': PREFLIGHT_KEPT_S,
    },
  })
}

function tooMany(): Response {
  return problemResponse(new Refusal('overloaded', 'This node has as many requests under way as it takes.'))
}
