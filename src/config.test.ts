import { expect, test } from 'bun:test'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_SETTINGS } from './actors/default-settings.ts'
import { ConfigError } from './config/config-error.ts'
import { SETTINGS } from './config/settings.ts'
import { readConfig } from './config.ts'

test('without any variable the defaults hold', () => {
  const config = readConfig({})
  expect(config).toMatchObject({ port: 3000, postgresUrl: null, unsafe: false, autoRegister: true })
  // What everything is tested with is what a node does by itself, on fewer shards.
  expect(config.dispatch).toEqual({ ...DEFAULT_SETTINGS, shards: 256 })
})

test.each([
  ['PORT', '70000'],
  ['PORT', 'http'],
  ['WAGGLE_WORKERS', '0'],
  ['WAGGLE_SHARDS', '2000'],
  ['WAGGLE_ACCEPT', 'yes'],
  ['WAGGLE_OFFERS', 'broadcast:0'],
  ['WAGGLE_OFFER_TTL_S', '-1'],
  ['WAGGLE_AUTO_REGISTER', '1'],
  ['WAGGLE_POSTGRES_URL', 'mysql://localhost/db'],
  ['WAGGLE_REDIS_URL', 'http://localhost:6379'],
  ['WAGGLE_ADMIN_KEY', 'short'],
  ['WAGGLE_NATS_URL', 'http://bus'],
  ['WAGGLE_FEED_AGE_H', '0'],
  ['WAGGLE_JWT_SECRET', 'too-short-for-hs256'],
  ['WAGGLE_JWT_SECRET', Array(4).fill('x'.repeat(32)).join(',')],
  ['WAGGLE_JWT_TOLERANCE_S', '301'],
  ['WAGGLE_RATE_LIMITS', 'customer.write=0'],
  ['WAGGLE_PERSONAL_KEYS', 'one:tooshort'],
  ['WAGGLE_PERSONAL_KEYS', `a:${'A'.repeat(43)}=,a:${'B'.repeat(43)}=`],
  ['WAGGLE_TRACKING_SECRET', 'short'],
  ['WAGGLE_PROXIES', '-1'],
  ['WAGGLE_JWT_ISSUERS', 'https://id.example'],
  ['WAGGLE_JWT_ISSUERS', '{}'],
  ['WAGGLE_JWT_ISSUERS', '[{"issuer": "a", "audience": "w"}]'],
  ['WAGGLE_JWT_ISSUERS', '[{"issuer": "a", "audience": "w", "jwks_url": "http://id.example/jwks"}]'],
  ['WAGGLE_JWT_ISSUERS', '[{"issuer": "a", "audience": "w", "jwks_url": "https://a", "roles": ["root"]}]'],
  ['WAGGLE_JWT_ISSUERS', '[{"issuer": "a", "audience": "w", "jwks_url": "https://a", "role": "admin"}]'],
  ['WAGGLE_POSITIONS_FEED', 'yes'],
  ['WAGGLE_CORS_ORIGINS', 'console.example.com'],
  ['WAGGLE_CORS_ORIGINS', 'https://console.example.com/'],
  ['WAGGLE_TLS_CERT', '/tmp/cert.pem'],
  ['WAGGLE_TLS_KEY', '/tmp/key.pem'],
])('%s=%s stops the start with a sentence that names it', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(ConfigError)
  expect(() => readConfig({ [name]: value })).toThrow(name)
})

test('a refused secret is not repeated', () => {
  expect(() => readConfig({ WAGGLE_ADMIN_KEY: 'hush hush' })).not.toThrow('hush')
  expect(() => readConfig({ WAGGLE_JWT_SECRET: 'hush hush' })).not.toThrow('hush')
  expect(() => readConfig({ WAGGLE_NATS_URL: 'nats://me:hush@a,tls://me:hush@b' })).not.toThrow('hush')
})

test('there is no NATS unless it is set', () => {
  expect(readConfig({}).nats).toBeNull()
  const shared = { WAGGLE_NATS_URL: 'nats://bus', WAGGLE_POSTGRES_URL: 'postgres://record/waggle' }
  expect(readConfig(shared).nats).toMatchObject({
    replicas: 1,
    feed: { ageMaxMs: 604_800_000, bytesMax: 1_073_741_824, isPublishingPositions: false },
  })
})

test('broadcast:k is read', () => {
  expect(readConfig({ WAGGLE_OFFERS: 'broadcast:7' }).dispatch.offersAtOnce).toBe(7)
})

test('a dispatch ruleset with a bad field stops the start with a sentence that names the file and the field', async () => {
  const path = join(tmpdir(), `waggle-ruleset-${process.pid}.json`)
  const example = await Bun.file(join(import.meta.dir, '../docs/dispatch-ruleset.json')).json()
  await Bun.write(path, JSON.stringify({ ...example, version: 'mine-1' }))
  expect(readConfig({ WAGGLE_DISPATCH_RULESET: path }).dispatch.ruleset.version).toBe('mine-1')
  await Bun.write(path, JSON.stringify({ ...example, terms: { trip: { weight: 'much', cap_s: 1 } } }))
  expect(() => readConfig({ WAGGLE_DISPATCH_RULESET: path })).toThrow(`(${path}): terms.trip.weight must be a number`)
  await Bun.write(path, '{')
  expect(() => readConfig({ WAGGLE_DISPATCH_RULESET: path })).toThrow('cannot be read as JSON')
  await rm(path)
  expect(() => readConfig({ WAGGLE_DISPATCH_RULESET: path })).toThrow(ConfigError)
})

test('the operations page lists every setting with its default', async () => {
  const page = await Bun.file(join(import.meta.dir, '../docs/operations.md')).text()
  const missing = SETTINGS.filter(s => !page.includes(`| \`${s.name}\` | ${s.fallback || '–'} | ${s.what} |`))
  expect(missing.map(s => s.name)).toEqual([])
})

test('a cluster wants the Postgres that its nodes share', () => {
  expect(() => readConfig({ WAGGLE_NATS_URL: 'nats://127.0.0.1:4222' })).toThrow('WAGGLE_POSTGRES_URL')
  const both = { WAGGLE_NATS_URL: 'nats://127.0.0.1:4222', WAGGLE_POSTGRES_URL: 'postgres://127.0.0.1/waggle' }
  expect(readConfig(both).postgresUrl).not.toBeNull()
})

test('an issuer of tokens gives customers and drivers their roles, and no others unless it is told so', () => {
  const issuer = { issuer: 'https://id.example', audience: 'waggle', jwks_url: 'https://id.example/jwks' }
  const { access } = readConfig({
    WAGGLE_JWT_ISSUERS: JSON.stringify([issuer, { ...issuer, issuer: 'b', roles: ['admin'] }]),
  })

  expect(access.jwtIssuers).toMatchObject([
    {
      jwksUrl: issuer.jwks_url,
      roles: ['customer', 'driver'],
      roleClaim: 'role',
      subjectClaim: 'sub',
      scopeClaim: null,
    },
    { issuer: 'b', roles: ['admin'] },
  ])
  const twice = JSON.stringify([issuer, issuer])
  expect(() => readConfig({ WAGGLE_JWT_ISSUERS: twice })).toThrow('twice')
})

test('of several secrets the first one signs', () => {
  const [fresh, old] = ['n'.repeat(32), 'o'.repeat(32)]
  expect(readConfig({ WAGGLE_JWT_SECRET: `${fresh},${old}` }).access.jwtSecrets).toEqual([fresh, old])
})
