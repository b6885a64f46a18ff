import { beforeEach, expect, test } from 'bun:test'
import { StoreUnavailableError } from '../../actors/runtime/errors.ts'
import { VirtualClock } from '../../actors/runtime/memory/virtual-clock.ts'
import type { ApiKeyRecord } from '../../store/api-keys.ts'
import { Refusal } from '../problem.ts'
import { digestOf, type MadeApiKey, makeApiKey, newKeyId } from './api-key.ts'
import { BELIEVED_MS, KeyRing } from './key-ring.ts'

const random = (count: number) => crypto.getRandomValues(new Uint8Array(count))

let clock: VirtualClock
let stored: Map<string, ApiKeyRecord>
let reads: number
let isDown: boolean
let uses: string[]
let made: MadeApiKey

beforeEach(() => {
  clock = new VirtualClock({ startMs: 1_000_000 })
  stored = new Map()
  reads = 0
  isDown = false
  uses = []
  made = add()
})

function add(changes: Partial<ApiKeyRecord> = {}): MadeApiKey {
  const key = makeApiKey(newKeyId(random), 'live', random)
  stored.set(key.keyId, {
    keyId: key.keyId,
    mode: 'live',
    name: 'shop',
    role: 'service',
    subject: null,
    scopes: null,
    digest: key.digest,
    former: [],
    createdAtMs: 0,
    createdBy: 'admin:admin',
    rotatedAtMs: null,
    expiresAtMs: null,
    revokedAtMs: null,
    lastUsedAtMs: null,
    ...changes,
  })
  return key
}

function change(key: MadeApiKey, changes: Partial<ApiKeyRecord>): void {
  const record = stored.get(key.keyId)
  if (record !== undefined) stored.set(key.keyId, { ...record, ...changes })
}

function found(keyIds: readonly string[]): ApiKeyRecord[] {
  return keyIds.flatMap(keyId => stored.get(keyId) ?? [])
}

function ring(): KeyRing {
  return new KeyRing({
    clock,
    read: async keyIds => {
      reads++
      if (isDown) throw new StoreUnavailableError('down')
      return found(keyIds)
    },
    used: keyId => uses.push(keyId),
  })
}

async function idOf(keys: KeyRing, secret: string): Promise<string | null> {
  return (await keys.find(secret, digestOf(secret)))?.id ?? null
}

test('a key is read once, and then opens without a promise', async () => {
  const keys = ring()
  expect(await idOf(keys, made.secret)).toBe(made.keyId)
  for (let i = 0; i < 100; i++) expect(keys.find(made.secret, digestOf(made.secret))).not.toBeInstanceOf(Promise)
  expect([reads, uses.length]).toEqual([1, 101])
})

test('many who come at once wait for one read', async () => {
  const keys = ring()
  const found = await Promise.all(Array.from({ length: 50 }, () => idOf(keys, made.secret)))
  expect(new Set(found)).toEqual(new Set([made.keyId]))
  expect(reads).toBe(1)
})

test('the secret counts, not the id alone; a wrong one costs no further read', async () => {
  const keys = ring()
  const other = makeApiKey(made.keyId, 'live', random).secret
  expect(await idOf(keys, other)).toBeNull()
  expect(await idOf(keys, made.secret)).toBe(made.keyId)
  expect(await idOf(keys, other)).toBeNull()
  expect(reads).toBe(1)
  expect(uses).toEqual([made.keyId])
})

test('what cannot be a key is not looked up, and what is none is looked up once', async () => {
  const keys = ring()
  const unknown = makeApiKey(newKeyId(random), 'live', random).secret
  for (const text of ['sk_live_', 'sk_live_x_y', `${unknown}x`, unknown.replace('live', 'prod')]) {
    expect(await idOf(keys, text)).toBeNull()
  }
  expect(reads).toBe(0)
  for (let i = 0; i < 10; i++) expect(await idOf(keys, unknown)).toBeNull()
  expect(reads).toBe(1)
})

test('a revocation that another node made counts within five seconds, whatever is sent meanwhile', async () => {
  const keys = ring()
  expect(await idOf(keys, made.secret)).toBe(made.keyId)
  change(made, { revokedAtMs: clock.nowMs() })
  const revokedAtMs = clock.nowMs()
  while ((await idOf(keys, made.secret)) !== null) clock.advance(100)
  expect(clock.nowMs() - revokedAtMs).toBeLessThanOrEqual(BELIEVED_MS)
  // One that was not used meanwhile is not believed at all.
  const quiet = add()
  expect(await idOf(keys, quiet.secret)).toBe(quiet.keyId)
  change(quiet, { revokedAtMs: clock.nowMs() })
  clock.advance(BELIEVED_MS)
  expect(await idOf(keys, quiet.secret)).toBeNull()
})

