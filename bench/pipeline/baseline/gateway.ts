/** The edge of the baseline: the same paths, frames and answers as a node's, so that the same clients measure both. */
import type { Server } from 'bun'
import { Elysia } from 'elysia'
import type { Redis } from 'ioredis'
import type { Intake } from './intake.ts'
import { LiveConnection, LiveTopics } from './live-topics.ts'
import { ACKS_CHANNEL, currentKey, GEO_KEY, LIVE_CHANNEL } from './names.ts'
import { type Position, pointBody, positionOf, rowBody, unpackEntry, unpackTokens } from './position.ts'
import { StreamConnection } from './stream-connection.ts'

export interface GatewayParts {
  readonly token: string
  readonly intake: Intake
  readonly reads: Redis
  /** Subscribed: may do nothing else. */
  readonly hears: Redis
}

type Connection = StreamConnection | LiveConnection

const REQUEST_BYTES_MAX = 8_388_608
const FRAME_BYTES_MAX = 1_048_576
const NEARBY_MAX = 500
/** A multiple of any number of streams that is tried. */
const LANES = 12

export async function startGateway(parts: GatewayParts): Promise<Server<Connection>> {
  const topics = new LiveTopics()
  const app = routes(parts)
  let connections = 0
  const server = Bun.serve<Connection>({
    hostname: '127.0.0.1',
    port: 0,
    maxRequestBodySize: REQUEST_BYTES_MAX,
    fetch(request, server) {
      if (request.headers.get('authorization') !== `Bearer ${parts.token}`) return refusal(401, 'unauthorized')
      if (request.headers.get('upgrade') === null) return app.fetch(request)
      const offered = request.headers.get('sec-websocket-protocol')
      const isStream = new URL(request.url).pathname === '/v1/stream'
      const data = isStream
        ? new StreamConnection(++connections, offered === 'waggle.msgpack' ? 'msgpack' : 'json', parts.intake)
        : new LiveConnection(topics)
      const headers = offered === null ? {} : { headers: { 'sec-websocket-protocol': offered } }
      return server.upgrade(request, { data, ...headers }) ? undefined : refusal(400, 'malformed')
    },
    websocket: {
      perMessageDeflate: false,
      maxPayloadLength: FRAME_BYTES_MAX,
      message: (socket, data) => socket.data.message(socket, data),
      close(socket) {
        if (socket.data.kind === 'live') socket.data.close()
      },
    },
  })
  await listen(parts, topics, server)
  return server
}

async function listen({ hears, intake }: GatewayParts, topics: LiveTopics, server: Server<Connection>): Promise<void> {
  hears.on('messageBuffer', (channel: Buffer, bytes: Buffer) => {
    if (channel.toString() === ACKS_CHANNEL) intake.committed(unpackTokens(bytes))
    else if (topics.isWatched) topics.publish(server, unpackEntry(bytes).positions)
  })
  await hears.subscribe(ACKS_CHANNEL, LIVE_CHANNEL)
}

function routes({ intake, reads }: GatewayParts) {
  const take = (lane: number, positions: readonly Position[]): Promise<boolean> =>
    new Promise(resolve => intake.take(lane, positions, outcome => resolve(outcome === 'committed')))
  return new Elysia({ precompile: true })
    .post(
      '/v1/drivers/:driver_id/location',
      async ({ request, params: { driver_id } }) => {
        const body = await request.json()
        if (!pointBody.Check(body)) return refusal(422, 'invalid')
        const isCommitted = await take(laneOf(driver_id), [positionOf(driver_id, body)])
        if (!isCommitted) return refusal(503, 'overloaded')
        return answer(202, JSON.stringify({ driver_id, recorded_at: body.recorded_at, status: 'committed' }))
      },
      { parse: 'none' },
    )
    .post('/v1/locations', async ({ request }) => locations(await request.json(), take), { parse: 'none' })
    .get('/v1/drivers/:driver_id/location', async ({ params: { driver_id } }) => {
      const found = await reads.get(currentKey(driver_id))
      return found === null ? refusal(404, 'not_found') : answer(200, found)
    })
    .get('/v1/drivers/nearby', async ({ request }) => answer(200, await nearby(reads, new URL(request.url))))
}

/** Each row goes to its driver's stream; the request is answered when all of them are committed. */
async function locations(
  body: unknown,
  take: (lane: number, positions: readonly Position[]) => Promise<boolean>,
): Promise<Response> {
  const rows = (body as { locations?: unknown }).locations
  if (!Array.isArray(rows)) return refusal(422, 'invalid')
  const positions: Position[] = []
  const rejected: object[] = []
  rows.forEach((row, index) => {
    if (rowBody.Check(row)) positions.push(positionOf(row.driver_id, row))
    else rejected.push({ index, code: 'invalid', message: 'not a position' })
  })
  const byLane = Map.groupBy(positions, ([driver]) => laneOf(driver) % LANES)
  const committed = await Promise.all([...byLane].map(([lane, some]) => take(lane, some)))
  if (committed.includes(false)) return refusal(503, 'overloaded')
  return answer(202, JSON.stringify({ committed: positions.length, late: 0, ignored: 0, rejected }))
}

async function nearby(reads: Redis, { searchParams }: URL): Promise<string> {
  const number = (name: string, fallback: number): number => Number(searchParams.get(name) ?? fallback)
  const found = (await reads.geosearch(
    GEO_KEY,
    'FROMLONLAT',
    number('lng', 0),
    number('lat', 0),
    'BYRADIUS',
    number('radius', 1_000),
    'm',
    'ASC',
    'COUNT',
    Math.min(NEARBY_MAX, number('limit', 50)),
    'WITHCOORD',
    'WITHDIST',
  )) as unknown as readonly [string, string, readonly [string, string]][]
  const drivers = found.map(([driver_id, distance, [longitude, latitude]]) => ({
    driver_id,
    latitude: Number(latitude),
    longitude: Number(longitude),
    distance_m: Number(distance),
  }))
  return JSON.stringify({ drivers })
}

function laneOf(driverId: string): number {
  return Number(BigInt(Bun.hash(driverId)) & 0xffffn)
}

function answer(status: number, body: string): Response {
  return new Response(body, { status, headers: { 'content-type': 'application/json' } })
}

function refusal(status: number, code: string): Response {
  return answer(status, JSON.stringify({ code }))
}
