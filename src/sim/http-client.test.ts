import { afterEach, expect, test } from 'bun:test'
import { nowMs } from './clock.ts'
import { describeOutcome, HttpClient } from './http-client.ts'

const servers: Bun.Server<undefined>[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true)
})

function node(answers: Response[]) {
  const seen: { key: string | null; token: string | null; body: string }[] = []
  const server = Bun.serve({
    port: 0,
    fetch: async request => {
      const { headers } = request
      seen.push({
        key: headers.get('idempotency-key'),
        token: headers.get('authorization'),
        body: await request.text(),
      })
      return answers.shift() ?? new Response('none left', { status: 500 })
    },
  })
  servers.push(server)
  return { url: `http://localhost:${server.port}`, seen }
}

const later = () => new Response('', { status: 503, headers: { 'retry-after': '0' } })
const order = () => Response.json({ order_id: 'ord_1' }, { status: 201 })
const call = { method: 'POST', path: '/v1/orders', body: { size: 1 }, idempotencyKey: 'key-1' } as const

test('"later" is repeated with the same key and body until there is an answer', async () => {
  const { url, seen } = node([later(), later(), order()])
  const client = new HttpClient({ url, token: 'secret', signal: new AbortController().signal })
  const outcome = await client.untilAnswered(call, nowMs() + 5_000)
  expect(outcome).toEqual({ kind: 'answered', status: 201, body: { order_id: 'ord_1' }, retryAfterMs: null })
  expect(seen).toEqual(Array(3).fill({ key: 'key-1', token: 'Bearer secret', body: '{"size":1}' }))
  expect(client.retries).toBe(2)
})

test('a refusal is an answer, unless the caller says that it means later', async () => {
  const conflict = () => Response.json({ code: 'in_progress' }, { status: 409 })
  const { url } = node([conflict(), conflict(), order()])
  const client = new HttpClient({ url, token: null, signal: new AbortController().signal })
  const refused = await client.untilAnswered(call, nowMs() + 5_000)
  expect(describeOutcome(refused)).toBe('409 in_progress')
  const taken = await client.untilAnswered({ ...call, retryOn: [409] }, nowMs() + 5_000)
  expect(describeOutcome(taken)).toBe('201')
})

test('a node that is not there is unreachable once the deadline has passed or the run is over', async () => {
  const { url } = node([])
  await servers[0]?.stop(true)
  const over = new AbortController()
  const client = new HttpClient({ url, token: null, signal: over.signal })
  expect((await client.untilAnswered(call, nowMs() + 50)).kind).toBe('unreachable')
  over.abort()
  expect((await client.untilAnswered(call, nowMs() + 60_000)).kind).toBe('unreachable')
})
