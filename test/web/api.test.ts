/** What the pages make of an answer that is none. */
import { afterAll, expect, test } from 'bun:test'
import { ApiError, ask } from '../../src/web/shared/api.ts'

const held = Promise.withResolvers<Response>()
const server = Bun.serve({
  port: 0,
  routes: {
    '/cut': () => new Response('{"data": [', { headers: { 'content-type': 'application/json' } }),
    '/nothing': () => new Response(null, { status: 204 }),
    '/proxy': () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
    '/silent': () => held.promise,
  },
})

afterAll(async () => {
  held.resolve(new Response())
  await server.stop(true)
})

const asked = (path: string) => ask<unknown>('sk_live_1', new URL(path, server.url).href, { answerMaxMs: 200 })

test('an answer that was cut off is none: whoever reads a list has none of it', async () => {
  const problem = await asked('/cut').catch(error => error)
  expect(problem).toBeInstanceOf(ApiError)
  expect(problem).toMatchObject({ status: 0, code: 'unreachable' })
})

test('one that does not come is told as such', async () => {
  expect(await asked('/silent').catch(error => error)).toMatchObject({ status: 0, code: 'timeout' })
})

test('one without a body is one, and what stands before the node may answer in its own words', async () => {
  expect(await asked('/nothing')).toEqual({})
  expect(await asked('/proxy').catch(error => error)).toMatchObject({ status: 502, message: 'The node answered 502.' })
})
