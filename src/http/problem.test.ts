import { expect, test } from 'bun:test'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { type LogEntry, logTo } from '../actors/runtime/log.ts'
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
  expect(refusalOf(new StoreUnavailableError('gone'), 'GET /x', { log: logTo(() => {}), random: () => 0 }).code).toBe(
    'record_unavailable',
  )
})

test('an unknown error tells the caller nothing but a number that is in the log', async () => {
  const lines: LogEntry[] = []
  const log = logTo((_, entry) => lines.push(entry))
  const refusal = refusalOf(new Error('secret detail'), 'GET /v1/orders', { log, random: () => 0.5 })

  const body = (await problemResponse(refusal).json()) as Record<string, unknown>
  expect(JSON.stringify(body)).not.toContain('secret')
  expect(body.status).toBe(500)
  expect(lines).toMatchObject([
    { level: 'error', fields: { event: 'unexpected_error', where: 'GET /v1/orders', request_id: body.request_id } },
  ])
})
