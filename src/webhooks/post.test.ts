/** Requests to real servers on this machine, which stands for the network that must not be reached. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAuthority, makeServerCertificate } from '../../test/support/certificates.ts'
import { ANSWER_BYTES_MAX } from './limits.ts'
import { poster } from './post.ts'

const NEVER = new AbortController().signal

let seen: { path: string; host: string | null; id: string | null; body: string }[] = []
let answer: (path: string) => Response | Promise<Response>
let server: ReturnType<typeof Bun.serve>
let secure: Server
let dir: string
let ca: string

beforeAll(async () => {
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      const { headers } = request
      seen.push({
        path: pathname,
        host: headers.get('host'),
        id: headers.get('webhook-id'),
        body: await request.text(),
      })
      return answer(pathname)
    },
  })
  dir = mkdtempSync(join(tmpdir(), 'waggle-test-post-'))
  const authority = makeAuthority(dir, 'authority')
  const made = makeServerCertificate(dir, 'hooks.test', authority)
  ca = readFileSync(authority.cert, 'utf8')
  secure = createServer({ key: readFileSync(made.key), cert: readFileSync(made.cert) }, (_, response) =>
    response.end('ok'),
  )
  await new Promise<void>(listening => secure.listen(0, '127.0.0.1', listening))
})
afterAll(async () => {
  await server.stop(true)
  secure.close()
  rmSync(dir, { recursive: true })
})
beforeEach(() => {
  seen = []
  answer = () => new Response('thanks')
})

function to(host: string, path = '/hook') {
  return { url: `http://${host}:${server.port}${path}`, headers: { 'webhook-id': 'evt_1' }, body: '{"a":1}' }
}

function securePort(): number {
  const address = secure.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('the name is looked up once, and the connection goes to the address that was looked at', async () => {
  const asked: string[] = []
  const resolve = async (name: string) => {
    asked.push(name)
    return ['127.0.0.1']
  }
  const post = poster({ allowPrivate: true, resolve })
  // Nobody else knows this name: whoever asked again would get nowhere.
  expect(await post(to('hooks.invalid'), NEVER)).toEqual({ kind: 'answered', status: 200, text: 'thanks' })
  expect(asked).toEqual(['hooks.invalid'])
  expect(seen).toEqual([{ path: '/hook', host: `hooks.invalid:${server.port}`, id: 'evt_1', body: '{"a":1}' }])
})

test('a name that leads inside is not called, nor one that leads inside among others, nor an address itself', async () => {
  for (const addresses of [['127.0.0.1'], ['1.1.1.1', '10.0.0.1'], ['::ffff:127.0.0.1'], ['169.254.169.254']]) {
    const post = poster({ allowPrivate: false, resolve: async () => addresses })
    const result = await post({ ...to('x'), url: `https://rebinding.invalid:${server.port}/` }, NEVER)
    expect(result).toMatchObject({ kind: 'failed', error: expect.stringContaining('not a public one') })
  }
  const post = poster({ allowPrivate: false })
  for (const url of [`https://127.0.0.1:${server.port}/`, `https://[::1]:${server.port}/`, 'https://localhost/']) {
    expect(await post({ ...to('x'), url }, NEVER)).toMatchObject({ kind: 'failed' })
  }
  // Stored when this was allowed.
  expect(await post(to('127.0.0.1'), NEVER)).toMatchObject({ kind: 'failed' })
  expect(seen).toEqual([])
})

test('the certificate is checked against the name although the connection goes to an address', async () => {
  const resolve = async () => ['127.0.0.1']
  const post = poster({ allowPrivate: true, resolve, ca })
  const request = { headers: {}, body: '{}' }
  // The certificate of the test is for 127.0.0.1.
  const good = await post({ ...request, url: `https://127.0.0.1:${securePort()}/` }, NEVER)
  expect(good).toMatchObject({ kind: 'answered', status: 200 })
  const wrong = await post({ ...request, url: `https://hooks.invalid:${securePort()}/` }, NEVER)
  expect(wrong).toMatchObject({ kind: 'failed', error: expect.stringContaining('ALTNAME') })
  const unknown = await poster({ allowPrivate: true })({ ...request, url: `https://127.0.0.1:${securePort()}/` }, NEVER)
  expect(unknown).toMatchObject({ kind: 'failed' })
})

test('a redirect is an answer, and is not followed', async () => {
  answer = () => Response.redirect(`http://127.0.0.1:${server.port}/inside`, 307)
  expect(await poster({ allowPrivate: true })(to('127.0.0.1'), NEVER)).toMatchObject({ kind: 'answered', status: 307 })
  expect(seen.map(({ path }) => path)).toEqual(['/hook'])
})

test('of an endless answer only the beginning is read', async () => {
  const piece = new TextEncoder().encode('x'.repeat(1_000))
  answer = () => new Response(new ReadableStream({ pull: controller => controller.enqueue(piece) }))
  const result = await poster({ allowPrivate: true })(to('127.0.0.1'), NEVER)
  expect(result).toEqual({ kind: 'answered', status: 200, text: 'x'.repeat(ANSWER_BYTES_MAX) })
})

test('an answer that would unpack into much more is not unpacked', async () => {
  const packed = Bun.gzipSync(new Uint8Array(1_000_000))
  answer = () => new Response(packed, { headers: { 'content-encoding': 'gzip' } })
  const result = await poster({ allowPrivate: true })(to('127.0.0.1'), NEVER)
  expect(result.kind === 'answered' && result.text.length).toBeLessThan(2_000)
})

test('whoever is late is not waited for: at the look-up, and at the answer', async () => {
  const deadline = () => AbortSignal.timeout(100)
  const deaf = poster({ allowPrivate: true, resolve: () => new Promise(() => {}) })
  expect(await deaf(to('hooks.invalid'), deadline())).toMatchObject({ kind: 'failed' })
  answer = () => new Promise(() => {})
  expect(await poster({ allowPrivate: true })(to('127.0.0.1'), deadline())).toMatchObject({ kind: 'failed' })
})

test('a proxy of the environment is not asked to look the name up', async () => {
  const before = process.env.http_proxy
  process.env.http_proxy = 'http://127.0.0.1:9/'
  try {
    expect(await poster({ allowPrivate: true })(to('127.0.0.1'), NEVER)).toMatchObject({
      kind: 'answered',
      status: 200,
    })
  } finally {
    if (before === undefined) delete process.env.http_proxy
    else process.env.http_proxy = before
  }
})
