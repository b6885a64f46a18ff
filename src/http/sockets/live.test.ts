/** The live socket on a real server, with real clients: what only a socket that is full can show. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect, type Socket as TcpSocket } from 'node:net'
import { logTo } from '../../actors/runtime/log.ts'
import { MemoryHotView } from '../../actors/runtime/memory/memory-hot-view.ts'
import { ADMIN } from '../access/principal.ts'
import { TrackingLinks } from '../access/tracking-link.ts'
import { HTTP_LIMITS } from '../limits.ts'
import { CellResolutions } from '../live/cell-resolutions.ts'
import { FanOut, forgetUnwatched } from '../live/fan-out.ts'
import { LiveHub } from '../live/hub.ts'
import { NO_INTEREST } from '../live/interest.ts'
import { OrderDrivers } from '../live/order-drivers.ts'
import { Phones } from '../live/phones.ts'
import { Metrics } from '../metrics/metrics.ts'
import { orderLinks } from '../order-links.ts'
import { assigned, DRIVER_ID, liveFix, ORDER_ID, order } from '../render/render.fixtures.ts'
import { LiveSession } from './live.ts'
import { type SocketSession, socketHandlers } from './session.ts'

const metrics = new Metrics()
const orderDrivers = new OrderDrivers()
let settled: () => Promise<void> = NO_INTEREST.settled
const hub = new LiveHub(forgetUnwatched(orderDrivers), { ...NO_INTEREST, settled: () => settled() })
const hotView = new MemoryHotView()
const cellResolutions = new CellResolutions()
const tracking = new TrackingLinks({ secrets: ['a secret of thirty-two characters'], ttlMs: 86_400_000 })
const links = orderLinks(tracking, () => 'http://localhost')
const hubs = { live: hub, test: new LiveHub() }
const fanOut = new FanOut({
  hotView,
  hubs,
  phones: new Phones(metrics),
  orderDrivers,
  cellResolutions,
  catchUp: { unheard: () => undefined },
  links,
})
const clock = {
  nowMs: () => 0,
  after: (_delayMs: number, fire: () => void) => {
    const immediate = setImmediate(fire)
    return () => clearImmediate(immediate)
  },
}
const limits = { ...HTTP_LIMITS, topicsPerSocketMax: 3 }
let stored = order()
let beforeRead: () => void = () => undefined

const snapshots = {
  hotView,
  clock,
  orderDrivers,
  links,
  staleMs: 60_000,
  driversMax: 10,
  readZone: async () => null,
  readSurge: async (cell: string) => ({ cell, multiplier: 1, demand: 0, supply: 0, round: 7 }),
  readOrder: async (orderId: string) => {
    const read = stored
    beforeRead()
    return orderId === ORDER_ID ? read : null
  },
}

const handlers = socketHandlers(
  { opened: () => metrics.opened('live'), closed: () => metrics.closed('live') },
  16_777_216,
)
let server: Bun.Server<SocketSession>

beforeAll(() => {
  server = Bun.serve<SocketSession>({
    port: 0,
    fetch(request, bun) {
      const deps = { hub, snapshots, cellResolutions, metrics, limits, clock, random: () => 0.5, log: logTo(() => {}) }
      const data = new LiveSession(deps, ADMIN)
      return bun.upgrade(request, { data }) ? undefined : new Response(null, { status: 426 })
    },
    websocket: handlers,
  })
})

afterAll(() => server.stop(true))

async function client() {
  const socket = new WebSocket(`ws://localhost:${server.port}`)
  const messages: Record<string, unknown>[] = []
  let wake = Promise.withResolvers<void>()
  socket.onmessage = ({ data }) => {
    messages.push(JSON.parse(String(data)) as Record<string, unknown>)
    wake.resolve()
    wake = Promise.withResolvers()
  }
  await new Promise<void>(resolve => {
    socket.onopen = () => resolve()
  })
  const until = async (come: () => boolean): Promise<void> => {
    while (!come()) await wake.promise
  }
  return { socket, messages, until, send: (message: object) => socket.send(JSON.stringify(message)) }
}

test('a change that comes while the snapshot is read follows it', async () => {
  const c = await client()
  const topic = `order:${ORDER_ID}`
  const after = order({ version: 2, status: 'assigned', assignment: assigned() })
  beforeRead = () => fanOut.onPublish(topic, 'order', after as never)
  c.send({ type: 'subscribe', topics: [topic] })
  await c.until(() => c.messages.length === 2)
  beforeRead = () => undefined

  expect(c.messages.map(m => m.type)).toEqual(['subscribed', 'order'])
  expect(c.messages[0]).toMatchObject({ seq: 0, snapshot: { version: 1 } })
  expect(c.messages[1]).toMatchObject({ seq: 1, data: { version: 2 } })
  // The older snapshot has not undone what the change said.
  expect(orderDrivers.driverOf(ORDER_ID)).toBe(DRIVER_ID)
  c.socket.close()
})

test('a change that was said before other nodes knew of the watcher is in its snapshot', async () => {
  const c = await client()
  const before = stored
  settled = async () => {
    stored = order({ version: 2, status: 'assigned', assignment: assigned() })
  }
  c.send({ type: 'subscribe', topics: [`order:${ORDER_ID}`] })
  await c.until(() => c.messages.length === 1)
  settled = NO_INTEREST.settled
  stored = before

  expect(c.messages[0]).toMatchObject({ type: 'subscribed', snapshot: { version: 2 } })
  c.socket.close()
})

test('an order that is already on its way is followed from its snapshot on', async () => {
  stored = order({ version: 3, status: 'at_pickup', assignment: assigned() })
  const c = await client()
  c.send({ type: 'subscribe', topics: [`order:${ORDER_ID}`] })
  await c.until(() => c.messages.length === 1)
  fanOut.onFix(liveFix({ recordedAtMs: 1 }))
  await c.until(() => c.messages.length === 2)

  expect(c.messages[1]).toMatchObject({ type: 'location', data: { driver_id: DRIVER_ID } })
  c.socket.close()
})

test('topics beyond the limit of a socket are refused, the others stay', async () => {
  const c = await client()
  c.send({ type: 'subscribe', topics: ['driver:a', 'driver:b', 'driver:c', 'driver:d'] })
  await c.until(() => c.messages.length === 4)

  expect(c.messages.filter(m => m.type === 'error')).toMatchObject([{ code: 'overloaded', topic: 'driver:d' }])
  c.socket.close()
})

/** A masked text frame with an unmasked payload: the mask is zero. */
function textFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
}

