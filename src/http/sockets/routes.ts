/** Where sockets are, and what each needs to open. */

import { type CellId, type DriverId, parseDriverId, type ZoneId } from '../../domain/ids.ts'
import { type Mode, modeOfOrder } from '../../domain/mode.ts'
import { zoneById } from '../../store/zones.ts'
import { checkDriverMode } from '../access/own-mode.ts'
import type { Http } from '../context.ts'
import type { Call } from '../endpoint.ts'
import { invalidField, notFound } from '../problem.ts'
import { readOrder } from '../reads.ts'
import { renderZone } from '../render/zone.ts'
import { orderIdOf } from '../routes/params.ts'
import { readSurge, renderSurge } from '../surge.ts'
import { chooseCodec, chosenSubprotocol } from './codec.ts'
import { type LiveDeps, LiveSession } from './live.ts'
import { OrderLocationSession } from './order-location.ts'
import type { SocketSession } from './session.ts'
import { StreamSession } from './stream.ts'

export interface SocketCall extends Call {
  readonly query: URLSearchParams
}

export interface SocketRoute {
  /** As in OpenAPI. */
  readonly path: string
  /** @throws {Refusal} where the socket is not to be opened. */
  open(call: SocketCall): SocketSession | Promise<SocketSession>
}

export function socketRoutes(http: Http): SocketRoute[] {
  const liveOf = (mode: Mode): LiveDeps => ({
    ...http,
    hub: http.hubs[mode],
    limits: http.config.limits,
    snapshots: {
      ...http,
      hotView: http.hotView.of(mode),
      readOrder: (orderId: Parameters<typeof readOrder>[1]) => readOrder(http.sql, orderId),
      readZone: async (zoneId: ZoneId) => {
        const zone = await zoneById(http.sql, zoneId)
        return zone && renderZone(zone)
      },
      readSurge: async (cell: CellId) => (await readSurge(http, [cell])).map(renderSurge)[0] ?? {},
      staleMs: http.config.staleS * 1_000,
      driversMax: http.config.limits.snapshotDriversMax,
    },
  })
  const live = { live: liveOf('live'), test: liveOf('test') }
  const stream = { ...http, limits: http.config.limits }
  const orderLocation = async (call: SocketCall): Promise<SocketSession> => {
    const orderId = orderIdOf(call)
    if ((call.order ?? (await readOrder(http.sql, orderId))) === null) throw notFound('order')
    const deps = { ...http, hub: http.hubs[modeOfOrder(orderId)], readOrder: () => readOrder(http.sql, orderId) }
    return new OrderLocationSession(deps, orderId, call.principal)
  }
  return [
    { path: '/v1/stream', open: call => openStream(stream, call) },
    { path: '/v1/live', open: call => new LiveSession(live[call.principal.mode], call.principal) },
    { path: '/v1/orders/{order_id}/driver-location', open: orderLocation },
    { path: '/api/v1/drivers/orders/{order_id}/driver-location', open: orderLocation },
  ]
}

function openStream(deps: ConstructorParameters<typeof StreamSession>[0], call: SocketCall): StreamSession {
  const { principal } = call
  const offered = call.request.headers.get('sec-websocket-protocol')
  const [codec, subprotocol] = [chooseCodec(offered), chosenSubprotocol(offered)]
  return new StreamSession(deps, { codec, subprotocol, driverId: driverOfStream(call), principal })
}

/** A driver's credential opens that driver's own connection, whether or not it says so. @throws {Refusal} */
function driverOfStream({ principal, query }: SocketCall): DriverId | null {
  const named = query.get('driver_id') ?? (principal.role === 'driver' ? principal.id : null)
  if (named === null) return null
  if (principal.role === 'driver' && named !== principal.id) throw notFound('driver')
  const driverId = parseDriverId(named)
  if (driverId === null) throw invalidField('/driver_id', 'Expected 1–64 of A–Z a–z 0–9 _ -')
  checkDriverMode(driverId, principal.mode)
  return driverId
}
