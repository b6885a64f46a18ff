/** Tokens of ours and of other issuers, whose keys come from a real server that is slow, dead or wrong on demand. */
import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { VirtualClock } from '../../actors/runtime/memory/virtual-clock.ts'
import { Refusal } from '../problem.ts'
import { type IssuerSettings, mintToken, type TokenSettings, TokenVerifier } from './tokens.ts'

const NOW_MS = Date.UTC(2026, 0, 31, 12)
const NOW_S = NOW_MS / 1_000
const SECRET = 'the-secret-of-this-deployment-0123456789'
const OLD_SECRET = 'the-secret-of-before-01234567890123456789'
const ISSUER = 'https://id.example'

interface Signer {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

async function signer(kid: string, alg = 'ES256'): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

const [first, second] = [await signer('first'), await signer('second')]
/** What the issuer's address answers. */
let answer: () => Response | Promise<Response>
let fetches = 0
const server = Bun.serve({
  port: 0,
  fetch: () => {
    fetches++
    return answer()
  },
})
let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock({ startMs: NOW_MS })
  fetches = 0
  answer = () => Response.json({ keys: [first.jwk] })
})

afterAll(() => server.stop(true))

const fetchKeys = (url: string, signal: AbortSignal) => fetch(url, { signal, redirect: 'error' })
const issuer: IssuerSettings = {
  issuer: ISSUER,
  audience: 'waggle-app',
  jwksUrl: `http://localhost:${server.port}/jwks.json`,
  roles: ['customer', 'driver'],
  roleClaim: 'role',
  subjectClaim: 'sub',
  scopeClaim: null,
}

function verifier(changes: Partial<TokenSettings> = {}, changed: Partial<IssuerSettings> = {}): TokenVerifier {
  const issuers = [{ ...issuer, ...changed }]
  return new TokenVerifier(
    { secrets: [SECRET, OLD_SECRET], issuers, clockToleranceS: 30, ...changes },
    clock,
    fetchKeys,
  )
}

/** Undefined takes a claim out. */
type Claims = Readonly<Record<string, unknown>>

function payloadOf(claims: Claims): JWTPayload {
  return JSON.parse(JSON.stringify(claims))
}

function ours(claims: Claims, options: { secret?: string; alg?: string } = {}): Promise<string> {
  const payload = { role: 'driver', sub: 'drv_1', exp: NOW_S + 60, ...claims }
  const header = { alg: options.alg ?? 'HS256' }
  return new SignJWT(payloadOf(payload))
    .setProtectedHeader(header)
    .sign(new TextEncoder().encode(options.secret ?? SECRET))
}

function theirs(claims: Claims = {}, by: Signer = first): Promise<string> {
  const payload = { role: 'customer', sub: 'ann', iss: ISSUER, aud: 'waggle-app', exp: NOW_S + 60, ...claims }
  return new SignJWT(payloadOf(payload)).setProtectedHeader({ alg: 'ES256', kid: by.kid }).sign(by.privateKey)
}

