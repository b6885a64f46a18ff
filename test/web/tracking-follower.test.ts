/** The line of the tracking page, against a server that misbehaves: holes, silence, refusals, an end. */
import { afterEach, expect, test } from 'bun:test'
import type { Server, ServerWebSocket } from 'bun'
import { Follower, type Times } from '../../src/web/tracking/follower.ts'
import type { Line } from '../../src/web/tracking/texts.ts'
import { until } from '../support/until.ts'

const ORDER_ID = `ord_${'0a'.repeat(11)}`
const TOPIC = `order:${ORDER_ID}`
const LINK = { token: `trk_${'0a'.repeat(11)}_t1abc2_${'A'.repeat(22)}`, orderId: ORDER_ID }
const QUICK: Times = {
  gapSpreadMs: 20,
  openMaxMs: 300,
  readMaxMs: 1_000,
  readEveryMs: 60,
  silentMaxMs: 100,
  probeMaxMs: 80,
  tickMs: 10,
}

interface Said {
  readonly type: string
  readonly topics: readonly string[]
}

/** A node as far as a link sees one. What it does wrong is set by the test. */
class Stand {
  readonly said: Said[] = []
  readonly lines: Line[] = []
  readonly shown: string[] = []
  opened = 0
  reads = 0
  readAtMs = 0
  headers: Headers[] = []
  status = 'assigned'
  answer: () => Response = () => Response.json({ ...this.order(1), location: null, timeline: [] })
  isRefusing = false
  isDeaf = false
  socket: ServerWebSocket<unknown> | null = null
  readonly server: Server<unknown>
  readonly follower: Follower

  constructor() {
    const stand = this
    this.server = Bun.serve({
      port: 0,
      fetch(request, server) {
        if (request.headers.get('upgrade') === 'websocket') {
          stand.opened++
          if (stand.isRefusing) return new Response(null, { status: 403 })
          return server.upgrade(request, { data: undefined }) ? undefined : new Response(null, { status: 426 })
        }
        stand.reads++
        stand.readAtMs = performance.now()
        stand.headers.push(request.headers)
        return stand.answer()
      },
      websocket: {
        open(socket) {
          stand.socket = socket
        },
        message(_socket, text) {
          stand.hear(JSON.parse(String(text)) as Said)
        },
      },
    })
    this.follower = new Follower({
      origin: `http://localhost:${this.server.port}`,
      link: LINK,
      listener: {
        onView: view => this.shown.push(`view ${view.status}`),
        onOrder: order => this.shown.push(`order ${order.status} ${order.version}`),
        onFix: fix => this.shown.push(`fix ${fix.latitude}`),
        onLine: line => this.lines.push(line),
      },
      isOffline: () => false,
      isHidden: () => false,
      isSaving: false,
      times: QUICK,
    })
  }

  order(version: number): object {
    return { order_id: ORDER_ID, status: this.status, version, driver: null, eta: {}, updated_at: '' }
  }

  hear(message: Said): void {
    this.said.push(message)
    if (this.isDeaf) return
    if (message.type === 'unsubscribe') this.say({ type: 'unsubscribed', topic: message.topics[0] })
    else this.say({ type: 'subscribed', topic: TOPIC, seq: 3, snapshot: this.order(1) })
  }

  say(message: object): void {
    this.socket?.send(JSON.stringify(message))
  }

  get subscribed(): number {
    return this.said.filter(({ type }) => type === 'subscribe').length
  }

  stop(): void {
    this.follower.stop()
    void this.server.stop(true)
  }
}

let stand: Stand

afterEach(() => stand.stop())

async function live(): Promise<Stand> {
  stand = new Stand()
  stand.follower.start(null)
  await until(() => stand.lines.includes('live'), 'it is live')
  return stand
}

const fix = (seq: number) => ({ type: 'location', topic: TOPIC, seq, data: { latitude: seq, recorded_at: '' } })

test('it reads, subscribes, and shows what comes; the link is a bearer of its reads', async () => {
  await live()
  stand.say(fix(4))
  await until(() => stand.shown.includes('fix 4'), 'the position is shown')
  expect(stand.said[0]).toEqual({ type: 'subscribe', topics: [TOPIC] })
  await until(() => stand.reads > 0, 'it has read')
  expect(stand.headers[0]?.get('authorization')).toBe(`Bearer ${LINK.token}`)
})

test('what the page came with is not read again before it is live, and once then: something may have come between', async () => {
  stand = new Stand()
  stand.follower.start({ status: 200, body: { ...stand.order(1), location: null, timeline: [] } })
  expect(stand.shown).toEqual(['view assigned'])
  await until(() => stand.lines.includes('live'), 'it is live')
  await until(() => stand.reads === 1, 'it has read')
  await Bun.sleep(QUICK.readEveryMs * 3)
  expect(stand.reads).toBe(1)
})

test('where a new driver is, is read: it may not move for a while', async () => {
  await live()
  await until(() => stand.reads > 0 && stand.shown.includes('view assigned'), 'it has read')
  await Bun.sleep(QUICK.tickMs * 5)
  const { reads } = stand
  const data = { ...stand.order(2), driver: { driver_id: 'drv_2', vehicle_type: null } }
  stand.answer = () => Response.json({ ...data, location: null, timeline: [] })
  stand.say({ type: 'order', topic: TOPIC, seq: 4, data })
  await until(() => stand.reads === reads + 1, 'it reads')
  stand.say({ type: 'order', topic: TOPIC, seq: 5, data: { ...data, version: 3 } })
  await until(() => stand.shown.includes('order assigned 3'), 'the next one is shown')
  await Bun.sleep(QUICK.tickMs * 5)
  expect(stand.reads).toBe(reads + 1)
})

