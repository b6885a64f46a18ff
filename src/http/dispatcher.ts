/**
 * From a request to its handler and from whatever the handler does to an answer: who calls and whether he may is asked, acts of
 * administration are written down, a refusal becomes a problem document, an unknown error becomes one that says nothing, and
 * every answer is counted.
 */
import type { Server } from 'bun'
import { traceIdOf } from '../actors/runtime/tracing.ts'
import { parseOrderId } from '../domain/ids.ts'
import { isWatched } from './access/audit-trail.ts'
import { HeldCallers } from './access/held-callers.ts'
import { permit } from './access/permit.ts'
import { NOBODY, type Principal } from './access/principal.ts'
import { rateLimited, spend } from './access/rate-limit.ts'
import { kindOf, type RateKind, type RateName, whoSpends } from './access/rates.ts'
import { SocketCallers } from './access/socket-callers.ts'
import { type AccessRule, ruleOf } from './access/table.ts'
import { callerAddress, networkOf } from './caller-address.ts'
import type { Http } from './context.ts'
import type { Edge } from './edge.ts'
import { type Call, type Endpoint, type Method, opensPage } from './endpoint.ts'
import { refusalOf } from './errors.ts'
import type { RouteCounter } from './metrics/metrics.ts'
import { problemResponse, Refusal } from './problem.ts'
import { searchParams } from './query.ts'
import { RequestLog, type RequestNote } from './request-log.ts'
import type { SocketRoute } from './sockets/routes.ts'
import type { SocketSession } from './sockets/session.ts'
import { after, otherwise, type Soon } from './soon.ts'

export interface Routed {
  readonly method: Method
  readonly path: string
  readonly handle: (request: Request, params: Params) => Soon<Response | undefined>
}

/** Of a path. */
export type Params = Readonly<Record<string, string>>
type Asked = Pick<Call, 'request' | 'params'> & { readonly note: RequestNote }

