import { expect, test } from 'bun:test'
import { Edge, type EdgeSettings } from './edge.ts'

const SHOP = 'https://shop.example'
const BASE = 'https://api.example'

function edge(settings: Partial<EdgeSettings> = {}): Edge {
  return new Edge({ corsOrigins: [], tls: null, requestsMax: 2, ...settings })
}

function from(origin: string | null, method = 'GET', headers: Record<string, string> = {}): Request {
  return new Request(`${BASE}/v1/orders`, {
    method,
    headers: { host: 'api.example', ...(origin && { origin }), ...headers },
  })
}

const ok = () => new Response('ok', { headers: { vary: 'Accept' } })

test('by default no page of another origin is answered so that it could read it', async () => {
  const answer = await edge().answer(from(SHOP), ok)
  expect([...(answer?.headers.keys() ?? [])].filter(name => name.startsWith('access-control'))).toEqual([])
})

test('an origin that is allowed is named, another is not, and caches are told that it matters', async () => {
  const some = edge({ corsOrigins: [SHOP] })
  const good = await some.answer(from(SHOP), ok)
  expect(good?.headers.get('access-control-allow-origin')).toBe(SHOP)
  expect(good?.headers.get('access-control-expose-headers')).toContain('Retry-After')
  const bad = await some.answer(from('https://evil.example'), ok)
  expect(bad?.headers.get('access-control-allow-origin')).toBeNull()
  for (const answer of [good, bad]) expect(answer?.headers.get('vary')).toBe('Accept, Origin')
  expect(good?.headers.get('access-control-allow-credentials')).toBeNull()
})

test('a preflight is answered for those who are allowed, and is not routed', async () => {
  const asks = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'idempotency-key' }
  const route = () => new Response('routed', { status: 405 })
  const good = await edge({ corsOrigins: ['*'] }).answer(from(SHOP, 'OPTIONS', asks), route)
  expect(good?.status).toBe(204)
  expect(good?.headers.get('access-control-allow-headers')).toContain('Idempotency-Key')
  expect(good?.headers.get('access-control-allow-origin')).toBe(SHOP)
  const bad = await edge({ corsOrigins: ['https://other.example'] }).answer(from(SHOP, 'OPTIONS', asks), route)
  expect([bad?.status, bad?.headers.get('access-control-allow-origin')]).toEqual([204, null])
  expect((await edge().answer(from(SHOP, 'OPTIONS', asks), route))?.status).toBe(405)
})

test('under TLS a browser is told to stay with it', async () => {
  expect(
    (await edge({ tls: { cert: '', key: '' } }).answer(from(null), ok))?.headers.get('strict-transport-security'),
  ).toBe('max-age=31536000')
  expect((await edge().answer(from(null), ok))?.headers.has('strict-transport-security')).toBe(false)
})

test('beyond so many at once the next is told to come back, until one of them has ended', async () => {
  const small = edge()
  const gate = Promise.withResolvers<Response>()
  const waiting = [small.answer(from(null), () => gate.promise), small.answer(from(null), () => gate.promise)]
  const refused = await small.answer(from(null), ok)
  expect([refused?.status, refused?.headers.get('retry-after')]).toEqual([503, '1'])
  gate.resolve(ok())
  await Promise.all(waiting)
  expect((await small.answer(from(null), ok))?.status).toBe(200)
  const failing = small.answer(from(null), () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  expect(small.requestsUnderWay).toBe(0)
})

test.each<[string | null, boolean]>([
  [null, true],
  ['https://api.example', true],
  ['https://public.example', true],
  [SHOP, true],
  ['https://evil.example', false],
  ['null', false],
])('a socket of a page at %p may be opened: %p', (origin, may) => {
  expect(edge({ corsOrigins: [SHOP] }).isOwnOrAllowed(from(origin), 'https://public.example')).toBe(may)
})
