/** API keys from their making to their end, at a running node. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect, disconnect, type Sql } from '../../src/store/postgres.ts'
import { until } from '../support/until.ts'
import { caller, callerAs, TOKEN_ENV, workingDriver } from './callers.ts'
import { type Answer, startTestNode, type TestNode } from './node.ts'
import { openClient } from './socket.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }

let node: TestNode
let sql: Sql

beforeAll(async () => {
  node = await startTestNode(TOKEN_ENV)
  sql = connect(node.postgresUrl, { max: 2, applicationName: 'test' })
  await workingDriver(node, 'drv_1')
})

afterAll(async () => {
  await disconnect(sql)
  await node.stop()
})

async function make(body: object, headers: Record<string, string> = {}): Promise<{ id: string; secret: string }> {
  const made = await node.call('POST', '/v1/keys', { name: 'a key', ...body }, headers)
  expect([made.status, made.text]).toEqual([201, made.text])
  return { id: String(made.body.key_id), secret: String(made.body.secret) }
}

function withKey(secret: string, method: string, path: string, body?: object): Promise<Answer> {
  return caller(node, secret).call(method, path, body)
}

test('the secret is shown once, and is nowhere afterwards', async () => {
  const { status, body } = await node.call('POST', '/v1/keys', { name: 'shop', role: 'service' })
  expect(status).toBe(201)
  const secret = String(body.secret)
  const prefix = String(body.prefix)
  expect(secret).toMatch(/^sk_live_[0-9a-z]{16}_[A-Za-z0-9_-]{43}$/)
  expect(secret).toStartWith(`${prefix}_`)
  expect(body).toMatchObject({ name: 'shop', role: 'service', sub: null, scopes: null, created_by: 'admin:admin' })

  const read = await node.call('GET', `/v1/keys/${body.key_id}`)
  const list = await node.call('GET', '/v1/keys')
  expect(list.body.data).toContainEqual(read.body)
  const hidden = secret.slice(prefix.length + 1)
  for (const { text } of [read, list, await node.call('GET', '/v1/audit-log')]) expect(text).not.toContain(hidden)
  await Bun.sleep(600)
  const tables = ['api_keys', 'audit_log', 'idempotency_keys', 'journal'] as const
  for (const table of tables) {
    const rows = await sql`select t::text as text from ${sql(table)} as t`
    expect(rows.some(({ text }) => String(text).includes(hidden))).toBe(false)
  }
})

test('a repeat under its idempotency key is answered as the first one also when the key has ended meanwhile', async () => {
  const body = { name: 'short', role: 'service', expires_at: new Date(Date.now() + 500).toISOString() }
  const create = () => node.call('POST', '/v1/keys', body, { 'idempotency-key': 'short' })
  const first = await create()
  await Bun.sleep(600)
  const second = await create()
  expect([second.status, second.body]).toEqual([201, { ...first.body, secret: null }])
})

test('a repeat under its idempotency key makes no second key, and shows no secret', async () => {
  const body = { name: 'once', role: 'service' }
  const first = await node.call('POST', '/v1/keys', body, { 'idempotency-key': 'once' })
  const second = await node.call('POST', '/v1/keys', body, { 'idempotency-key': 'once' })
  expect(second.status).toBe(201)
  expect(second.body).toEqual({ ...first.body, secret: null })
})

test.each<[string, object]>([
  ['/role', { role: 'root' }],
  ['/name', { name: '', role: 'service' }],
  ['/sub', { role: 'driver' }],
  ['/sub', { role: 'customer', sub: null }],
  ['/sub', { role: 'driver', sub: 'drv/1' }],
  ['/scopes', { role: 'service', scopes: [] }],
  ['/scopes/0', { role: 'service', scopes: ['everything'] }],
  ['/expires_at', { role: 'service', expires_at: '2020-01-01T00:00:00Z' }],
])('a wrong %s is named', async (path, body) => {
  const { status, body: problem } = await node.call('POST', '/v1/keys', { name: 'wrong', ...body })
  expect([status, problem.code]).toEqual([422, 'invalid'])
  expect((problem.errors as { path: string }[]).map(error => error.path)).toContain(path)
})

test('a driver’s key is that driver, a narrowed one only that much of it', async () => {
  const driver = await make({ role: 'driver', sub: 'drv_1', scopes: ['positions:write'] })
  expect((await withKey(driver.secret, 'POST', '/v1/drivers/drv_1/location', HERE)).status).toBe(202)
  expect((await withKey(driver.secret, 'POST', '/v1/drivers/drv_2/location', HERE)).status).toBe(404)
  expect((await withKey(driver.secret, 'GET', '/v1/orders')).status).toBe(403)
})

test('events name whom a key speaks for, or else the key', async () => {
  const trip = { pickup: HERE, dropoff: { latitude: 37.79, longitude: -122.41 }, vehicle_type: 'nobody_has_it' }
  const actorOf = async (secret: string) => {
    const { body } = await withKey(secret, 'POST', '/v1/orders', trip)
    const events = (await node.call('GET', `/v1/orders/${body.order_id}/events`)).body.data as { by: object }[]
    return events[0]?.by
  }
  const named = await make({ role: 'service', sub: 'shop' })
  const unnamed = await make({ role: 'service' })
  expect(await actorOf(named.secret)).toEqual({ role: 'service', id: 'shop' })
  expect(await actorOf(unnamed.secret)).toEqual({ role: 'service', id: unnamed.id })
})

test('a rotated key has its former secrets for their grace time, however often it is rotated, and none after a hard cut', async () => {
  const { id, secret: first } = await make({ role: 'service' })
  const opens = async (secret: string) => (await withKey(secret, 'GET', '/v1/orders?limit=1')).status
  expect(await opens(first)).toBe(200)
  const second = String((await node.call('POST', `/v1/keys/${id}/rotate`, { grace_s: 60 })).body.secret)
  expect([await opens(first), await opens(second)]).toEqual([200, 200])
  // A repeat whose first answer was lost: the secret that everybody still uses stays good.
  await node.call('POST', `/v1/keys/${id}/rotate`, { grace_s: 60 })
  expect([await opens(first), await opens(second)]).toEqual([200, 200])
  const socket = await openClient(node, '/v1/stream', undefined, first)
  const closed = new Promise<number>(resolve => {
    socket.socket.onclose = ({ code }) => resolve(code)
  })
  const third = String((await node.call('POST', `/v1/keys/${id}/rotate`, { grace_s: 0 })).body.secret)
  expect([await opens(first), await opens(second), await opens(third)]).toEqual([401, 401, 200])
  expect(await closed).toBe(1008)
})

test('a revoked key opens nothing at once, its sockets are closed, and it is not rotated back to life', async () => {
  const { id, secret } = await make({ role: 'service' })
  const socket = await openClient(node, '/v1/stream', undefined, secret)
  const closed = new Promise<number>(resolve => {
    socket.socket.onclose = ({ code }) => resolve(code)
  })
  expect((await node.call('DELETE', `/v1/keys/${id}`)).body).toMatchObject({ revoked_at: expect.any(String) })
  expect((await withKey(secret, 'GET', '/v1/orders')).status).toBe(401)
  expect(await closed).toBe(1008)
  const again = await node.call('DELETE', `/v1/keys/${id}`)
  expect(again.status).toBe(200)
  expect((await node.call('POST', `/v1/keys/${id}/rotate`)).status).toBe(404)
  expect((await node.call('DELETE', '/v1/keys/key_0000000000000000')).status).toBe(404)
})

test('a key that expires does', async () => {
  const { secret } = await make({ role: 'service', expires_at: new Date(Date.now() + 700).toISOString() })
  expect((await withKey(secret, 'GET', '/v1/orders?limit=1')).status).toBe(200)
  await until(async () => (await withKey(secret, 'GET', '/v1/orders?limit=1')).status === 401, 'the key expires')
})

test('when it was last used is written some time later', async () => {
  const { id, secret } = await make({ role: 'service' })
  for (let i = 0; i < 200; i++) await withKey(secret, 'GET', '/v1/drivers/nearby?lat=1&lng=1')
  const lastUsed = async () => (await node.call('GET', `/v1/keys/${id}`)).body.last_used_at
  await until(async () => (await lastUsed()) !== null, 'its use is written down', 15_000)
})

test('only an unnarrowed admin manages keys', async () => {
  const { secret } = await make({ role: 'admin' })
  expect((await withKey(secret, 'GET', '/v1/keys')).status).toBe(200)
  const narrowed = await make({ role: 'admin', scopes: ['operations:read', 'audit:read'] })
  expect((await withKey(narrowed.secret, 'GET', '/v1/keys')).status).toBe(403)
  expect((await withKey(narrowed.secret, 'GET', '/metrics')).status).toBe(200)
  const service = await callerAs(node, 'service', 'shop')
  expect((await service.call('POST', '/v1/keys', { name: 'x', role: 'admin' })).status).toBe(403)
})