/** Without `URL`: a request line or a Host header may make of it what no URL is. */
function pathOf(url: string): string {
  const start = url.startsWith('/') ? 0 : Math.max(0, url.indexOf('/', url.indexOf('//') + 2))
  return url.slice(start).split(/[?#]/, 1)[0] ?? '/'
}

export class Dispatcher {
  readonly #http: Http
  readonly #endpoints: readonly Endpoint[]
  readonly #sockets: readonly SocketRoute[]
  readonly #unknown: RouteCounter
  readonly #heldCallers = new HeldCallers()
  readonly #edge: Edge
  /** Told of every socket that opens or closes. */
  readonly callers: SocketCallers
  readonly #requests: RequestLog
  #server: Server<SocketSession> | null = null

  constructor(http: Http, edge: Edge, endpoints: readonly Endpoint[], sockets: readonly SocketRoute[]) {
    this.#http = http
    this.#edge = edge
    this.callers = new SocketCallers(http.config.limits)
    this.#endpoints = endpoints
    this.#sockets = sockets
    this.#unknown = http.metrics.route('ANY', 'unknown')
    this.#requests = new RequestLog(http)
  }

  serveOn(server: Server<SocketSession>): void {
    this.#server = server
  }

  routes(): Routed[] {
    const plain = this.#endpoints.map(endpoint => this.#endpointRoute(endpoint))
    return [
      ...plain.filter(route => !this.#isSocketRead(route)),
      ...this.#sockets.map(socket => this.#socketRoute(socket, plain)),
    ]
  }

  /** No route, or not for this method; or the router itself failed. */
  unrouted(request: Request, error: unknown): Soon<Response> {
    const note = this.#requests.begin(request)
    const answer = otherwise(
      () => after(this.#spendOfNetwork(request), () => this.#refuseUnrouted(request, error)),
      refused => this.#refused(refused, { note, where: request.method }),
    )
    return after(answer, response => {
      this.#unknown.count(response.status, this.#requests.end(note, 'unknown', response))
      return response
    })
  }

  #refuseUnrouted(request: Request, error: unknown): never {
    const isUnknown = error instanceof Error && 'code' in error && error.code === 'NOT_FOUND'
    if (!isUnknown) throw error
    const pathname = pathOf(request.url)
    const allowed = this.#methodsOf(pathname)
    if (allowed.length === 0) throw new Refusal('not_found', 'There is nothing at this path; see /docs.')
    throw new Refusal('method_not_allowed', `This path takes ${allowed.join(', ')}.`, {
      headers: { allow: allowed.join(', ') },
    })
  }

  #methodsOf(pathname: string): string[] {
    const methods = this.#endpoints.filter(({ path }) => fits(path, pathname)).map(({ method }) => method)
    const ofSockets = this.#sockets.filter(({ path }) => fits(path, pathname)).map(() => 'GET')
    return [...new Set([...methods, ...ofSockets])]
  }

  #isSocketRead({ method, path }: Routed): boolean {
    return method === 'GET' && this.#sockets.some(socket => socket.path === path)
  }

  #endpointRoute(endpoint: Endpoint): Routed {
    const { method, path } = endpoint
    const counter = this.#http.metrics.route(method, path)
    const where = `${method} ${path}`
    const rule = ruleOf(where)
    return {
      method,
      path,
      handle: (request, params) => {
        const asked = { request, params, note: this.#requests.begin(request) }
        const answer = this.#followed(asked, { method, route: path }, () => this.#answer(endpoint, rule, asked, where))
        return after(answer, response => {
          counter.count(response.status, this.#requests.end(asked.note, where, response))
          return response
        })
      },
    }
  }

  /** As a trace, where there are any and this request is one that is followed. */
  #followed<R extends Response | undefined>(
    { request, params, note }: Asked,
    { method, route }: { readonly method: string; readonly route: string },
    answer: () => Soon<R>,
  ): Soon<R> {
    const { tracer } = this.#http
    if (tracer === undefined) return answer()
    const orderId = parseOrderId(params.order_id ?? '')
    const traceparent = request.headers.get('traceparent')
    return tracer.request({ method, route, requestId: note.requestId, orderId, traceparent }, async context => {
      note.traceId = context === null ? null : traceIdOf(context)
      return answer()
    })
  }

  #answer(endpoint: Endpoint, rule: AccessRule, asked: Asked, where: string): Soon<Response> {
    const { request, note } = asked
    const told = { note, where }
    const answer = otherwise(
      () => after(this.#admitted(endpoint, rule, asked, where), call => this.#carriedOut(endpoint, rule, call, told)),
      error => after(this.#held(error, request), refused => this.#refused(refused, told)),
    )
    const { page } = endpoint
    if (page === undefined || !opensPage(request)) return answer
    return otherwise(
      () => after(answer, page),
      error => this.#refused(error, told),
    )
  }

  /** In this order: how often that address comes, who it is, how often he comes, whether he may. @throws {Refusal} */
  #admitted(endpoint: Endpoint, rule: AccessRule, asked: Asked, where: string): Soon<Call> {
    const { request, note } = asked
    return after(this.#spendOfNetwork(request), () => {
      if (endpoint.access === 'open') return { ...asked, principal: NOBODY }
      return after(this.#caller(rule, request), principal => {
        note.role = principal.role
        const spent = after(this.#spend(principal, kindOf(endpoint.method, rule), request), () =>
          this.#spendOnRoute(where, principal),
        )
        return after(spent, () => this.#permitted(rule, principal, asked))
      })
    })
  }

  #permitted(rule: AccessRule, principal: Principal, { request, params }: Asked): Soon<Call> {
    const pending = permit({ rule, principal, params }, this.#http.readOrder)
    if (pending === undefined) return { request, params, principal }
    return pending.then(order => ({ request, params, principal, ...(order && { order }) }))
  }

  #carriedOut(endpoint: Endpoint, { act }: AccessRule, call: Call, told: Told): Soon<Response> {
    const isActWatched = act !== undefined && isWatched(call.principal)
    return isActWatched ? this.#act(endpoint, act, call, told) : endpoint.handle(call)
  }

  #spendOfNetwork(request: Request): Promise<void> | undefined {
    const { rates } = this.#http
    return rates.isLimited(EACH) ? spend(rates, EACH, this.#networkOf(request)) : undefined
  }

  #spendOnRoute(where: string, principal: Principal): Promise<void> | undefined {
    const { rates } = this.#http
    return rates.isLimited(where) ? spend(rates, where, whoSpends(principal)) : undefined
  }

  /** A key is held as a key; a link, which anybody may have, together with the address that it comes from. */
  #spend(principal: Principal, kind: RateKind, request: Request): Promise<void> | undefined {
    const name = `${principal.role}.${kind}`
    if (!this.#http.rates.isLimited(name)) return undefined
    const who = whoSpends(principal)
    return spend(this.#http.rates, name, principal.role === 'link' ? `${who} ${this.#networkOf(request)}` : who)
  }

  /** Who shows wrong credentials again and again is told to slow down. */
  #held(error: unknown, request: Request): Soon<unknown> {
    const isWrong = error instanceof Refusal && error.code === 'unauthorized'
    return isWrong && this.#http.rates.isLimited(REFUSED) ? this.#heldFor(error, request) : error
  }

  async #heldFor(error: Refusal, request: Request): Promise<unknown> {
    try {
      const network = this.#networkOf(request)
      const waitMs = await this.#http.rates.spend(REFUSED, network)
      if (waitMs === 0) return error
      this.#heldCallers.hold(network, this.#http.clock.nowMs() + waitMs)
      return rateLimited(waitMs)
    } catch (failure) {
      return failure
    }
  }

  #heldMs(request: Request): number {
    if (this.#heldCallers.isEmpty) return 0
    return this.#heldCallers.waitMs(this.#networkOf(request), this.#http.clock.nowMs())
  }

  #networkOf(request: Request): string {
    return networkOf(this.#addressOf(request) ?? 'unknown')
  }

  #addressOf(request: Request): string | null {
    return callerAddress(request, this.#server?.requestIP(request)?.address ?? null, this.#http.config.proxies)
  }

  #caller({ reach, credential }: AccessRule, request: Request): Principal | Promise<Principal> {
    const { auth } = this.#http
    const heldMs = this.#heldMs(request)
    if (credential === 'query') return auth.fromHeaderOrQuery(request, searchParams(request), heldMs)
    if (reach.link === undefined) return auth.fromHeader(request, heldMs)
    return auth.fromHeaderOrLink(request, searchParams(request), heldMs)
  }

  /** Written down first: what cannot be, is not done. */
  async #act(endpoint: Endpoint, action: string, call: Call, told: Told): Promise<Response> {
    const { audit } = this.#http
    const { request, params, principal } = call
    const named = Object.values(params)[0] ?? null
    // What the path names first. Nothing has checked it yet: what can be no id is not kept.
    const target = named !== null && TARGET.test(named) ? named : null
    const actId = await audit.begin({ action, principal, target, address: this.#addressOf(request) })
    const act = { target, detail: {} }
    const response = await this.#handled(endpoint, { ...call, act }, told)
    audit.end(actId, response.status, act)
    return response
  }

  async #handled(endpoint: Endpoint, call: Call, told: Told): Promise<Response> {
    try {
      return await endpoint.handle(call)
    } catch (error) {
      return this.#refused(error, told)
    }
  }

  #refused(error: unknown, { note, where }: Told): Response {
    const refusal = refusalOf(error, where, this.#http, note.requestId)
    if (refusal.code === 'internal') this.#http.metrics.unexpectedErrors++
    return this.#refusal(refusal, note)
  }

  #refusal(refusal: Refusal, note: RequestNote): Response {
    note.code = refusal.code
    return problemResponse(refusal, note.requestId)
  }

  /** A path may be both: read with a plain GET, followed with a socket. */
  #socketRoute(socket: SocketRoute, plain: readonly Routed[]): Routed {
    const read = plain.find(({ method, path }) => method === 'GET' && path === socket.path)
    const counter = this.#http.metrics.route('WS', socket.path)
    const where = `WS ${socket.path}`
    const rule = ruleOf(where)
    return {
      method: 'GET',
      path: socket.path,
      handle: async (request, params) => {
        const isUpgrade = request.headers.get('upgrade')?.toLowerCase() === 'websocket'
        if (!isUpgrade && read !== undefined) return read.handle(request, params)
        const note = this.#requests.begin(request)
        const asked = { request, params, note }
        const response = await this.#followed(asked, { method: 'WS', route: socket.path }, () =>
          this.#upgrade(socket, rule, asked, isUpgrade),
        )
        counter.count(response?.status ?? SWITCHING, this.#requests.end(note, where, response))
        return response
      },
    }
  }

  async #upgrade(
    route: SocketRoute,
    rule: AccessRule,
    { request, params, note }: Asked,
    isUpgrade: boolean,
  ): Promise<Response | undefined> {
    const { auth, metrics, config } = this.#http
    const where = `WS ${route.path}`
    try {
      const query = searchParams(request)
      await this.#spendOfNetwork(request)
      const principal = await auth.fromHeaderOrQuery(request, query, this.#heldMs(request))
      note.role = principal.role
      await this.#spend(principal, 'socket', request)
      await this.#spendOnRoute(where, principal)
      if (!isUpgrade) throw upgradeRequired()
      if (metrics.socketsOpenTotal >= config.limits.socketsMax) {
        throw new Refusal('overloaded', 'This node has as many sockets open as it takes.')
      }
      if (!this.#edge.isOwnOrAllowed(request, this.#http.baseUrl())) {
        throw new Refusal('forbidden', 'Pages of this origin may not open sockets here; see WAGGLE_CORS_ORIGINS.')
      }
      if (!this.callers.mayOpen(principal)) {
        throw new Refusal('rate_limited', 'This caller has as many sockets open as one may have.', {
          headers: { 'retry-after': `${SOCKETS_RETRY_S}` },
        })
      }
      const order = await permit({ rule, principal, params }, this.#http.readOrder)
      const call = { request, params, principal, query }
      const session = await route.open(order ? { ...call, order } : call)
      const headers = session.subprotocol === null ? {} : { 'sec-websocket-protocol': session.subprotocol }
      if (!this.#server?.upgrade(request, { data: session, headers })) throw upgradeRequired()
      return undefined
    } catch (error) {
      return this.#refused(await this.#held(error, request), { note, where })
    }
  }
}

/** A request, and the route that it took. */
interface Told {
  readonly note: RequestNote
  readonly where: string
}

const SWITCHING = 101
/** For one of the others to close. */
const SOCKETS_RETRY_S = 10
const REFUSED: RateName = 'address.refused'
const EACH: RateName = 'address.request'
const TARGET = /^[\x21-\x7e]{1,64}$/

function upgradeRequired(): Refusal {
  return new Refusal('upgrade_required', 'This path is a WebSocket.', { headers: { upgrade: 'websocket' } })
}

function fits(path: string, pathname: string): boolean {
  const pattern = path.replaceAll(/\{[a-z_]+\}/g, '[^/]+').replaceAll('.', '\\.')
  return new RegExp(`^${pattern}/?$`).test(pathname)
}
