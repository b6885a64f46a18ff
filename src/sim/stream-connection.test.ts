import { afterEach, expect, test } from 'bun:test'
import { Agenda } from './agenda.ts'
import { nowMs } from './clock.ts'
import { objectOf } from './json.ts'
import { Limiter } from './limiter.ts'
import { type Point, StreamConnection, type StreamListener } from './stream-connection.ts'
import { Ticker } from './ticker.ts'
import { decodeFrame, encodeFrame, type Protocol } from './wire.ts'

interface Received {
  readonly connection: number
  readonly protocol: string
  readonly frame: Readonly<Record<string, unknown>>
}

/** A node that the test plays: it sees frames and decides what to say. */
class Peer {
  readonly received: Received[] = []
  connections = 0
  private waiting: { count: number; resolve: () => void } | null = null
  private socket: Bun.ServerWebSocket<{ connection: number; protocol: string }> | null = null
  private readonly server = Bun.serve<{ connection: number; protocol: string }>({
    port: 0,
    fetch: (request, server) => {
      const protocol = request.headers.get('sec-websocket-protocol') ?? ''
      const headers = { 'sec-websocket-protocol': protocol }
      const data = { connection: ++this.connections, protocol }
      return server.upgrade(request, { headers, data }) ? undefined : new Response('no', { status: 400 })
    },
    websocket: {
      open: socket => {
        this.socket = socket
      },
      message: (socket, data) => {
        const frame = objectOf(decodeFrame(data)) ?? {}
        this.received.push({ ...socket.data, frame })
        if (this.waiting !== null && this.received.length >= this.waiting.count) this.waiting.resolve()
      },
    },
  })

  get url(): string {
    return `http://localhost:${this.server.port}`
  }

  say(message: object): void {
    const protocol: Protocol = this.socket?.data.protocol === 'waggle.msgpack' ? 'msgpack' : 'json'
    this.socket?.send(encodeFrame(protocol, message))
  }

  drop(): void {
    this.socket?.terminate()
  }

  async frames(count: number): Promise<Received[]> {
    if (this.received.length < count) {
      await new Promise<void>(resolve => {
        this.waiting = { count, resolve }
      })
    }
    return this.received
  }

  async stop(): Promise<void> {
    await this.server.stop(true)
  }
}

class Heard implements StreamListener {
  acked = 0
  rejected: string[] = []
  reopened = 0
  readonly latenciesMs: number[] = []
  private changed: () => void = () => undefined

  onMessage(): void {}

  onAcked(points: number, latencyMs: number): void {
    this.acked += points
    this.latenciesMs.push(latencyMs)
    this.changed()
  }

  onRejected(points: number, code: string): void {
    for (let i = 0; i < points; i++) this.rejected.push(code)
    this.changed()
  }

  onDropped(): void {}

  onReopened(): void {
    this.reopened++
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>(resolve => {
        this.changed = resolve
      })
    }
  }
}

const cleanups: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function connected(options: { protocol?: Protocol; driverId?: string | null } = {}) {
  const [peer, heard, agenda] = [new Peer(), new Heard(), new Agenda()]
  const ticker = new Ticker(5, () => agenda.runDue(nowMs()))
  ticker.start()
  const { protocol = 'json', driverId = null } = options
  const common = { url: peer.url, token: 'key', agenda, random: () => 0.5, opening: new Limiter(8), listener: heard }
  const connection = new StreamConnection({ ...common, protocol, driverId })
  cleanups.push(
    () => connection.close(),
    () => ticker.stop(),
    () => peer.stop(),
  )
  await connection.open()
  return { peer, heard, connection }
}

const point = (n: number): Point => ({ latitude: n, longitude: -n, recorded_at: `2026-01-01T00:00:0${n}.000Z` })

test('frames are numbered from 1, and an acknowledgement settles all up to its own', async () => {
  const { peer, heard, connection } = await connected()
  const dueAtMs = nowMs() - 50
  for (const n of [1, 2, 3]) connection.sendPoints([point(n), point(n)], dueAtMs)
  const frames = await peer.frames(3)
  expect(frames.map(({ frame }) => [frame.type, frame.seq])).toEqual([1, 2, 3].map(seq => ['locations', seq]))

  peer.say({ type: 'ack', seq: 2 })
  await heard.until(() => heard.acked === 4)
  expect(connection.unsettledPoints).toBe(2)
  // From when it was due, not from when it was sent.
  expect(Math.min(...heard.latenciesMs)).toBeGreaterThan(50)
})

test('what was not settled is sent again on the next connection, numbered anew, its time unchanged', async () => {
  const { peer, heard, connection } = await connected()
  for (const n of [1, 2, 3]) connection.sendPoints([point(n)], nowMs())
  await peer.frames(3)
  peer.say({ type: 'ack', seq: 1 })
  await heard.until(() => heard.acked === 1)
  peer.drop()

  const again = (await peer.frames(5)).slice(3)
  expect(again.map(({ connection: number, frame }) => [number, frame.seq, frame.points])).toEqual([
    [2, 1, [point(2)]],
    [2, 2, [point(3)]],
  ])
  peer.say({ type: 'ack', seq: 2 })
  await heard.until(() => heard.acked === 3)
  expect([heard.reopened, connection.unsettledPoints]).toEqual([1, 0])
})

test('a frame that is refused is settled, whether it is the first or waits behind another', async () => {
  const { peer, heard, connection } = await connected()
  for (const n of [1, 2, 3]) connection.sendPoints([point(n)], nowMs())
  await peer.frames(3)
  peer.say({ type: 'error', seq: 2, code: 'invalid', message: 'latitude' })
  peer.say({ type: 'error', seq: 1, code: 'too_fast', message: '' })
  await heard.until(() => heard.rejected.length === 1)
  peer.say({ type: 'ack', seq: 3 })
  await heard.until(() => heard.acked === 1)
  expect(heard.rejected).toEqual(['too_fast', 'invalid'])
  expect(connection.unsettledPoints).toBe(0)
})

test("a driver's own connection sends single positions, in msgpack where that is agreed", async () => {
  const { peer, connection } = await connected({ protocol: 'msgpack', driverId: 'drv_1' })
  connection.sendPoints([point(1)], nowMs())
  const [first] = await peer.frames(1)
  expect(first?.protocol).toBe('waggle.msgpack')
  expect(first?.frame).toEqual({ type: 'location', seq: 1, ...point(1) })
})

test('a closed connection stays closed', async () => {
  const { peer, connection } = await connected()
  connection.close()
  connection.sendPoints([point(1)], nowMs())
  await connection.open()
  expect([connection.send({ type: 'accept' }), connection.unsettledPoints, peer.connections]).toEqual([false, 0, 1])
})
