/**
 * Text that the record cannot hold, a NUL or half a surrogate pair, in each place of a request or frame that takes text: it is refused
 * where it is, before it is anywhere else. One that got through would take down all that is committed with it.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { operationsOf, readDocuments, receivedOn } from '../../src/contract/documents.ts'
import { isFields, resolved, type Schema, type Schemas } from '../../src/contract/schema.ts'
import { Draw } from '../../src/fuzz/draw.ts'
import { makeObjects } from '../../src/fuzz/objects.ts'
import { sample } from '../../src/fuzz/sample.ts'
import { ADMIN_KEY, type Answer, type Body, startTestNode, type TestNode } from './node.ts'
import { openClient } from './socket.ts'

type Documents = Awaited<ReturnType<typeof readDocuments>>
type Operation = ReturnType<typeof operationsOf>[number]

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }
const BAD = ['\u0000', '\ud800', '\udc00x']
/** Of what may be left out, about half is in one sample. */
const SAMPLES = 30

let node: TestNode
let documents: Documents
let ids: Record<string, string>
let trial: { readonly authorization: string }

beforeAll(async () => {
  node = await startTestNode()
  documents = await readDocuments(node.url)
  ids = await makeObjects(node.url, ADMIN_KEY)
  const { body } = await node.call('POST', '/v1/keys', { name: 'Trial', role: 'admin', mode: 'test' })
  trial = { authorization: `Bearer ${body.secret}` }
})

afterAll(async () => {
  await node.stop()
})

function bodyOf({ requestBody }: Operation): Schema | null {
  return requestBody?.content['application/json']?.schema ?? null
}

/** Where a schema takes text and does not say what it may be. */
function freeTexts(schema: Schema, schemas: Schemas, at: string): string[] {
  const its = resolved(schema, schemas)
  const inner = [
    ...Object.entries(its.properties ?? {}).map(([name, child]) => [`${at}/${name}`, child] as const),
    ...Object.values(its.patternProperties ?? {}).map(child => [`${at}/*`, child] as const),
    ...[...(its.anyOf ?? []), ...(its.allOf ?? [])].map(child => [at, child] as const),
    ...(its.items === undefined ? [] : [[`${at}/*`, its.items] as const]),
  ]
  const isFree = its.type === 'string' && [its.const, its.enum, its.pattern, its.format].every(one => one === undefined)
  return [...(isFree ? [at] : []), ...inner.flatMap(([path, child]) => freeTexts(child, schemas, path))]
}

test('each text of a body or a query says what it may be', () => {
  const { schemas } = documents.openApi.components
  const free = operationsOf(documents.openApi).flatMap(operation => {
    const where = `${operation.method} ${operation.path}`
    const body = bodyOf(operation)
    const queries = operation.parameters.filter(parameter => parameter.in === 'query')
    return [
      ...(body === null ? [] : freeTexts(body, schemas, where)),
      ...queries.flatMap(({ name, schema }) => freeTexts(schema, schemas, `${where}?${name}`)),
    ]
  })
  // What phones send is read by hand: `osmand.test.ts`.
  expect(free.filter(where => !where.includes('/v1/osmand?'))).toEqual([])
})

interface Spoiled {
  /** A JSON pointer. */
  readonly at: string
  readonly value: unknown
}

/** The value with its last character turned, for each text in it. */
function* spoiled(value: unknown, bad: string, at = ''): Generator<Spoiled> {
  if (typeof value === 'string') yield { at: at || '/', value: value.slice(0, -1) + bad }
  if (Array.isArray(value)) {
    for (const [i, child] of value.entries()) {
      for (const one of spoiled(child, bad, `${at}/${i}`)) yield { at: one.at, value: value.with(i, one.value) }
    }
  }
  if (!isFields(value)) return
  for (const [name, child] of Object.entries(value)) {
    for (const one of spoiled(child, bad, `${at}/${name}`)) yield { at: one.at, value: { ...value, [name]: one.value } }
  }
}

/** Each text that samples of the schema have, once with each of what is bad. */
function everySpoiled(schema: Schema, schemas: Schemas, label: string): Spoiled[] {
  const found = new Map<string, Spoiled>()
  for (let n = 0; n < SAMPLES; n++) {
    const value = sample(schema, schemas, new Draw(n, label))
    for (const bad of BAD) {
      for (const one of spoiled(value, bad)) found.set(`${one.at.replaceAll(/\/\d+/g, '/*')} ${bad}`, one)
    }
  }
  return [...found.values()]
}

function namesIt({ status, body }: Answer, at: string): boolean {
  if (status === 202) return Array.isArray(body.rejected) && body.rejected.length > 0
  const errors = Array.isArray(body.errors) ? (body.errors as Body[]) : []
  return status === 422 && errors.some(({ path }) => at.startsWith(String(path)))
}

