/**
 * The HTTP side of a node: routes on Elysia, sockets on the same port.
 *
 * Elysia routes and nothing else: bodies, queries and answers are ours, because every refusal must be a problem document that
 * names its field. Bun's server is started here and not by Elysia, which would share the port with whoever has it
 * already (`reusePort`) instead of failing.
 */

import type { Server } from 'bun'
import { Elysia } from 'elysia'
import { MemoryHotView } from '../actors/runtime/memory/memory-hot-view.ts'
import { ZoneWatch } from '../actors/runtime/zone-watch.ts'
import type { OrderId } from '../domain/ids.ts'
import { PostgresZoneLog } from '../store/postgres-zone-log.ts'
import { idempotencyKey } from '../store/records.ts'
import { rulesetsValidAt } from '../store/rulesets.ts'
import { type Access, buildAccess } from './access/build-access.ts'
import { asyncApi } from './asyncapi/asyncapi.ts'
import type { Http, HttpDeps } from './context.ts'
import { Dispatcher, type Params } from './dispatcher.ts'
import { documentationRoutes } from './docs.ts'
import { Edge } from './edge.ts'
import { type Endpoint, routerPath } from './endpoint.ts'
import { refusalOf } from './errors.ts'
import { MinuteSampler } from './figures/minute-sampler.ts'
import { Idempotency } from './idempotency.ts'
import { CatchUp } from './live/catch-up.ts'
import { CellResolutions } from './live/cell-resolutions.ts'
import { FanOut, forgetUnwatched } from './live/fan-out.ts'
import { LiveHub } from './live/hub.ts'
import { OrderDrivers } from './live/order-drivers.ts'
import { Phones } from './live/phones.ts'
import { Metrics } from './metrics/metrics.ts'
import { openApi } from './openapi.ts'
import { orderLinks } from './order-links.ts'
import { problemResponse } from './problem.ts'
import { readOrder } from './reads.ts'
import { RememberedSurge } from './remembered-surge.ts'
import { auditRoutes } from './routes/audit-log.ts'
import { clusterRoutes } from './routes/cluster.ts'
import { courierRoutes } from './routes/courier.ts'
import { deadLetterRoutes } from './routes/dead-letters.ts'
import { driverRoutes } from './routes/drivers.ts'
import { figureRoutes } from './routes/figures.ts'
import { keyRoutes } from './routes/keys.ts'
import { meRoutes } from './routes/me.ts'
import { offerRoutes } from './routes/offers.ts'
import { operationRoutes } from './routes/operations.ts'
import { orderRoutes } from './routes/orders.ts'
import { orderAmendRoutes } from './routes/orders-amend.ts'
import { orderReadRoutes } from './routes/orders-read.ts'
import { osmAndRoutes } from './routes/osmand.ts'
import { positionInRoutes } from './routes/positions-in.ts'
import { positionReadRoutes } from './routes/positions-read.ts'
import { pricingRoutes } from './routes/pricing.ts'
import { quoteRoutes } from './routes/quotes.ts'
import { ratingRoutes } from './routes/ratings.ts'
import { rulesetPreviewRoutes } from './routes/ruleset-preview.ts'
import { vehicleRoutes } from './routes/vehicles.ts'
import { virtualRoutes } from './routes/virtual.ts'
import { webRoutes } from './routes/web.ts'
import { webhookDeliveryRoutes } from './routes/webhook-deliveries.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { zoneRoutes } from './routes/zones.ts'
import { RulesetBook } from './ruleset-book.ts'
import { socketRoutes } from './sockets/routes.ts'
import { type Socket, type SocketSession, socketHandlers } from './sockets/session.ts'
import { SplitHotView } from './split-hot-view.ts'
import { VehicleNews } from './vehicle-news.ts'

export interface Running {
  readonly port: number
  /** Refuses what is new, closes the sockets and waits for what is under way. */
  stop(): Promise<void>
}