test('one that was made here counts at once, even against a read that was under way', async () => {
  const gate = Promise.withResolvers<void>()
  const before = found([made.keyId])
  let isFirst = true
  const keys = new KeyRing({
    clock,
    used: () => undefined,
    read: async keyIds => {
      if (!isFirst) return found(keyIds)
      isFirst = false
      await gate.promise
      return before
    },
  })
  const early = idOf(keys, made.secret)
  change(made, { revokedAtMs: clock.nowMs() })
  keys.forget(made.keyId)
  gate.resolve()
  expect(await early).toBeNull()
  expect(await idOf(keys, made.secret)).toBeNull()
})

test('a good key whose first read is overtaken by a rotation made here is read again, and opens', async () => {
  const gate = Promise.withResolvers<void>()
  let isFirst = true
  const keys = new KeyRing({
    clock,
    used: () => undefined,
    read: async keyIds => {
      if (isFirst) {
        isFirst = false
        await gate.promise
      }
      return found(keyIds)
    },
  })
  const early = idOf(keys, made.secret)
  const untilMs = clock.nowMs() + 60_000
  change(made, { digest: makeApiKey(made.keyId, 'live', random).digest, former: [{ digest: made.digest, untilMs }] })
  keys.forget(made.keyId)
  gate.resolve()
  expect(await early).toBe(made.keyId)
})

test('a thousand keys in use are read again together, and leave room for one that is new', async () => {
  const keys = ring()
  const fleet = Array.from({ length: 1_000 }, () => add())
  for (const { secret, keyId } of fleet) expect(await idOf(keys, secret)).toBe(keyId)
  reads = 0
  for (let seconds = 0; seconds < 10; seconds++) {
    clock.advance(1_000)
    for (const { secret, keyId } of fleet)
      expect((keys.find(secret, digestOf(secret)) as { id: string }).id).toBe(keyId)
    expect(await idOf(keys, add().secret)).not.toBeNull()
    await Promise.resolve()
  }
  // Ten of them are the first sights.
  expect(reads).toBeLessThan(20)
})

test('after a rotation the old secret is good for its grace time', async () => {
  const rotated = makeApiKey(made.keyId, 'live', random)
  change(made, { digest: rotated.digest, former: [{ digest: made.digest, untilMs: clock.nowMs() + 60_000 }] })
  const keys = ring()
  expect(await idOf(keys, made.secret)).toBe(made.keyId)
  expect(await idOf(keys, rotated.secret)).toBe(made.keyId)
  clock.advance(60_000)
  expect(await idOf(keys, made.secret)).toBeNull()
  expect(await idOf(keys, rotated.secret)).toBe(made.keyId)
})

test('a key ends when it says, without a read', async () => {
  const short = add({ expiresAtMs: clock.nowMs() + 1_000 })
  const keys = ring()
  expect(await idOf(keys, short.secret)).toBe(short.keyId)
  clock.advance(1_000)
  expect(await idOf(keys, short.secret)).toBeNull()
})

test('while the record is silent a key that was good goes on, for a while, and nobody waits for it', async () => {
  const keys = ring()
  expect(await idOf(keys, made.secret)).toBe(made.keyId)
  isDown = true
  for (let minutes = 0; minutes < 9; minutes++) {
    clock.advance(60_000)
    expect(await idOf(keys, made.secret)).toBe(made.keyId)
    expect(keys.find(made.secret, digestOf(made.secret))).not.toBeInstanceOf(Promise)
  }
  clock.advance(120_000)
  await expect(idOf(keys, made.secret)).rejects.toThrow(StoreUnavailableError)
  isDown = false
  change(made, { revokedAtMs: clock.nowMs() })
  expect(await idOf(keys, made.secret)).toBeNull()
})

test('a key that was never met while the record is silent is neither good nor bad', async () => {
  isDown = true
  await expect(idOf(ring(), made.secret)).rejects.toThrow(StoreUnavailableError)
})

test('whoever invents keys gets a bounded part of the record, and pushes nobody out', async () => {
  const never = Promise.withResolvers<[]>()
  const keys = new KeyRing({
    clock,
    used: () => undefined,
    read: async keyIds => (found(keyIds).length > 0 ? found(keyIds) : never.promise),
  })
  expect(await idOf(keys, made.secret)).toBe(made.keyId)
  const invented = () => makeApiKey(newKeyId(random), 'live', random).secret
  const waiting = Array.from({ length: 64 }, () => idOf(keys, invented()))
  expect(() => keys.find(invented(), digestOf('x'))).toThrow(Refusal)
  expect(await idOf(keys, made.secret)).toBe(made.keyId)
  never.resolve([])
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([null]))
})

test('a key of a later version, of a role or scope that is not known here, opens nothing', async () => {
  const keys = ring()
  expect(await idOf(keys, add({ role: 'auditor' }).secret)).toBeNull()
  expect(await idOf(keys, add({ scopes: ['orders:read', 'moon:read'] }).secret)).toBeNull()
})
