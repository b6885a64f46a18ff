import { expect, test } from 'bun:test'
import type { JsonObject } from '../actors/runtime/turn.ts'
import { ADMIN } from './access/principal.ts'
import { type Claim, claimOf, type FirstAnswer, Idempotency, type Outcome } from './idempotency.ts'
import { type ProblemCode, Refusal } from './problem.ts'

function claim(key = 'k', hash = 'h'): Claim {
  return { key, requestHash: hash }
}

/** A record of keys, as a table is one. */
function record() {
  const rows = new Map<string, FirstAnswer>()
  const commit = (key: Claim, response: JsonObject): Outcome<JsonObject> => {
    if (rows.has(key.key)) return { kind: 'key_taken' }
    rows.set(key.key, { requestHash: key.requestHash, response })
    return { kind: 'done', value: response }
  }
  return { rows, commit, lookUp: async (key: string) => rows.get(key) ?? null }
}

async function codeOf(run: Promise<unknown>): Promise<ProblemCode | 'done'> {
  try {
    await run
    return 'done'
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

const same = (response: JsonObject) => response

test('a repeat gets the first answer without doing the work again', async () => {
  const { commit, lookUp } = record()
  const idempotency = new Idempotency(lookUp)
  let runs = 0
  const once = () =>
    idempotency.once(
      claim(),
      async key => {
        runs++
        return key ? commit(key, { n: runs }) : { kind: 'key_taken' }
      },
      same,
    )

  expect(await once()).toEqual({ n: 1 })
  expect(await once()).toEqual({ n: 1 })
  expect(runs).toBe(1)
  expect(idempotency.underWay).toBe(0)
})

test('the same key for another body is a mismatch, now and later', async () => {
  const { commit, lookUp } = record()
  const idempotency = new Idempotency(lookUp)
  const gate = Promise.withResolvers<void>()
  const first = idempotency.once(
    claim('k', 'one'),
    async key => {
      await gate.promise
      return key ? commit(key, {}) : { kind: 'key_taken' }
    },
    same,
  )
  const other = () => idempotency.once(claim('k', 'two'), async () => ({ kind: 'done', value: {} }), same)

  expect(await codeOf(other())).toBe('idempotency_mismatch')
  gate.resolve()
  await first
  expect(await codeOf(other())).toBe('idempotency_mismatch')
})

test('a repeat while the first is under way is told so', async () => {
  const idempotency = new Idempotency(record().lookUp)
  const gate = Promise.withResolvers<Outcome<JsonObject>>()
  const first = idempotency.once(claim(), () => gate.promise, same)

  expect(await codeOf(idempotency.once(claim(), () => gate.promise, same))).toBe('idempotency_in_progress')
  gate.resolve({ kind: 'done', value: { ok: true } })
  expect(await first).toEqual({ ok: true })
})

test('where another node has won the key, its answer is given', async () => {
  const { rows, commit, lookUp } = record()
  const idempotency = new Idempotency(lookUp)
  const late = idempotency.once(
    claim(),
    async key => {
      rows.set('k', { requestHash: 'h', response: { by: 'the other' } })
      return key ? commit(key, { by: 'me' }) : { kind: 'key_taken' }
    },
    same,
  )

  expect(await late).toEqual({ by: 'the other' })
})

test('an effect that somebody else has had is refused, unless that was a request with this key', async () => {
  const { rows, lookUp } = record()
  const taken = (run: () => void = () => undefined) =>
    new Idempotency(lookUp).once<JsonObject>(
      claim(),
      async () => {
        run()
        return { kind: 'taken', refusal: new Refusal('already_exists', 'There is one.') }
      },
      same,
    )
  expect(await codeOf(taken())).toBe('already_exists')
  expect(await taken(() => rows.set('k', { requestHash: 'h', response: { by: 'the first' } }))).toEqual({
    by: 'the first',
  })
  rows.set('k', { requestHash: 'another', response: {} })
  expect(await codeOf(taken())).toBe('idempotency_mismatch')
})

test('a request that failed frees its key', async () => {
  const idempotency = new Idempotency(record().lookUp)
  const failing = idempotency.once(claim(), () => Promise.reject(new Refusal('overloaded', 'Later.')), same)

  expect(await codeOf(failing)).toBe('overloaded')
  expect(idempotency.underWay).toBe(0)
})

test('a key belongs to its caller and its route, and must be printable', () => {
  const keyed = (key: string, route = 'POST /v1/orders') =>
    claimOf({
      request: new Request('http://localhost/', { headers: { 'Idempotency-Key': key } }),
      principal: ADMIN,
      route,
      body: {},
    })

  expect(keyed('a')?.key).not.toBe(keyed('a', 'POST /v1/quotes')?.key)
  expect(claimOf({ request: new Request('http://localhost/'), principal: ADMIN, route: 'x', body: {} })).toBeNull()
  expect(() => keyed('x'.repeat(256))).toThrow(Refusal)
  expect(() => keyed('ä')).toThrow(Refusal)
})
