import { expect, test } from 'bun:test'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { refusalOf } from './errors.ts'
import { invalidField, problemResponse, Refusal } from './problem.ts'

test('a refusal is a problem document with a stable code and the fields', async () => {
  const response = problemResponse(invalidField('/latitude', 'Required'))

  expect(response.status).toBe(422)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(await response.json()).toEqual({
    type: 'urn:waggle:problem:invalid',
    title: 'Invalid request',
    status: 422,
    detail: '/latitude: Required',
    code: 'invalid',
    errors: [{ path: '/latitude', message: 'Required' }],
  })
})

test.each(['overloaded', 'record_unavailable', 'timeout', 'idempotency_in_progress'] as const)(
  '%s says when to come back',
  code => {
    expect(problemResponse(new Refusal(code, 'Later.')).headers.get('retry-after')).toBe('1')
  },
)

test('a record that does not answer is 503, not a bug', () => {
  expect(refusalOf(new StoreUnavailableError('gone'), 'GET /x', () => 0).code).toBe('record_unavailable')
})

test('an unknown error tells the caller nothing but a number that is in the log', async () => {
  const written: string[] = []
  const write = process.stderr.write
  process.stderr.write = (text: string | Uint8Array) => {
    written.push(String(text))
    return true
  }
  const refusal = refusalOf(new Error('secret detail'), 'GET /v1/orders', () => 0.5)
  process.stderr.write = write

  const body = (await problemResponse(refusal).json()) as Record<string, unknown>
  expect(JSON.stringify(body)).not.toContain('secret')
  expect(body.status).toBe(500)
  expect(written).toHaveLength(1)
  const line = JSON.parse(written[0] ?? '') as Record<string, unknown>
  expect(line).toMatchObject({ event: 'unexpected_error', where: 'GET /v1/orders', request_id: body.request_id })
})
