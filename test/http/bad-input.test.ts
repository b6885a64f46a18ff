/** Whatever is sent, the answer is a problem document that names what is wrong, nothing else suffers, and the node stays up. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { startTestNode, type TestNode } from './node.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }

let node: TestNode

beforeAll(async () => {
  node = await startTestNode()
})

afterAll(async () => {
  await node.stop()
})

function pathsOf(body: Record<string, unknown>): string[] {
  return ((body.errors as { path: string }[] | undefined) ?? []).map(({ path }) => path)
}

test.each<[string, unknown, string]>([
  ['missing', { longitude: 1 }, '/latitude'],
  ['of the wrong type', { ...HERE, latitude: '37' }, '/latitude'],
  ['NaN as text', { ...HERE, latitude: 'NaN' }, '/latitude'],
  ['infinite', '{"latitude":1e999,"longitude":1}', '/latitude'],
  ['minus infinite', '{"latitude":1,"longitude":-1e999}', '/longitude'],
  ['out of range', { ...HERE, longitude: 180.1 }, '/longitude'],
  ['null', { latitude: null, longitude: 1 }, '/latitude'],
  ['in an empty object', {}, '/latitude'],
  ['in a list', [], '/'],
  ['in a number', 5, '/'],
])('a position that is %s is 422 by its field', async (_, sent, path) => {
  const { status, headers, body } = await node.call('POST', '/v1/drivers/d1/location', sent)

  expect(status).toBe(422)
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(body.code).toBe('invalid')
  expect(pathsOf(body)).toContain(path)
})

test.each<[string, string, unknown, number, string]>([
  ['POST', '/v1/drivers/d1/location', '{"latitude":', 400, 'malformed'],
  ['POST', '/v1/drivers/d1/location', '', 400, 'malformed'],
  ['POST', '/v1/drivers/d1/location', '{"latitude":NaN,"longitude":1}', 400, 'malformed'],
  ['POST', '/v1/drivers/d1/location', JSON.stringify({ ...HERE, x: 'x'.repeat(1_000_000) }), 413, 'too_large'],
  ['POST', '/v1/locations', JSON.stringify({ locations: ['x'.repeat(1_000_000)] }), 413, 'too_large'],
  ['POST', '/v1/locations', { locations: [] }, 422, 'invalid'],
  ['POST', '/v1/locations', { locations: new Array(1_001).fill({ driver_id: 'd1', ...HERE }) }, 422, 'invalid'],
  ['POST', '/v1/locations', {}, 422, 'invalid'],
  ['POST', '/v1/drivers/a%20b/location', HERE, 422, 'invalid'],
  ['POST', '/v1/drivers/%zz/location', HERE, 422, 'invalid'],
  ['POST', '/v1/drivers/%E6%9D%8E/location', HERE, 422, 'invalid'],
  ['GET', '/v1/drivers/nobody/location', undefined, 404, 'not_found'],
  ['GET', '/v1/drivers/nobody', undefined, 404, 'not_found'],
  ['PATCH', '/v1/drivers/nobody', { name: 'x' }, 404, 'not_found'],
  ['PUT', '/v1/drivers/nobody/availability', { status: 'available' }, 404, 'not_found'],
  ['PUT', '/v1/drivers/nobody/availability', { status: 'busy' }, 422, 'invalid'],
  ['GET', '/v1/drivers/d1/route?start_time=yesterday', undefined, 422, 'invalid'],
  ['GET', '/v1/drivers/d1/route?cursor=xyz', undefined, 422, 'invalid'],
  [
    'GET',
    '/v1/drivers/d1/route?start_time=2026-02-01T00:00:00Z&end_time=2026-01-01T00:00:00Z',
    undefined,
    422,
    'invalid',
  ],
  ['GET', '/v1/pricing/rulesets/%00', undefined, 404, 'not_found'],
  ['GET', '/v1/pricing/rulesets/%zz', undefined, 404, 'not_found'],
  ['GET', '/v1/customers/%00', undefined, 404, 'not_found'],
  ['GET', '/v1/drivers/nearby', undefined, 422, 'invalid'],
  ['GET', '/v1/drivers/nearby?lat=NaN&lng=1', undefined, 422, 'invalid'],
  ['GET', '/v1/orders?limit=0', undefined, 422, 'invalid'],
  ['GET', '/v1/orders?status=lost', undefined, 422, 'invalid'],
  ['GET', '/v1/orders?status=placed,lost', undefined, 422, 'invalid'],
  ['GET', '/v1/orders?status=placed,', undefined, 422, 'invalid'],
  ['GET', '/v1/orders?due_after=tomorrow', undefined, 422, 'invalid'],
  ['GET', '/v1/orders/12345', undefined, 404, 'not_found'],
  ['GET', '/v1/orders/ord_0001m7ybkwqy9p8mkyj0vw', undefined, 404, 'not_found'],
  ['GET', '/v1/orders/ord_0001m7ybkwqy9p8mkyj0vw/events', undefined, 404, 'not_found'],
  ['GET', '/v1/orders/ord_0001m7ybkwqy9p8mkyj0vw/decisions', undefined, 404, 'not_found'],
  ['POST', '/v1/orders/ord_0001m7ybkwqy9p8mkyj0vw/cancel', { reason: 'x' }, 404, 'not_found'],
  ['POST', '/v1/orders/ord_0001m7ybkwqy9p8mkyj0vw/cancel', { reason: '' }, 422, 'invalid'],
  ['POST', '/v1/orders/ord_0001m7ybkwqy9p8mkyj0vw/cancel', { reason: 'x'.repeat(201) }, 422, 'invalid'],
  ['POST', '/v1/orders/ord_0001m7ybkwqy9p8mkyj0vw/assign', { driver_id: 'nobody' }, 404, 'not_found'],
  ['POST', '/v1/offers/off_1/accept', undefined, 404, 'not_found'],
  ['POST', '/v1/offers/off_0001m7ybkwqy9p8mkyj0vw-1/accept', undefined, 404, 'not_found'],
  ['GET', '/v1/offers', undefined, 422, 'invalid'],
  ['POST', '/v1/orders', {}, 422, 'invalid'],
  ['POST', '/v1/orders', { pickup: HERE }, 422, 'invalid'],
  ['POST', '/v1/orders', { quote_id: 'quo_1' }, 404, 'not_found'],
  ['POST', '/v1/orders', { quote_id: 'quo_1', pickup: HERE }, 422, 'invalid'],
  ['POST', '/v1/orders', { pickup: HERE, dropoff: THERE, refrence: 'x' }, 422, 'invalid'],
  ['POST', '/v1/orders', { pickup: HERE, dropoff: THERE, notes: 'a\u0000b' }, 422, 'invalid'],
  [
    'POST',
    '/v1/orders',
    '{"pickup":{"latitude":1,"longitude":1},"dropoff":{"latitude":1,"longitude":1},"notes":"\\ud800"}',
    422,
    'invalid',
  ],
  ['POST', '/v1/orders', { pickup: HERE, dropoff: THERE, scheduled_at: '2020-01-01T00:00:00Z' }, 422, 'invalid'],
  ['POST', '/v1/orders', { pickup: HERE, dropoff: THERE, ready_at: '2999-01-01T00:00:00Z' }, 422, 'invalid'],
  ['POST', '/v1/orders', { pickup: HERE, dropoff: { latitude: -37, longitude: 100 } }, 422, 'invalid'],
  ['POST', '/v1/quotes', { pickup: HERE, dropoff: null }, 422, 'invalid'],
  ['GET', '/v2/anything', undefined, 404, 'not_found'],
  ['DELETE', '/v1/orders', undefined, 405, 'method_not_allowed'],
  ['PUT', '/v1/live', undefined, 405, 'method_not_allowed'],
  ['GET', '/v1/stream', undefined, 426, 'upgrade_required'],
])('%s %s with %j is %d %s', async (method, path, sent, status, code) => {
  const answer = await node.call(method, path, sent)

  expect([answer.status, answer.body.code]).toEqual([status, code])
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.body).toMatchObject({ type: `urn:waggle:problem:${code}`, status, title: expect.any(String) })
  if (code === 'invalid') expect(pathsOf(answer.body)).not.toEqual([])
})

test('another content type is 415', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    const { status, body } = await node.call('POST', '/v1/drivers', '{}', { 'content-type': type })
    expect([status, body.code]).toEqual([415, 'unsupported_media_type'])
  }
})

test('a wrong method says which are right', async () => {
  expect((await node.call('DELETE', '/v1/orders')).headers.get('allow')).toBe('POST, GET')
})

test('without the key, or with a wrong one, everything but health, readiness, version and documents is 401', async () => {
  const open = ['/health', '/ready', '/version', '/openapi.json', '/asyncapi.json', '/docs']
  for (const path of open) expect((await fetch(`${node.url}${path}`)).status).toBe(200)
  for (const authorization of ['', 'Bearer wrong', `Basic ${node.key}`]) {
    for (const path of ['/metrics', '/v1/orders', '/v1/drivers/d1/location', '/v1/live']) {
      const response = await fetch(`${node.url}${path}`, { headers: { authorization } })
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([401, 'unauthorized'])
      expect(response.headers.get('www-authenticate')).toContain('Bearer')
    }
  }
})

test('a bad row of a batch is rejected by its place, and the others are in the history', async () => {
  const { status, body } = await node.call('POST', '/v1/locations', {
    locations: [
      { driver_id: '1001', ...HERE },
      { driver_id: '1002', ...HERE, latitude: 95 },
      { driver_id: 1003, ...HERE },
      null,
      { driver_id: '1004', latitude: 89, longitude: 0 },
      { driver_id: '1005', ...HERE, recorded_at: '2999-01-01T00:00:00Z' },
      { driver_id: '1006', ...HERE, recorded_at: '1999-01-01T00:00:00Z' },
    ],
  })

  expect(status).toBe(202)
  expect(body).toMatchObject({ committed: 3, late: 0, ignored: 0 })
  const rejected = body.rejected as { index: number; code: string; message: string }[]
  expect(rejected.map(({ index, code }) => [index, code])).toEqual([
    [1, 'invalid'],
    [2, 'invalid'],
    [3, 'invalid'],
    [6, 'unstorable'],
  ])
  expect(rejected[0]?.message).toContain('/latitude')
  expect(rejected[1]?.message).toContain('/driver_id')
  for (const id of ['1001', '1004', '1005']) {
    const route = await node.call('GET', `/v1/drivers/${id}/route`)
    expect((route.body.data as unknown[]).length).toBe(1)
  }
})

test('a future time is set to the present, an older one is late, the same one again is ignored', async () => {
  const future = await node.call('POST', '/v1/drivers/ahead/location', { ...HERE, recorded_at: '2999-01-01T00:00:00Z' })
  expect(future.body.status).toBe('committed')
  expect(Date.parse(String(future.body.recorded_at))).toBeLessThanOrEqual(Date.now())

  const at = (ms: number) => ({ ...HERE, recorded_at: new Date(Date.now() - ms).toISOString() })
  const now = at(1_000)
  expect((await node.call('POST', '/v1/drivers/clock/location', now)).body.status).toBe('committed')
  expect((await node.call('POST', '/v1/drivers/clock/location', at(60_000))).body.status).toBe('late')
  expect((await node.call('POST', '/v1/drivers/clock/location', now)).body).toMatchObject({
    status: 'ignored',
    reason: 'duplicate',
  })
})

test('a body without an announced length is measured all the same', async () => {
  const piece = new TextEncoder().encode('x'.repeat(10_000))
  let left = 10
  const body = new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(piece)
      else controller.close()
    },
  })
  const response = await fetch(`${node.url}/v1/drivers/d1/location`, {
    method: 'POST',
    headers: { authorization: `Bearer ${node.key}`, 'content-type': 'application/json' },
    body,
  })
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([413, 'too_large'])
})

test('however large a body is, the answer is a problem document, and it is not kept', async () => {
  const memoryMb = () => process.memoryUsage.rss() / 1e6
  const huge = Buffer.alloc(40_000_000, 'x')
  const before = memoryMb()
  for (const [path, status, code] of [
    ['/v1/locations', 413, 'too_large'],
    ['/v1/orders', 413, 'too_large'],
    ['/v1/nothing', 404, 'not_found'],
    ['/v1/drivers/d1', 405, 'method_not_allowed'],
  ] as const) {
    const answer = await fetch(`${node.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${node.key}`, 'content-type': 'application/json' },
      body: huge,
    })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
    expect(((await answer.json()) as { code: string }).code).toBe(code)
  }
  // Client and server are one process here: the client's copies are in it.
  expect(memoryMb() - before).toBeLessThan(250)
})

test('a connection cut in the middle of a body hurts nobody', async () => {
  const { port } = new URL(node.url)
  for (let i = 0; i < 20; i++) {
    await new Promise<void>(resolve => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          `POST /v1/drivers/d1/location HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${node.key}\r\n` +
            'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"latitude":37',
          () => {
            socket.destroy()
            resolve()
          },
        )
      })
    })
  }
  expect((await node.call('GET', '/ready')).status).toBe(200)
})

test('a host with a short name is none of the path', async () => {
  const response = await fetch(`${node.url}/health`, { headers: { host: 'x' } })
  expect(response.status).toBe(200)
})

test('after all this the node is ready, and nothing was an unexpected error', async () => {
  expect((await node.call('GET', '/ready')).status).toBe(200)
  expect(await node.metric('waggle_unexpected_errors_total')).toBe(0)
  expect(await node.metric('waggle_worker_restarts_total')).toBe(0)
})