async function kindOf(token: string, by = verifier()): Promise<string> {
  try {
    return (await by.verify(token)).kind
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

describe('a token of ours', () => {
  test('says who calls, for how long, and how much of the role', async () => {
    const request = { role: 'driver', subject: 'drv_1', scopes: ['positions:write'], ttlS: 60 } as const
    const verified = await verifier().verify(await mintToken(SECRET, request, NOW_MS))
    expect(verified).toEqual({
      kind: 'good',
      principal: {
        role: 'driver',
        mode: 'live',
        id: 'drv_1',
        actor: { role: 'driver', id: 'drv_1' },
        scopes: new Set(['positions:write']),
        key: null,
        expiresAtMs: NOW_MS + 90_000,
      },
    })
  })

  test('is honoured with the secret of before, and made with the new one', async () => {
    expect(await kindOf(await ours({}, { secret: OLD_SECRET }))).toBe('good')
    const later = verifier({ secrets: [SECRET] })
    expect(await kindOf(await ours({}, { secret: OLD_SECRET }), later)).toBe('bad')
  })

  test('is good as long as it says, give or take the tolerance', async () => {
    expect(await kindOf(await ours({ exp: NOW_S - 29 }))).toBe('good')
    expect(await kindOf(await ours({ exp: NOW_S - 31 }))).toBe('bad')
    expect(await kindOf(await ours({ nbf: NOW_S + 29 }))).toBe('good')
    expect(await kindOf(await ours({ nbf: NOW_S + 31 }))).toBe('bad')
  })

  test('may last until the last second that can be written', async () => {
    const last = await verifier().verify(await ours({ exp: 253_402_300_799 }))
    expect(last).toMatchObject({ kind: 'good', principal: { expiresAtMs: Date.UTC(9999, 11, 31, 23, 59, 59, 999) } })
    expect(await kindOf(await ours({ exp: 253_402_300_800 }))).toBe('bad')
  })

  test.each<[string, Claims]>([
    ['without an expiry', { exp: undefined }],
    ['of milliseconds, which would never end', { exp: NOW_MS }],
    ['that ends when no calendar goes on', { exp: 9e12 }],
    ['without a role', { role: undefined }],
    ['of a role that there is not', { role: 'root' }],
    ['of two roles', { role: ['driver', 'admin'] }],
    ['without a subject', { sub: undefined }],
    ['of a driver whose id no path can name', { sub: 'drv 1' }],
    ['of a subject longer than any id', { role: 'customer', sub: 'x'.repeat(65) }],
    ['of a scope that there is not', { scope: 'positions:write everything' }],
    ['for somebody else', { aud: 'another-service' }],
  ])('%s is bad', async (_, claims) => {
    expect(await kindOf(await ours(claims))).toBe('bad')
  })

  test('is bad with another secret, another algorithm or none', async () => {
    expect(await kindOf(await ours({}, { secret: 'somebody-else-s-secret-0123456789012345' }))).toBe('bad')
    expect(await kindOf(await ours({}, { alg: 'HS512', secret: SECRET.padEnd(64, 'x') }))).toBe('bad')
    expect(await kindOf(new UnsecuredJWT({ role: 'admin', sub: 'x', exp: NOW_S + 60 }).encode())).toBe('bad')
    expect(await kindOf('a.b.c')).toBe('bad')
    expect(await kindOf('..')).toBe('bad')
  })
})

describe('a token of another issuer', () => {
  test('is good with its key, for its audience, for the roles that it may give', async () => {
    expect(await verifier().verify(await theirs())).toMatchObject({ principal: { role: 'customer', id: 'ann' } })
    for (const claims of [
      { aud: 'waggle' },
      { role: 'admin' },
      { role: 'dispatcher' },
      { exp: NOW_S - 31 },
      { exp: undefined },
    ]) {
      expect(await kindOf(await theirs(claims))).toBe('bad')
    }
    expect(await kindOf(await theirs({ role: 'admin' }), verifier({}, { roles: ['admin'] }))).toBe('good')
  })

  test('may say who it is in claims of its own', async () => {
    const named = verifier({}, { roleClaim: 'https://id.example/role', subjectClaim: 'fleet_id', scopeClaim: 'waggle' })
    const claims = { role: undefined, 'https://id.example/role': 'driver', fleet_id: 'drv_7', waggle: 'offers:read' }
    const verified = await named.verify(await theirs(claims))
    expect(verified).toMatchObject({ principal: { role: 'driver', id: 'drv_7', scopes: new Set(['offers:read']) } })
    // What most issuers mean by `scope` has nothing to do with ours.
    expect(await verifier().verify(await theirs({ scope: 'openid email' }))).toMatchObject({
      principal: { scopes: null },
    })
  })

  test('cannot be made with the issuer’s public key, nor with our secret', async () => {
    const payload = { role: 'customer', sub: 'ann', iss: ISSUER, aud: 'waggle-app', exp: NOW_S + 60 }
    for (const secret of [JSON.stringify(first.jwk), SECRET]) {
      const header = { alg: 'HS256', kid: 'first' }
      const forged = await new SignJWT(payload).setProtectedHeader(header).sign(new TextEncoder().encode(secret))
      expect(await kindOf(forged)).toBe('bad')
    }
    expect(await kindOf(await theirs({}, { ...second, kid: 'first' }))).toBe('bad')
    // One of theirs that names nobody would have to be signed with our secret.
    expect(await kindOf(await theirs({ iss: undefined }))).toBe('bad')
  })
})

describe('the keys of an issuer', () => {
  test('are fetched once for any number of tokens', async () => {
    const by = verifier()
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, i) => theirs({ sub: `c${i}` })))
    expect(new Set(await Promise.all(tokens.map(token => kindOf(token, by))))).toEqual(new Set(['good']))
    expect(fetches).toBe(1)
  })

  test('that are new are found at once, but strangers cannot have us ask again and again', async () => {
    const by = verifier()
    expect(await kindOf(await theirs(), by)).toBe('good')
    clock.advance(31_000)
    answer = () => Response.json({ keys: [first.jwk, second.jwk] })
    expect(await kindOf(await theirs({}, second), by)).toBe('good')
    expect(fetches).toBe(2)
    for (let i = 0; i < 50; i++)
      expect(await kindOf(await theirs({}, { ...second, kid: `made up ${i}` }), by)).toBe('bad')
    expect(fetches).toBe(2)
  })

  test('go on while their address is dead; a token of a key that is not known is told to come back', async () => {
    const by = verifier()
    expect(await kindOf(await theirs(), by)).toBe('good')
    answer = () => new Response('down', { status: 500 })
    for (const hours of [1, 6, 16]) {
      clock.advance(hours * 3_600_000)
      expect(await kindOf(await theirs({ exp: NOW_S + 90_000 }), by)).toBe('good')
    }
    clock.advance(6_000)
    expect(await kindOf(await theirs({ exp: NOW_S + 90_000 }, second), by)).toBe('issuer_unavailable')
    clock.advance(2 * 3_600_000)
    expect(await kindOf(await theirs({ exp: NOW_S + 200_000 }), by)).toBe('issuer_unavailable')
    answer = () => Response.json({ keys: [first.jwk] })
    clock.advance(6_000)
    expect(await kindOf(await theirs({ exp: NOW_S + 200_000 }), by)).toBe('good')
  })

  test('that were withdrawn are out once the address has been asked again', async () => {
    const by = verifier()
    expect(await kindOf(await theirs({ exp: NOW_S + 9_000 }), by)).toBe('good')
    answer = () => Response.json({ keys: [second.jwk] })
    clock.advance(601_000)
    // Asked behind this one.
    await kindOf(await theirs({ exp: NOW_S + 9_000 }), by)
    await Bun.sleep(50)
    expect(await kindOf(await theirs({ exp: NOW_S + 9_000 }), by)).toBe('bad')
  })

  test('that cannot be read are nobody’s', async () => {
    for (const broken of [{ x: '!' }, { x: undefined }, { crv: 'P-0' }, { kty: 'oct', k: 'c2VjcmV0' }, { d: 'AAAA' }]) {
      answer = () => Response.json({ keys: [{ ...first.jwk, ...broken }] })
      expect([broken, await kindOf(await theirs())]).toEqual([broken, 'bad'])
    }
  })

  test.each<[string, () => Response]>([
    ['no JSON', () => new Response('<html>')],
    ['no key set', () => Response.json({ keys: 'none' })],
    ['without end', () => new Response('x'.repeat(300_000))],
    ['sent elsewhere', () => Response.redirect(`http://localhost:${server.port}/elsewhere`)],
  ])('that are %s are none', async (_, wrong) => {
    answer = wrong
    expect(await kindOf(await theirs())).toBe('issuer_unavailable')
  })
})
