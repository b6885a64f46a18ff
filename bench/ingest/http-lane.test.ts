import { expect, test } from 'bun:test'
import { type HttpAnswer, HttpLane, parseAnswer } from './http-lane.ts'

test('an answer is read once it is there as a whole', () => {
  const whole = 'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{"a"}'
  for (let i = 0; i < whole.length; i++) expect(parseAnswer(whole.slice(0, i))).toBeNull()
  expect(parseAnswer(whole)).toEqual({ kind: 'answered', status: 202, body: '{"a"}' })
})

test('a refusal may say when to come again', () => {
  const refusal = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 2\r\n\r\n{}'
  expect(parseAnswer(refusal)).toEqual({ kind: 'answered', status: 503, body: '{}', retryAfterS: 2 })
  expect(parseAnswer(refusal.replace('Retry-After', 'X-Other'))).toEqual({ kind: 'answered', status: 503, body: '{}' })
})

test('more requests than connections wait their turn, and each gets its own answer', async () => {
  const server = Bun.serve({
    port: 0,
    fetch: async request => new Response(`${new URL(request.url).pathname} ${await request.text()}`, { status: 202 }),
  })
  const lane = new HttpLane(`http://127.0.0.1:${server.port}`, 'key')
  await lane.open(3)
  const answers = await Promise.all(
    Array.from(
      { length: 50 },
      (_, i) =>
        new Promise<HttpAnswer>(resolve => {
          lane.send({ method: 'POST', path: `/${i}`, body: `b${i}`, onAnswer: resolve })
        }),
    ),
  )
  lane.close()
  await server.stop(true)

  expect(answers).toEqual(answers.map((_, i) => ({ kind: 'answered', status: 202, body: `/${i} b${i}` })))
})

test('nobody listening is said in words', () => {
  expect(new HttpLane('http://127.0.0.1:1', 'key').open(1)).rejects.toThrow('no connection to http://127.0.0.1:1')
})

test('after the end no answer is told, and nothing more is sent', async () => {
  const asked: string[] = []
  const held = Promise.withResolvers<void>()
  const server = Bun.serve({
    port: 0,
    fetch: async request => {
      asked.push(new URL(request.url).pathname)
      await held.promise
      return new Response('late', { status: 202 })
    },
  })
  const lane = new HttpLane(`http://127.0.0.1:${server.port}`, 'key')
  await lane.open(1)
  let told = 0
  for (const path of ['/first', '/second']) lane.send({ method: 'POST', path, body: 'b', onAnswer: () => told++ })
  while (asked.length === 0) await Bun.sleep(1)
  lane.close()
  held.resolve()
  // All that the server has taken is over.
  await server.stop()
  expect(asked).toEqual(['/first'])
  expect(told).toBe(0)
})
