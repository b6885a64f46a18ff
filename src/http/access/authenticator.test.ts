import { beforeEach, expect, test } from 'bun:test'
import { Refusal } from '../problem.ts'
import { Authenticator } from './authenticator.ts'
import { ADMIN, type Principal, principalOf } from './principal.ts'

const ADMIN_KEY = 'wag_0123456789abcdef'
const KEY = `sk_live_${'a'.repeat(16)}_${'s'.repeat(43)}`
const TOKEN = 'header.payload.signature'
const LINK = 'trk_link'

const shop = principalOf({ role: 'service', id: 'shop', key: { keyId: 'key_1', digest: Buffer.alloc(32) } })
const driver = principalOf({ role: 'driver', id: 'drv_1', expiresAtMs: 1_000_000 })
const holder: Principal = { ...driver, role: 'link', id: 'ord_1' }

let nowMs: number
let verified: number
let auth: Authenticator

beforeEach(() => {
  nowMs = 0
  verified = 0
  auth = new Authenticator({
    adminKey: ADMIN_KEY,
    clock: { nowMs: () => nowMs },
    keys: { find: text => (text === KEY ? shop : null), isMet: text => text === KEY },
    tokens: {
      async verify(text) {
        verified++
        return text === TOKEN && nowMs < 1_000_000 ? { kind: 'good', principal: driver } : { kind: 'bad', why: 'No.' }
      },
    },
    links: { read: text => (text === LINK ? holder : null) },
  })
})

function request(authorization?: string): Request {
  return new Request('http://localhost/', authorization === undefined ? {} : { headers: { authorization } })
}

function query(token: string): URLSearchParams {
  return new URLSearchParams({ token })
}

test('each kind of credential opens as what it is, whatever the case of the scheme', async () => {
  expect(await auth.fromHeader(request(`Bearer ${ADMIN_KEY}`))).toBe(ADMIN)
  expect(await auth.fromHeader(request(`bearer  ${ADMIN_KEY} `))).toBe(ADMIN)
  expect(await auth.fromHeader(request(`Bearer ${KEY}`))).toBe(shop)
  expect(await auth.fromHeader(request(`Bearer ${TOKEN}`))).toBe(driver)
  expect(await auth.fromHeader(request(`Bearer ${LINK}`))).toBe(holder)
})

test.each([
  undefined,
  '',
  'Bearer',
  `Basic ${ADMIN_KEY}`,
  ADMIN_KEY,
  `Bearer ${ADMIN_KEY}x`,
  `Bearer ${ADMIN_KEY.slice(0, -1)}`,
  `Bearer ${KEY}x`,
  'Bearer a.b.c',
  'Bearer trk_x',
  `Bearer ${'x'.repeat(10_000)}`,
])('%p is refused with a challenge that says nothing of it', async given => {
  const refusal = await (async () => auth.fromHeader(request(given)))().catch((error: unknown) => error)
  if (!(refusal instanceof Refusal)) throw new Error('was let in')
  expect([refusal.code, refusal.status]).toEqual(['unauthorized', 401])
  expect(refusal.details.headers?.['www-authenticate']).toStartWith('Bearer realm="waggle"')
  for (const secret of [ADMIN_KEY, KEY])
    expect(JSON.stringify([refusal.message, refusal.details])).not.toContain(secret)
})

test('a token is verified once a minute, and never honoured beyond its end', async () => {
  for (let i = 0; i < 100; i++) await auth.fromHeader(request(`Bearer ${TOKEN}`))
  expect(verified).toBe(1)
  expect(auth.fromHeader(request(`Bearer ${TOKEN}`))).not.toBeInstanceOf(Promise)
  nowMs = 60_000
  await auth.fromHeader(request(`Bearer ${TOKEN}`))
  expect(verified).toBe(2)
  nowMs = 999_999
  await auth.fromHeader(request(`Bearer ${TOKEN}`))
  nowMs = 1_000_000
  await expect((async () => auth.fromHeader(request(`Bearer ${TOKEN}`)))()).rejects.toThrow(Refusal)
})

test('for a caller that is held nothing is looked up, and what is known goes on', async () => {
  expect(await auth.fromHeader(request(`Bearer ${TOKEN}`))).toBe(driver)
  const held = (text: string) => auth.fromHeader(request(`Bearer ${text}`), 1_500)
  for (const text of [ADMIN_KEY, KEY, TOKEN]) expect(await held(text)).toBeDefined()
  for (const text of [`sk_live_${'b'.repeat(16)}_${'s'.repeat(43)}`, 'other.payload.signature']) {
    expect(() => held(text)).toThrow('in a minute')
  }
  expect(verified).toBe(1)
})

test('a socket may carry it in its query, but a header beats it', async () => {
  expect(await auth.fromHeaderOrQuery(request(), query(KEY))).toBe(shop)
  expect(() => auth.fromHeaderOrQuery(request(), query('wrong'))).toThrow(Refusal)
  expect(() => auth.fromHeaderOrQuery(request('Bearer wrong'), query(KEY))).toThrow(Refusal)
})

test('a plain read takes a tracking link from its query, and no key or token', async () => {
  expect(await auth.fromHeaderOrLink(request(), query(LINK))).toBe(holder)
  for (const credential of [ADMIN_KEY, KEY, TOKEN]) {
    expect(() => auth.fromHeaderOrLink(request(), query(credential))).toThrow(Refusal)
  }
  expect(await auth.fromHeaderOrLink(request(`Bearer ${KEY}`), query(LINK))).toBe(shop)
})