/** A reader that does not read: plain TCP, paused once the subscription stands. */
async function stalled(): Promise<TcpSocket> {
  const tcp = connect(Number(server.port), 'localhost')
  tcp.write(
    'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await new Promise(resolve => tcp.once('data', resolve))
  tcp.write(textFrame('{"type":"subscribe","topics":["fleet","driver:drv_1"]}'))
  await new Promise(resolve => tcp.once('data', resolve))
  tcp.pause()
  return tcp
}

test('a reader that stalls costs one message per topic, and when it reads on it is told what it missed', async () => {
  const tcp = await stalled()
  const droppedBefore = metrics.liveDropped
  // Until the buffers of the kernel are full, and then as much again.
  let published = 0
  while (metrics.liveDropped - droppedBefore < 20_000 && published < 400_000) {
    fanOut.onFix(liveFix({ recordedAtMs: 1_000 + published++ }))
    if (published % 1_000 === 0) await Bun.sleep(0)
  }
  expect(metrics.liveDropped - droppedBefore).toBeGreaterThanOrEqual(20_000)

  let text = ''
  tcp.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
  })
  tcp.resume()
  const end = Date.now() + 5_000
  while (!isComplete(text, published) && Date.now() < end) await Bun.sleep(5)
  expect(holesIn(text, 'fleet')).toEqual([])
  expect(holesIn(text, 'driver:drv_1')).toEqual([])
  expect(isComplete(text, published)).toBe(true)
  expect(text).toContain('"type":"gap"')
  tcp.destroy()
}, 20_000)

/** The position that was published last has come, on both topics. */
function isComplete(text: string, published: number): boolean {
  return (['fleet', 'driver:drv_1'] as const).every(topic => lastOf(text, topic) === published)
}

function lastOf(text: string, topic: string): number {
  const all = [...text.matchAll(new RegExp(`"type":"location","topic":"${topic}","seq":(\\d+)`, 'g'))]
  return Number(all.at(-1)?.[1] ?? 0)
}

/** Numbers that neither came nor were named by a gap. */
function holesIn(text: string, topic: string): string[] {
  const pattern = new RegExp(
    `"type":"location","topic":"${topic}","seq":(\\d+)|"topic":"${topic}","from":(\\d+),"to":(\\d+)`,
    'g',
  )
  const holes: string[] = []
  let last = 0
  for (const [, seq, from, to] of text.matchAll(pattern)) {
    const first = Number(seq ?? from)
    if (first !== last + 1) holes.push(`${last} → ${first}`)
    last = Number(seq ?? to)
  }
  return holes
}

test('when all have gone, nothing is watched any more', async () => {
  const clients = await Promise.all(Array.from({ length: 50 }, client))
  for (const c of clients) c.send({ type: 'subscribe', topics: ['cell:872a1072bffffff', 'fleet', `order:${ORDER_ID}`] })
  await Promise.all(clients.map(c => c.until(() => c.messages.length === 3)))
  expect([...cellResolutions.watched]).toEqual([7])
  for (const c of clients) c.socket.terminate()
  while (metrics.socketsOpen.live > 0) await Bun.sleep(1)

  expect([hub.topics, hub.subscriptions, orderDrivers.size]).toEqual([0, 0, 0])
  expect([...cellResolutions.watched]).toEqual([])
})
