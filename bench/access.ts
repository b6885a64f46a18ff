/**
 * What does it cost a position over HTTP to show who sends it? In one process, interleaved: for each credential the header is read,
 * the caller found and the row of the table asked, as the dispatcher does it.
 *
 * What to expect: a SHA-256 of some 60 to 300 bytes and one look into a map, so about a microsecond of CPU, beside some
 * tens that a posted position costs its node. A token that is met for the first time is verified: tens of microseconds, once a minute.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { makeApiKey, newKeyId } from '../src/http/access/api-key.ts'
import { Authenticator } from '../src/http/access/authenticator.ts'
import { KeyRing } from '../src/http/access/key-ring.ts'
import { permit } from '../src/http/access/permit.ts'
import { type AccessRule, ruleOf } from '../src/http/access/table.ts'
import { mintToken, TokenVerifier } from '../src/http/access/tokens.ts'
import { TrackingLinks } from '../src/http/access/tracking-link.ts'
import type { Bench, Figures } from './bench.ts'
import { rounded } from './dispatch/outcome.ts'
import { numberFlag, readFlags } from './flags.ts'

const SECRET = 'a-secret-of-the-bench-0123456789-0123456789'
const ADMIN_KEY = 'wag_0123456789abcdef0123456789abcdef'
const HOUR_S = 3_600

export const accessBench: Bench = {
  name: 'access',
  question: 'What does it cost a posted position to show who sends it?',
  help: `bun run bench access -- [--drivers N] [--rounds N]: microseconds of CPU per request, once met

  --drivers N  each with a key and a token of its own (10000)
  --rounds N   over all of them, for each kind of credential (20)
`,
  async run(argv) {
    const values = readFlags(argv, ['drivers', 'rounds'])
    const drivers = numberFlag(values, 'drivers', 10_000, { min: 1, max: 10_000, whole: true })
    const rounds = numberFlag(values, 'rounds', 20, { min: 3, max: 1_000, whole: true })
    return { figures: await measure(drivers, rounds), postgresVersion: null }
  },
}

interface Shown {
  readonly request: Request
  readonly params: Readonly<Record<string, string>>
}

type Judge = (shown: Shown) => unknown

async function measure(drivers: number, rounds: number): Promise<Figures> {
  const { auth, keys, tokens } = await met(drivers)
  const rule = ruleOf('POST /v1/drivers/{driver_id}/location')
  const judged: Judge = shown => allowed(auth, rule, shown)
  const ways: Readonly<Record<string, readonly [Judge, readonly Shown[]]>> = {
    one_key_as_before: [oneKey(ADMIN_KEY), keys.map(({ params }) => shownBy(ADMIN_KEY, params))],
    admin_key: [judged, keys.map(({ params }) => shownBy(ADMIN_KEY, params))],
    api_key: [judged, keys],
    token: [judged, tokens],
  }
  const times = new Map<string, number[]>()
  for (let round = -2; round < rounds; round++) {
    for (const [name, [judge, all]] of Object.entries(ways)) {
      const startedUs = cpuUs()
      for (const shown of all) judge(shown)
      const us = (cpuUs() - startedUs) / all.length
      if (round >= 0) times.set(name, [...(times.get(name) ?? []), us])
    }
  }
  const figures = [...times].map(([name, us]) => {
    const sorted = us.toSorted((a, b) => a - b)
    return [`${name}_p50_us`, rounded(sorted[Math.floor(sorted.length / 2)] ?? 0, 2)] as const
  })
  return { drivers, rounds, ...Object.fromEntries(figures), token_first_met_us: rounded(await firstMetUs(), 1) }
}

/** Of this process, so that the machine's other work does not count. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Everybody has called once, lately. */
async function met(drivers: number) {
  const nowMs = Date.now()
  const random = (count: number) => crypto.getRandomValues(new Uint8Array(count))
  const made = Array.from({ length: drivers }, (_, i) => ({
    ...makeApiKey(newKeyId(random), 'live', random),
    id: `drv_${i}`,
  }))
  const stored = new Map(made.map(key => [key.keyId, recordOf(key)]))
  // Time stands still: what is remembered stays so for as long as the bench takes.
  const clock = { nowMs: () => nowMs, after: () => () => undefined }
  const ring = new KeyRing({
    clock,
    read: async keyIds => keyIds.flatMap(keyId => stored.get(keyId) ?? []),
    used: () => undefined,
  })
  const auth = authenticator(ring, clock)
  const keys = made.map(({ secret, id }) => shownBy(secret, { driver_id: id }))
  const tokens = await Promise.all(made.map(async ({ id }) => shownBy(await token(id, nowMs), { driver_id: id })))
  for (const { request } of [...keys, ...tokens]) await auth.fromHeader(request)
  return { auth, keys, tokens }
}

function recordOf({ keyId, digest, id }: { keyId: string; digest: Buffer; id: string }) {
  const never = { former: [], rotatedAtMs: null, expiresAtMs: null, revokedAtMs: null, lastUsedAtMs: null }
  const by = { createdAtMs: 0, createdBy: 'bench' }
  return { keyId, mode: 'live' as const, name: id, role: 'driver', subject: id, scopes: null, digest, ...by, ...never }
}

function authenticator(keys: KeyRing, clock: ConstructorParameters<typeof KeyRing>[0]['clock']): Authenticator {
  const noIssuer = () => Promise.reject(new Error('there is no issuer here'))
  const tokens = new TokenVerifier({ secrets: [SECRET], issuers: [], clockToleranceS: 0 }, clock, noIssuer)
  const links = new TrackingLinks({ secrets: [SECRET], ttlMs: HOUR_S * 1_000 })
  return new Authenticator({ adminKey: ADMIN_KEY, clock, keys, tokens, links })
}

function token(subject: string, nowMs: number): Promise<string> {
  return mintToken(SECRET, { role: 'driver', subject, scopes: null, ttlS: HOUR_S }, nowMs)
}

function shownBy(credential: string, params: Shown['params']): Shown {
  return { request: new Request('http://localhost/', { headers: { authorization: `Bearer ${credential}` } }), params }
}

function allowed(auth: Authenticator, rule: AccessRule, { request, params }: Shown): unknown {
  const principal = auth.fromHeader(request)
  if (principal instanceof Promise) throw new Error('somebody was forgotten, so this is no figure')
  return permit({ rule, principal, params }, () => Promise.resolve(null))
}

/** What each request cost when there was one key that may do everything. */
function oneKey(key: string): Judge {
  const digestOf = (text: string) => createHash('sha256').update(text).digest()
  const digest = digestOf(key)
  return ({ request }) => {
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
    return timingSafeEqual(digestOf(given), digest)
  }
}

const FIRST_MET = 500

async function firstMetUs(): Promise<number> {
  const { auth } = await met(1)
  const nowMs = Date.now()
  const strangers = await Promise.all(Array.from({ length: FIRST_MET }, (_, i) => token(`new_${i}`, nowMs)))
  const requests = strangers.map(text => shownBy(text, {}).request)
  const startedUs = cpuUs()
  for (const request of requests) await auth.fromHeader(request)
  return (cpuUs() - startedUs) / FIRST_MET
}