test('after a gap, and after a number that nobody spoke of, it asks how things stand', async () => {
  await live()
  stand.say({ type: 'gap', topic: TOPIC, from: 4, to: 5 })
  await until(() => stand.subscribed === 2, 'it subscribes anew')
  await until(() => stand.shown.filter(each => each === 'order assigned 1').length === 2, 'the new snapshot is there')
  stand.say(fix(7))
  await until(() => stand.subscribed === 3, 'it subscribes anew again')
})

test('a silent socket is asked; one that answers is kept, one that does not is given up', async () => {
  await live()
  await until(() => stand.said.some(({ type }) => type === 'unsubscribe'), 'it is asked')
  await Bun.sleep(QUICK.probeMaxMs * 3)
  expect(stand.opened).toBe(1)
  stand.isDeaf = true
  // Also one that is silent from its beginning: what it was asked first is not answered either.
  await until(() => stand.opened === 3, 'it connects anew')
  stand.isDeaf = false
  await until(() => stand.lines.at(-1) === 'live', 'it is live again')
})

test('where sockets are refused it reads, says so, and goes on trying', async () => {
  stand = new Stand()
  stand.isRefusing = true
  stand.follower.start(null)
  await until(() => stand.lines.includes('asking'), 'it says that it reads')
  const { reads, opened } = stand
  await until(() => stand.reads > reads + 2 && stand.opened > opened, 'it reads, and tries')
  stand.isRefusing = false
  await until(() => stand.lines.at(-1) === 'live', 'it is live after all')
  // Tries that fail meanwhile are not told.
  expect(stand.lines.slice(stand.lines.indexOf('asking'))).toEqual(['asking', 'live'])
})

test('a node whose record is away is asked again when it said', async () => {
  stand = new Stand()
  stand.isRefusing = true
  stand.answer = () => Response.json({ code: 'record_unavailable' }, { status: 503, headers: { 'retry-after': '1' } })
  stand.follower.start({ status: 503, body: {} })
  await until(() => stand.lines.includes('unreachable') && stand.reads === 1, 'it has read, and says so')
  const firstAtMs = stand.readAtMs
  // Its socket is refused meanwhile: that hastens no read.
  await until(() => stand.reads === 2, 'it reads again')
  expect(stand.readAtMs - firstAtMs).toBeGreaterThan(990)
  stand.answer = () => Response.json({ ...stand.order(1), location: null, timeline: [] })
  await until(() => stand.shown.includes('view assigned'), 'it shows the order')
})

test('a link that is over ends it: nothing is asked any more', async () => {
  stand = new Stand()
  stand.follower.start({ status: 401, body: { code: 'unauthorized' } })
  await Bun.sleep(150)
  expect([stand.lines, stand.reads, stand.opened]).toEqual([['gone'], 0, 0])
})

test('a link that ends meanwhile is found out by a read, since a browser does not say why a socket was refused', async () => {
  await live()
  stand.isRefusing = true
  stand.answer = () => Response.json({ code: 'unauthorized' }, { status: 401 })
  stand.socket?.close(1_008, 'The token has expired')
  await until(() => stand.lines.at(-1) === 'gone', 'it says so')
})

test('an order that ends is read once more, and the line is closed', async () => {
  await live()
  stand.status = 'delivered'
  stand.say({ type: 'order', topic: TOPIC, seq: 4, data: stand.order(9) })
  await until(() => stand.lines.at(-1) === 'over', 'it is over')
  expect(stand.shown).toContain('order delivered 9')
  expect(stand.shown.at(-1)).toBe('view delivered')
  const { reads, opened } = stand
  await Bun.sleep(200)
  expect([stand.reads, stand.opened]).toEqual([reads, opened])
})

test('an end while a read is under way is not missed for the answer of that read', async () => {
  await live()
  const held = Promise.withResolvers<void>()
  let isFirst = true
  stand.answer = () => {
    if (!isFirst) return Response.json({ ...stand.order(9), location: null, timeline: [] })
    isFirst = false
    const before = { ...stand.order(1), status: 'assigned', location: null, timeline: [] }
    const body = new ReadableStream({
      async start(out) {
        await held.promise
        out.enqueue(new TextEncoder().encode(JSON.stringify(before)))
        out.close()
      },
    })
    return new Response(body, { headers: { 'content-type': 'application/json' } })
  }
  const { reads } = stand
  stand.isDeaf = true
  stand.socket?.close()
  await until(() => stand.reads > reads, 'it reads')
  stand.isDeaf = false
  await until(() => stand.lines.at(-1) === 'live', 'it is live again')
  stand.status = 'delivered'
  stand.say({ type: 'order', topic: TOPIC, seq: 4, data: stand.order(9) })
  await until(() => stand.shown.at(-1) === 'order delivered 9', 'it has heard of the end')
  held.resolve()
  await until(() => stand.lines.at(-1) === 'over', 'it is over')
})
