/**
 * The log of a node's whole life, on its most talkative level: every line is JSON, requests have their ids, and neither a
 * secret nor a person is in it, whatever was asked and however it failed.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killPostgres } from '../../src/audit/kill-postgres.ts'
import { mintToken } from '../../src/http/access/tokens.ts'
import { discardEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts'
import { TEST_KEY } from '../support/answer.ts'
import { NodeProcess } from '../support/node-process.ts'
import { until } from '../support/until.ts'

const JWT_SECRET = 'a-secret-of-the-tests-with-more-than-32-characters'
const PERSONAL_KEY = Buffer.alloc(32, 7).toString('base64')
const HERE = { latitude: 37.77, longitude: -122.42, address: 'Verborgene Gasse 7' }
const THERE = { latitude: 37.79, longitude: -122.41, address: 'Geheimer Weg 9' }
const PHONE = '+49 171 5550123'
/** What no line may hold. The driver's id is a telephone number, as apps like to choose. */
const PRIVATE = [
  ...[
    'Anneliese',
    'Wunderlich',
    PHONE,
    '+491715550123',
    '4917155501',
    'Verborgene',
    'Geheimer',
    'ring thrice',
    'Insulin',
  ],
  ...['ada@shop.example', 'customer-of-ours', TEST_KEY, JWT_SECRET, PERSONAL_KEY, '37.77', '-122.4'],
]
const DRIVER = '491715550123'

let dataDir: string
let node: NodeProcess
const tokens: string[] = []

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'waggle-log-'))
  node = await NodeProcess.start({
    WAGGLE_DATA_DIR: dataDir,
    WAGGLE_LOG_LEVEL: 'debug',
    WAGGLE_JWT_SECRET: JWT_SECRET,
    WAGGLE_PERSONAL_KEYS: `2026:${PERSONAL_KEY}`,
    WAGGLE_NODE: 'log-test',
  })
}, 60_000)

afterAll(async () => {
  await node.stop()
  await discardEmbeddedPostgres(dataDir)
  await rm(dataDir, { recursive: true, force: true })
}, 60_000)

interface Line {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

async function lines(): Promise<Line[]> {
  const said = await node.said()
  return said
    .slice(0, said.lastIndexOf('\n'))
    .split('\n')
    .map(line => JSON.parse(line) as Line)
}

async function wholeLife(): Promise<void> {
  const profile = { driver_id: DRIVER, name: 'Anneliese Wunderlich', phone: PHONE }
  await node.ask('POST', '/v1/drivers', profile, { 'idempotency-key': 'ada@shop.example' })
  await node.ask('POST', `/v1/drivers/${DRIVER}/location`, HERE)
  await node.ask('PUT', `/v1/drivers/${DRIVER}/availability`, { status: 'available' })
  const wish = { pickup: HERE, dropoff: THERE, vehicle_type: 'nobody_has_it', customer_id: 'customer-of-ours' }
  const items = [{ name: 'Insulin', quantity: 1 }]
  const order = await node.ask('POST', '/v1/orders', { ...wish, items, notes: 'ring thrice' })
  const path = `/v1/orders/${String((order.body as Record<string, unknown>).order_id)}`
  await node.ask('POST', `${path}/assign`, { driver_id: DRIVER })
  for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered']) {
    await node.ask('POST', `${path}/status`, { status })
  }
  await node.ask('GET', `${path}?token=${TEST_KEY}`)
  await follow((order.body as { tracking_url?: string }).tracking_url)
}

/** As a browser does, and as a phone's app: whoever has read the log must not be able to do the same. */
async function follow(url: string | undefined): Promise<void> {
  if (url === undefined) return
  const token = new URL(url).searchParams.get('token') ?? ''
  tokens.push(token)
  for (const address of [url, `${url}x`]) await (await fetch(address, { headers: { accept: 'text/html' } })).text()
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/v1/live?token=${token}`)
  await new Promise(resolve => {
    socket.onopen = resolve
    socket.onerror = resolve
  })
  socket.close()
}

async function wrongThings(): Promise<void> {
  const token = await mintToken(JWT_SECRET, { role: 'driver', subject: DRIVER, scopes: null, ttlS: 60 }, Date.now())
  tokens.push(token)
  await node.ask('GET', '/v1/orders', undefined, { authorization: `Bearer ${token}` })
  await node.ask('GET', '/v1/orders', undefined, { authorization: `Bearer ${token}x` })
  await node.ask('POST', '/v1/drivers', { driver_id: 'other', name: 7, phone: PHONE })
  await node.ask('POST', '/v1/orders', `{"notes": "ring thrice", `)
  await node.ask('GET', `/v1/drivers/Anneliese%20Wunderlich/location`)
  const made = await node.ask('POST', '/v1/keys', { name: 'Anneliese', role: 'service' })
  tokens.push(String((made.body as Record<string, unknown>).secret))
}

test('requests are told with their ids, and a problem says its own', async () => {
  const given = await fetch(`${node.url}/v1/orders/ord_none`, {
    headers: { authorization: `Bearer ${TEST_KEY}`, 'x-request-id': 'from-the-proxy-1' },
  })
  expect(given.headers.get('x-request-id')).toBe('from-the-proxy-1')
  expect(await given.json()).toMatchObject({ code: 'not_found', request_id: 'from-the-proxy-1' })
  const made = await fetch(`${node.url}/nowhere`)
  const id = made.headers.get('x-request-id')
  expect(id).toMatch(/^req_/)
  expect(await made.json()).toMatchObject({ request_id: id })
  const line = { level: 'debug', msg: 'request', node: 'log-test', route: 'GET /v1/orders/{order_id}', status: 404 }
  await until(
    async () => (await lines()).some(({ request_id }) => request_id === 'from-the-proxy-1'),
    'the log has the request',
  )
  expect((await lines()).find(({ request_id }) => request_id === 'from-the-proxy-1')).toMatchObject({
    ...line,
    role: 'admin',
    code: 'not_found',
  })
}, 30_000)

test('neither a secret nor a person is in the log of a whole life, and every line is JSON', async () => {
  await wholeLife()
  await wrongThings()
  // Errors of the record, which quote what they were given.
  expect(await killPostgres(dataDir)).toBe(true)
  await wholeLife()
  await until(async () => (await node.ask('GET', '/ready')).status === 200, 'the record is back', 30_000)
  await wholeLife()
  await until(async () => (await lines()).filter(({ route }) => route === 'POST /v1/orders').length >= 3, 'all is told')

  const all = await lines()
  expect(all.length).toBeGreaterThan(30)
  expect(all.filter(({ level, msg }) => level === undefined || msg === undefined)).toEqual([])
  const text = JSON.stringify(all)
  expect([...PRIVATE, ...tokens].filter(secret => text.includes(secret))).toEqual([])
}, 90_000)