test('in a body it is refused by the name of its field, on every route', async () => {
  const wrong: string[] = []
  let sent = 0
  for (const operation of operationsOf(documents.openApi)) {
    const schema = bodyOf(operation)
    if (schema === null) continue
    const { method } = operation
    const isTrial = operation.path.startsWith('/v1/test/')
    const path = operation.path.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) =>
      isTrial ? 'tdrv_fuzz' : (ids[name] ?? 'off_0001m7ybkwqy9p8mkyj0vw-1'),
    )
    for (const { at, value } of everySpoiled(schema, documents.openApi.components.schemas, path)) {
      const answer = await node.call(method, path, value, isTrial ? trial : {})
      sent++
      if (!namesIt(answer, at)) wrong.push(`${method} ${operation.path} ${at}: ${answer.status} ${answer.text}`)
    }
  }
  expect(wrong).toEqual([])
  expect(sent).toBeGreaterThan(200)
})

test('in a name of a field it is refused, where names are the caller’s', async () => {
  for (const bad of BAD) {
    const rules = { version: 'v', currency: 'EUR', base_minor: 1, per_km_minor: 1, per_minute_minor: 1 }
    const more = { minimum_minor: 1, round_to_minor: 1, by_vehicle_type: { [`van${bad}`]: 1_000 } }
    const { status, body } = await node.call('POST', '/v1/pricing/rulesets', { ...rules, ...more })
    expect([status, body.code]).toEqual([422, 'invalid'])
  }
})

test('in a path, a query or a header it is refused, or is nobody’s name', async () => {
  const wrong: string[] = []
  for (const { method, path, parameters } of operationsOf(documents.openApi)) {
    const body = method === 'GET' || method === 'DELETE' ? undefined : {}
    const names = parameters.filter(parameter => parameter.in === 'query').map(({ name }) => name)
    const fixed = path.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => ids[name] ?? 'x')
    for (const bad of ['a%00b', '%ED%A0%80', '%00']) {
      const asked = [
        ...(path.includes('{') ? [path.replaceAll(/\{[a-z_]+\}/g, bad)] : []),
        ...names.map(name => `${fixed}?${name}=${bad}`),
      ]
      for (const each of asked) {
        const { status, text } = await node.call(method, each, body)
        if (status >= 500) wrong.push(`${method} ${each}: ${status} ${text}`)
      }
    }
  }
  expect(wrong).toEqual([])
  const keyed = await node.call('POST', '/v1/drivers', {}, { 'idempotency-key': 'a\u00e9' })
  expect([keyed.status, (keyed.body.errors as Body[])[0]?.path]).toEqual([422, '/Idempotency-Key'])
})

test.each(['waggle.json', 'waggle.msgpack'])(
  'in a frame of %s it is refused, and the connection lives on',
  async protocol => {
    const { schemas } = documents.asyncApi.components
    const client = await openClient(node, '/v1/stream?driver_id=texts', protocol)
    let seq = 1
    for (const message of receivedOn('stream', documents.asyncApi)) {
      for (const { at, value } of everySpoiled(message, schemas, protocol)) {
        const frame = isFields(value) ? { ...value, ...('seq' in value ? { seq } : {}) } : {}
        client.send(frame)
        // Good rows of the same frame may be refused afterwards for what they are.
        const error = await client.next(({ type, code }) => type === 'error' && code === 'invalid')
        const named = (error.errors as Body[]).some(({ path }) => at.startsWith(String(path)))
        expect({ at, named }).toEqual({ at, named: true })
        if (error.seq === seq) seq++
      }
    }
    client.send({ type: 'location', seq, ...HERE })
    expect(await client.next(({ type, seq: settled }) => type === 'ack' && settled === seq)).toBeDefined()
    await client.close()
  },
)

test('topics that nothing can be called are refused one by one', async () => {
  const client = await openClient(node, '/v1/live')
  const topics = BAD.flatMap(bad => ['order:', 'driver:', 'cell:', 'zone:', ''].map(kind => `${kind}${bad}`))
  client.send({ type: 'subscribe', topics: [...topics, 'fleet'] })
  await client.nextOf('subscribed')
  const told = client.messages.filter(({ type }) => type === 'error').map(({ code, topic }) => [code, topic])
  expect(told).toEqual(topics.map(topic => ['invalid', topic]))
  await client.close()
})

test('of bookings that come together only the one that has it fails', async () => {
  const book = (notes: string) => node.call('POST', '/v1/orders', { pickup: HERE, dropoff: THERE, notes })
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => book(i % 10 === 3 ? 'x\ud800' : `note ${i}`)))
  expect(answers.map(({ status }) => status)).toEqual(answers.map((_, i) => (i % 10 === 3 ? 422 : 201)))
})

test('after all this the node is ready, and nothing was an unexpected error', async () => {
  expect((await node.call('GET', '/ready')).status).toBe(200)
  expect(await node.metric('waggle_unexpected_errors_total')).toBe(0)
  expect(await node.metric('waggle_worker_restarts_total')).toBe(0)
})