export interface Where {
  readonly hostname: string
  /** 0 for any that is free. */
  readonly port: number
}

export interface App {
  /** @throws where the port is taken. */
  start(where: Where): Running
}

/**
 * Beyond what anybody sends: the server would cut such a request off without an answer. The limits are those of the routes, which
 * answer in words; what they do not read is thrown away as it comes.
 */
const REQUEST_BYTES_MAX = 2 ** 50
/** More than tests need: a flood of invented drivers takes no more memory than this. */
const TEST_DRIVERS_SEEN_MAX = 10_000
/** What is under way when the node stops has this long to end. */
const DRAIN_MS = 3_000
const GOING_AWAY = 1_001
const NO_PARAMS: Params = {}

export function createApp(deps: HttpDeps): App {
  let port = 0
  const scheme = deps.config.edge.tls === null ? 'http' : 'https'
  const baseUrl = () => deps.config.publicUrl ?? `${scheme}://localhost:${port}`
  const access = buildAccess(deps)
  const http = contextOf(deps, access, baseUrl)
  const endpoints = endpointsOf(http)
  const sockets = new Set<Socket>()
  const { edge: settings, limits } = deps.config
  const edge = new Edge({ ...settings, requestsMax: limits.requestsMax })
  const dispatcher = new Dispatcher(http, edge, endpoints, socketRoutes(http))
  const { fetch: route } = routerOf(dispatcher, scheme)

  deps.gateway.listen(new FanOut(http))
  http.zones.start()
  http.vehicleNews.start()
  http.sampler.start()

  return {
    start(where) {
      const server = Bun.serve({
        ...where,
        // No page of the platform's own, with its stack: whatever escapes is a problem document as well.
        development: false,
        error: error => problemResponse(refusalOf(error, 'router', deps)),
        fetch: request => edge.answer(request, route),
        ...(settings.tls === null ? {} : { tls: settings.tls }),
        maxRequestBodySize: REQUEST_BYTES_MAX,
        idleTimeout: limits.requestMaxS,
        websocket: socketHandlers(
          {
            opened(socket) {
              sockets.add(socket)
              dispatcher.callers.opened(socket.data.principal)
              http.openCredentials.opened(socket, socket.data.principal)
              http.metrics.opened(socket.data.kind)
            },
            closed(socket) {
              sockets.delete(socket)
              dispatcher.callers.closed(socket.data.principal)
              http.openCredentials.closed(socket, socket.data.principal)
              http.metrics.closed(socket.data.kind)
            },
          },
          deps.config.limits.socketBufferBytesMax,
        ),
      })
      dispatcher.serveOn(server)
      port = server.port ?? where.port
      return { port, stop: () => stop(deps, http, server, sockets) }
    },
  }
}

function contextOf(deps: HttpDeps, access: Access, baseUrl: () => string): Http & Pick<Access, 'close'> {
  const metrics = new Metrics()
  const orderDrivers = new OrderDrivers(deps.gateway)
  const links = orderLinks(access.tracking, baseUrl)
  const hubs = {
    live: new LiveHub(forgetUnwatched(orderDrivers), deps.gateway),
    test: new LiveHub(forgetUnwatched(orderDrivers), deps.gateway),
  }
  const readStoredOrder = (orderId: OrderId) => readOrder(deps.sql, orderId)
  return {
    ...deps,
    ...access,
    links,
    readOrder: readStoredOrder,
    catchUp: new CatchUp({ hubs, orderDrivers, links, metrics, clock: deps.clock, readOrder: readStoredOrder }),
    metrics,
    idempotency: new Idempotency(key => idempotencyKey(deps.sql, key)),
    rulesets: new RulesetBook(deps.clock, atMs => rulesetsValidAt(deps.sql, atMs)),
    rememberedSurge: new RememberedSurge(deps.clock),
    zones: new ZoneWatch({
      clock: deps.clock,
      log: new PostgresZoneLog(deps.sql, ['service_area', 'price_area']),
      fail: error => deps.log(`the zones could not be read: ${String(error)}`),
    }),
    vehicleNews: new VehicleNews(deps),
    hotView: new SplitHotView({ live: deps.hotView, test: new MemoryHotView(TEST_DRIVERS_SEEN_MAX) }),
    hubs,
    phones: new Phones(metrics, deps.gateway),
    orderDrivers,
    cellResolutions: new CellResolutions(),
    sampler: new MinuteSampler({ ...deps, source: sourceOf(deps.randomBytes) }),
    baseUrl,
  }
}

