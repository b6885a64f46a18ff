import { expect, test } from 'bun:test'
import { type LogEntry, type LogLevel, logTo } from '../actors/runtime/log.ts'
import { RequestLog } from './request-log.ts'

function rig(level: LogLevel) {
  const lines: (LogEntry & { readonly sentence: string })[] = []
  let nowMs = 1_000_000
  const log = logTo((sentence, entry) => lines.push({ sentence, ...entry }), level)
  const requests = new RequestLog({ log, random: () => 0.5, clock: { nowMs: () => nowMs } })
  const one = (status: number, tookMs = 3, headers: Record<string, string> = {}) => {
    const note = requests.begin(new Request('http://host.test/v1/orders/ord_1?token=abc', { headers }))
    nowMs += tookMs
    const response = new Response(null, { status })
    requests.end(note, 'GET /v1/orders/{order_id}', response)
    return response.headers.get('x-request-id')
  }
  return { lines, one, pass: (ms: number) => (nowMs += ms) }
}

test('what went well is told on level debug alone', () => {
  const quiet = rig('info')
  quiet.one(200)
  quiet.one(404)
  expect(quiet.lines).toEqual([])
  const loud = rig('debug')
  loud.one(200)
  expect(loud.lines).toMatchObject([
    { level: 'debug', fields: { route: 'GET /v1/orders/{order_id}', status: 200, duration_ms: 3 } },
  ])
})

test('what failed here, and what was slow, is told, and neither the path nor the query', () => {
  const { lines, one } = rig('info')
  one(500)
  one(200, 1_500)
  expect(lines.map(({ level, sentence }) => [level, sentence])).toEqual([
    ['warn', 'request failed'],
    ['warn', 'slow request'],
  ])
  expect(JSON.stringify(lines)).not.toMatch(/ord_1|abc/)
})

test('a flood is told in part, and how much was left out', () => {
  const { lines, one, pass } = rig('info')
  for (let i = 0; i < 500; i++) one(503, 0)
  expect(lines).toHaveLength(20)
  pass(1_000)
  one(503, 0)
  expect(lines.at(-1)?.fields.left_out).toBe(480)
})

test('the id of whoever calls is taken over, unless it could be something else', () => {
  const { one } = rig('info')
  expect(one(200, 1, { 'x-request-id': '0190b3a4-7c1e-7b3a-9f2e-1a2b3c4d5e6f' })).toBe(
    '0190b3a4-7c1e-7b3a-9f2e-1a2b3c4d5e6f',
  )
  for (const strange of ['Ada Lovelace', 'x'.repeat(129), '{"a":1}']) {
    expect(one(200, 1, { 'x-request-id': strange })).toMatch(/^req_[0-9a-z]{10}$/)
  }
})
