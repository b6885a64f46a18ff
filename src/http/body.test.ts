import { expect, test } from 'bun:test'
import { readJson, readOptionalJson, readText } from './body.ts'
import { type ProblemCode, Refusal } from './problem.ts'

const MAX = 100

function post(body: string | Uint8Array<ArrayBuffer> | null, contentType: string | null = 'application/json'): Request {
  const headers = contentType === null ? {} : { 'content-type': contentType }
  return new Request('http://localhost/', { method: 'POST', body, headers })
}

async function refusalOf(read: Promise<unknown>): Promise<ProblemCode | null> {
  try {
    await read
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/vnd.x+json'])(
  'JSON is read from %s',
  async type => {
    expect(await readJson(post('{"a":"ä"}', type), MAX)).toEqual({ a: 'ä' })
  },
)

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])(
  '%p is not read',
  async type => {
    expect(await refusalOf(readJson(post('{}', type), MAX))).toBe('unsupported_media_type')
  },
)

test.each(['', '{', '{"a":NaN}', '{"a":1}}', "{'a':1}", '[1,]'])('%p is malformed', async body => {
  expect(await refusalOf(readJson(post(body), MAX))).toBe('malformed')
})

test('bytes that are no text are malformed', async () => {
  expect(await refusalOf(readJson(post(new Uint8Array([0x22, 0xff, 0x22])), MAX))).toBe('malformed')
})

test('a list as deep as it is long is malformed, not a crash', async () => {
  expect(await refusalOf(readJson(post('['.repeat(200_000)), 1_000_000))).toBe('malformed')
})

test('a body beyond the limit is too large, whether or not it says so beforehand', async () => {
  const long = JSON.stringify('x'.repeat(MAX))
  const stream = new Response(long).body
  const unannounced = new Request('http://localhost/', {
    method: 'POST',
    body: stream,
    headers: { 'content-type': 'application/json' },
  })

  expect(await refusalOf(readJson(post(long), MAX))).toBe('too_large')
  expect(await refusalOf(readJson(unannounced, MAX))).toBe('too_large')
})

function encoded(body: string | Uint8Array<ArrayBuffer>, coding: string): Request {
  const request = post(body)
  request.headers.set('content-encoding', coding)
  return request
}

test('a body that is packed is said to be, not to be broken', async () => {
  expect(await refusalOf(readJson(encoded(Bun.gzipSync('{"a":1}'), 'gzip'), MAX))).toBe('unsupported_media_type')
  expect(await refusalOf(readText(encoded(Bun.gzipSync('a=1'), 'gzip'), MAX))).toBe('unsupported_media_type')
})

test.each(['identity', 'Identity'])('of %p nothing is packed: what is broken is said to be', async coding => {
  expect(await readJson(encoded('{"a":1}', coding), MAX)).toEqual({ a: 1 })
  expect(await refusalOf(readJson(encoded('{', coding), MAX))).toBe('malformed')
  expect(await refusalOf(readText(encoded(new Uint8Array([0xff]), coding), MAX))).toBe('malformed')
})

test('no body at all stands for an empty object where nothing is required', async () => {
  expect(await readOptionalJson(post(null, null), MAX)).toEqual({})
  const ofNoPieces = new Request('http://localhost/', { method: 'POST', body: new Response('').body })
  expect(await readOptionalJson(ofNoPieces, MAX)).toEqual({})
  expect(await readOptionalJson(post('{"reason":"x"}'), MAX)).toEqual({ reason: 'x' })
  expect(await refusalOf(readOptionalJson(post('x', 'text/plain'), MAX))).toBe('unsupported_media_type')
})