/** Of this process, among those that note figures in the record. */
function sourceOf(randomBytes: HttpDeps['randomBytes']): string {
  return Buffer.from(randomBytes(8)).toString('hex')
}

function endpointsOf(http: Http): Endpoint[] {
  const endpoints: Endpoint[] = [
    ...operationRoutes(http),
    ...clusterRoutes(http),
    ...figureRoutes(http),
    ...deadLetterRoutes(http),
    ...meRoutes(),
    ...positionInRoutes(http),
    ...osmAndRoutes(http),
    ...positionReadRoutes(http),
    ...driverRoutes(http),
    ...vehicleRoutes(http),
    ...zoneRoutes(http),
    ...pricingRoutes(http),
    ...rulesetPreviewRoutes(http),
    ...quoteRoutes(http),
    ...orderRoutes(http),
    ...orderAmendRoutes(http),
    ...ratingRoutes(http),
    ...orderReadRoutes(http),
    ...offerRoutes(http),
    ...keyRoutes(http),
    ...auditRoutes(http),
    ...virtualRoutes(http),
    ...webhookRoutes(http),
    ...webhookDeliveryRoutes(http),
    ...webRoutes(http),
    ...courierRoutes(http),
    ...documentationRoutes({
      openApi: once(() => openApi(endpoints, http.version)),
      asyncApi: once(() => asyncApi(http.version, http.baseUrl())),
    }),
  ]
  return endpoints
}

/** Made when it is first asked for. */
function once(make: () => object): () => object {
  let made: object | null = null
  return () => {
    made ??= make()
    return made
  }
}

function routerOf(dispatcher: Dispatcher, scheme: 'http' | 'https') {
  const router = new Elysia({
    // Compiled lazily, a route is prepared anew for each of its requests.
    precompile: true,
    // The path is looked for from the 8th character of the URL or, with a standard hostname, from the 12th. Behind `http://` that
    // takes a host of fewer than four characters, such as that of a container, for a part of the path; behind `https://` the
    // 8th is a slash of the scheme.
    handler: { standardHostname: scheme === 'https' },
  })
  for (const { method, path, handle } of dispatcher.routes()) {
    // A path without parameters comes with none at all, whatever the types say. The router reads the text of this function: one that
    // returned a call and nothing else it would take for asynchronous, and make a promise of every answer, also of those that are there.
    const routed = ({ request, params }: { readonly request: Request; readonly params: Params | undefined }) =>
      params === undefined ? handle(request, NO_PARAMS) : handle(request, params)
    // Bodies are read by the handlers, within the limit of each.
    router.route(method, routerPath(path), routed, method === 'GET' ? {} : { parse: 'none' })
  }
  return router.onError(({ request, error }) => dispatcher.unrouted(request, error))
}

async function stop(
  deps: HttpDeps,
  http: Http & Pick<Access, 'close'>,
  server: Server<SocketSession>,
  sockets: Set<Socket>,
): Promise<void> {
  http.zones.stop()
  http.vehicleNews.stop()
  http.catchUp.stop()
  http.sampler.stop()
  const stopped = server.stop()
  for (const socket of sockets) socket.close(GOING_AWAY, 'The node stops; connect again.')
  const cancel = deps.clock.after(DRAIN_MS, () => void server.stop(true))
  await stopped
  cancel()
  await http.close()
}
