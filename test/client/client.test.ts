/** The TypeScript client on a whole node: the life of an order by it alone, its repeats, its sockets, and its examples. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  isCode,
  type LiveEvent,
  Waggle,
  WaggleConnectionError,
  WaggleLive,
  WaggleStream,
} from '../../clients/typescript/src/index.ts'
import { clientTypes } from '../../src/contract/client-types.ts'
import { readDocuments } from '../../src/contract/documents.ts'
import { ADMIN_KEY, startTestNode, type TestNode } from '../http/node.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

const CLIENT = join(import.meta.dir, '../../clients/typescript')
const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }
const WISH = { pickup: HERE, dropoff: THERE, vehicle_type: 'nobody_has_it' }

let node: TestNode
let waggle: Waggle

beforeAll(async () => {
  node = await startTestNode()
  waggle = new Waggle({ url: node.url, token: ADMIN_KEY })
})

afterAll(async () => {
  await node.stop()
})

test('its types are those of the document', async () => {
  const { openApi } = await readDocuments(node.url)
  expect(await Bun.file(join(CLIENT, 'src/generated.ts')).text()).toBe(clientTypes(openApi))
})

test('the life of an order, by the client alone', async () => {
  const driver = { params: { driver_id: 'ada' } }
  await waggle.call('POST /v1/drivers', { body: { driver_id: 'ada', name: 'Ada', vehicle_type: 'bike' } })
  await waggle.call('PUT /v1/drivers/{driver_id}/availability', { ...driver, body: { status: 'available' } })
  const phone = new WaggleStream(waggle, { driverId: 'ada', offer: ({ offer_id }) => phone.accept(offer_id) })
  await phone.send(HERE)
  const quote = await waggle.call('POST /v1/quotes', { body: { pickup: HERE, dropoff: THERE, vehicle_type: 'bike' } })
  const order = await waggle.call('POST /v1/orders', { body: { quote_id: quote.quote_id } })
  const seen: LiveEvent[] = []
  const live = new WaggleLive(waggle)
  live.watch(`order:${order.order_id}`, event => seen.push(event))

  const at = { params: { order_id: order.order_id } }
  const statusNow = async () => (await waggle.call('GET /v1/orders/{order_id}', at)).status
  await until(async () => (await statusNow()) === 'assigned', 'it is assigned')
  for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const) {
    expect((await waggle.call('POST /v1/orders/{order_id}/status', { ...at, body: { status } })).status).toBe(status)
  }
  await until(
    () => seen.some(event => event.kind === 'update' && JSON.stringify(event.data).includes('delivered')),
    'it is seen',
  )
  expect(seen[0]?.kind).toBe('snapshot')
  const kinds: string[] = []
  for await (const { type } of waggle.list('GET /v1/orders/{order_id}/events', { ...at, query: { limit: 2 } }))
    kinds.push(type)
  expect(kinds).toEqual(['placed', 'offered', 'assigned', 'status', 'status', 'status', 'status'])
  live.close()
  phone.close()
})

test('a refusal is known by its code, and names its fields', async () => {
  const refused = await waggle
    .call('GET /v1/orders/{order_id}', { params: { order_id: 'ord_1' } })
    .catch(error => error)
  expect(isCode(refused, 'not_found')).toBe(true)
  const wrong = await waggle.call('POST /v1/orders', { body: {} }).catch(error => error)
  expect([wrong.code, wrong.errors.length > 0]).toEqual(['invalid', true])
})

test('a creation whose answer is lost is sent again and made once', async () => {
  let losses = 2
  const lossy = new Waggle({
    url: node.url,
    token: ADMIN_KEY,
    retry: { firstWaitMs: 1 },
    fetch: async (url, init) => {
      const answer = await fetch(url, init)
      if (losses-- > 0) throw new Error('the connection was lost')
      return answer
    },
  })
  const order = await lossy.call('POST /v1/orders', { body: { ...WISH, reference: 'lost twice' } })
  const made: string[] = []
  for await (const each of waggle.list('GET /v1/orders', { query: { reference: 'lost twice' } }))
    made.push(each.order_id)
  expect(made).toEqual([order.order_id])
})

test('what may have been done and would be done twice is not sent again', async () => {
  let sent = 0
  const cut = new Waggle({
    url: node.url,
    token: ADMIN_KEY,
    retry: { firstWaitMs: 1 },
    fetch: () => {
      sent++
      return Promise.reject(new Error('the connection was lost'))
    },
  })
  const body = { reason: 'x' }
  const call = cut.call('POST /v1/orders/{order_id}/unassign', { params: { order_id: 'ord_1' }, body })
  await expect(call).rejects.toBeInstanceOf(WaggleConnectionError)
  expect(sent).toBe(1)
})

test('a node that asks for time gets it', async () => {
  const asked: number[] = []
  const busy = Response.json({ code: 'overloaded', detail: 'Later.' }, { status: 503, headers: { 'retry-after': '1' } })
  const waiting = new Waggle({
    url: node.url,
    token: ADMIN_KEY,
    retry: { firstWaitMs: 1 },
    fetch: (url, init) => {
      asked.push(performance.now())
      return asked.length === 1 ? Promise.resolve(busy) : fetch(url, init)
    },
  })
  expect(await waiting.call('GET /health')).toEqual({ status: 'ok' })
  expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(990)
})

test('positions outlive a break of the connection, each stored once', async () => {
  const cable = await TcpProxy.start(Number(new URL(node.url).port))
  const phone = new WaggleStream(new Waggle({ url: `http://127.0.0.1:${cable.port}`, token: ADMIN_KEY }), {
    driverId: 'breaks',
  })
  await phone.send(HERE)
  cable.cut()
  const startMs = Date.now()
  const sent = Array.from({ length: 50 }, (_, i) =>
    phone.send({ ...HERE, speed: i, recorded_at: new Date(startMs + i - 1_000).toISOString() }),
  )
  cable.heal()
  await Promise.all(sent)
  expect(phone.kept).toBe(0)
  const speeds: (number | null)[] = []
  const route = waggle.call('GET /v1/drivers/{driver_id}/route', { params: { driver_id: 'breaks' } })
  const page = await route
  if ('data' in page) for (const point of page.data) if (point.speed !== null) speeds.push(point.speed)
  expect(speeds.sort((a, b) => Number(a) - Number(b))).toEqual(sent.map((_, i) => i))
  phone.close()
  await cable.stop()
})

test('a position that cannot be is refused, and the others are taken', async () => {
  const phone = new WaggleStream(waggle, { driverId: 'refused' })
  const bad = phone.send({ latitude: 91, longitude: 0 })
  const good = phone.send(HERE)
  await expect(bad).rejects.toMatchObject({ code: 'invalid' })
  await good
  phone.close()
})

test('a topic that is not there is refused', async () => {
  const live = new WaggleLive(waggle)
  const seen: LiveEvent[] = []
  live.watch('order:ord_0001m7ybkwqy9p8mkyj0vw', event => seen.push(event))
  await until(() => seen.length === 1, 'it is answered')
  expect(seen[0]).toMatchObject({ kind: 'refused', code: 'not_found' })
  live.close()
})

test.each(['order', 'watch'])(
  'the example %s runs',
  async name => {
    const child = Bun.spawn([process.execPath, join(CLIENT, `examples/${name}.ts`)], {
      env: { ...process.env, WAGGLE_URL: node.url, WAGGLE_TOKEN: ADMIN_KEY },
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()])
    expect([code, said]).toEqual([0, ''])
  },
  30_000,
)

const nodeJs = Bun.which('node')

test.skipIf(nodeJs === null)(
  'what is built of it runs on Node',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'waggle-client-test-'))
    try {
      const tsc = join(import.meta.dir, '../../node_modules/.bin/tsc')
      const built = Bun.spawn([tsc, '-p', CLIENT, '--outDir', dir], { stdout: 'pipe' })
      expect([await built.exited, await new Response(built.stdout).text()]).toEqual([0, ''])
      const script = `import { Waggle } from './index.js'
      const waggle = new Waggle({ url: process.env.WAGGLE_URL, token: process.env.WAGGLE_TOKEN })
      const ids = []
      for await (const driver of waggle.list('GET /v1/drivers', { query: { limit: 1 } })) ids.push(driver.driver_id)
      console.log(ids.includes('ada'))`
      await Bun.write(join(dir, 'package.json'), '{"type":"module"}')
      await Bun.write(join(dir, 'try.js'), script)
      const env = { ...process.env, WAGGLE_URL: node.url, WAGGLE_TOKEN: ADMIN_KEY }
      const child = Bun.spawn([nodeJs ?? 'node', join(dir, 'try.js')], { env, stdout: 'pipe' })
      expect([await child.exited, await new Response(child.stdout).text()]).toEqual([0, 'true\n'])
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  },
  60_000,
)
