/** Phones with Traccar Client, at a running node: what the app sends, byte by byte. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { callerAs, TOKEN_ENV } from './callers.ts'
import { startTestNode, type TestNode } from './node.ts'

const KNOT = 1_852 / 3_600

let node: TestNode
let key: string
let atMs: number

beforeAll(async () => {
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_RATE_LIMITS: 'off' })
  const made = await node.call('POST', '/v1/keys', {
    name: 'a phone',
    role: 'driver',
    sub: 'drv_phone',
    scopes: ['positions:write'],
  })
  key = String(made.body.secret)
  atMs = Math.floor(Date.now() / 1_000) * 1_000 - 600_000
})
afterAll(() => node.stop())

/** As a phone: without a header that says who it is. */
async function phone(
  query: string,
  init: RequestInit = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${node.url}/v1/osmand?${query}`, { method: 'POST', ...init })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function current(): Promise<Record<string, unknown>> {
  return (await node.call('GET', '/v1/drivers/drv_phone/location')).body
}

test('Traccar Client up to 8: a POST without a body, everything in the query', async () => {
  atMs += 10_000
  const sent = `id=drv_phone&timestamp=${atMs / 1_000}&lat=37.7749&lon=-122.4194&speed=10.0&bearing=90.0&altitude=12.0&accuracy=5.0&batt=80.0`
  const { status, body } = await phone(`token=${key}&${sent}`)
  const recorded_at = new Date(atMs).toISOString()
  expect([status, body]).toEqual([200, { driver_id: 'drv_phone', recorded_at, status: 'committed' }])
  expect(await current()).toMatchObject({ latitude: 37.7749, heading: 90, accuracy: 5, recorded_at })
  expect(Number((await current()).speed)).toBeCloseTo(10 * KNOT, 4)
  // It did not hear the answer and sends it again.
  expect((await phone(`token=${key}&${sent}`)).body).toMatchObject({ status: 'ignored', reason: 'duplicate' })
})

test('Traccar Client from 9 on: JSON, -1 for what is not known', async () => {
  atMs += 10_000
  const timestamp = new Date(atMs).toISOString()
  const coords = { latitude: 37.775, longitude: -122.4195, accuracy: 6, speed: 3.5, heading: -1, altitude: 1 }
  const location = {
    timestamp,
    coords,
    is_moving: true,
    event: 'motionchange',
    battery: { level: 0.9, is_charging: true },
  }
  const init = {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ location, device_id: 'drv_phone' }),
  }
  expect(await phone(`token=${key}`, init)).toMatchObject({ status: 200, body: { status: 'committed' } })
  expect(await current()).toMatchObject({ latitude: 37.775, speed: 3.5, heading: null, recorded_at: timestamp })
})

test('a GET, and a form, are positions as well', async () => {
  atMs += 10_000
  const place = `id=drv_phone&lat=37.7751&lon=-122.4196&timestamp=${atMs}`
  expect(await phone(`token=${key}&${place}`, { method: 'GET' })).toMatchObject({
    status: 200,
    body: { status: 'committed' },
  })
  atMs += 10_000
  const form = new URLSearchParams({ id: 'drv_phone', lat: '37.7752', lon: '-122.4197', timestamp: `${atMs}` })
  expect(await phone(`token=${key}`, { body: form })).toMatchObject({ status: 200, body: { status: 'committed' } })
  expect(await current()).toMatchObject({ latitude: 37.7752 })
  expect(await phone(`token=${key}&${place}&valid=0`)).toMatchObject({ status: 200, body: { reason: 'not_valid' } })
})

test('a form that is packed is told so', async () => {
  const body = Bun.gzipSync(`id=drv_phone&lat=37.7752&lon=-122.4197&timestamp=${atMs}`)
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const packed = await phone(`token=${key}`, { body, headers: { ...type, 'content-encoding': 'gzip' } })
  expect(packed).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
})

test('a phone speaks for its own driver alone, and no key but a driver’s is taken from a URL', async () => {
  const place = 'lat=37.7749&lon=-122.4194'
  expect((await phone(`token=${key}&id=drv_other&${place}`)).status).toBe(404)
  expect((await phone(`id=drv_phone&${place}`)).status).toBe(401)
  expect((await phone(`token=wrong&id=drv_phone&${place}`)).status).toBe(401)
  expect((await phone(`token=${node.key}&id=drv_phone&${place}`)).status).toBe(403)
  const { token: service } = await callerAs(node, 'service', 'svc_1')
  expect((await phone(`token=${service}&id=drv_phone&${place}`)).status).toBe(403)
  const headers = { authorization: `Bearer ${service}` }
  expect((await phone(`id=drv_other&${place}`, { headers })).status).toBe(200)
  const { token: driver } = await callerAs(node, 'driver', 'drv_other')
  expect((await phone(`token=${driver}&id=drv_other&lat=37.78&lon=-122.41`)).status).toBe(200)
  // Nowhere else.
  expect((await fetch(`${node.url}/v1/drivers/drv_phone/location?token=${key}`)).status).toBe(401)
})

test('what is no position is refused, and the parameter is named', async () => {
  for (const [query, path] of [
    ['lat=91&lon=0&id=drv_phone', '/lat'],
    ['lat=37&lon=abc&id=drv_phone', '/lon'],
    ['id=drv_phone', '/lat'],
    ['lat=37&lon=-122', '/id'],
    ['lat=37&lon=-122&id=drv_phone&timestamp=yesterday', '/timestamp'],
  ] as const) {
    const { status, body } = await phone(`token=${key}&${query}`)
    const errors = body.errors as { path: string }[]
    expect([query, status, errors[0]?.path]).toEqual([query, 422, path])
  }
  const json = { headers: { 'content-type': 'application/json' } }
  expect((await phone(`token=${key}`, { ...json, body: '{"location": ' })).status).toBe(400)
  const nowhere = { location: { coords: {} }, device_id: 'drv_phone' }
  const { status, body } = await phone(`token=${key}`, { ...json, body: JSON.stringify(nowhere) })
  expect([status, (body.errors as { path: string }[])[0]?.path]).toEqual([422, '/location/coords/latitude'])
  const nobody = await phone(`token=${key}`, { ...json, body: '{"location": {"coords": {}}}' })
  expect([nobody.status, (nobody.body.errors as { path: string }[])[0]?.path]).toEqual([422, '/device_id'])
})
