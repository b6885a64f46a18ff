/** The edge of a running node: TLS, pages of other origins, slow and greedy clients. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HTTP_LIMITS } from '../../src/http/limits.ts'
import { makeAuthority, makeServerCertificate } from '../support/certificates.ts'
import { until } from '../support/until.ts'
import { callerAs, TOKEN_ENV } from './callers.ts'
import { ADMIN_KEY, startTestNode, type TestNode } from './node.ts'
import { openClient } from './socket.ts'

const SHOP = 'https://shop.example'

let node: TestNode

beforeAll(async () => {
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_CORS_ORIGINS: SHOP })
})

afterAll(async () => {
  await node.stop()
})

async function handshake(headers: Record<string, string>): Promise<number> {
  const upgrade = {
    upgrade: 'websocket',
    connection: 'upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': KEY,
  }
  return (await fetch(`${node.url}/v1/live?token=${ADMIN_KEY}`, { headers: { ...upgrade, ...headers } })).status
}
const KEY = Buffer.alloc(16, 7).toString('base64')

test('a page of an allowed origin may ask and open sockets, of another neither', async () => {
  const allowed = async (origin: string) =>
    (await node.call('GET', '/v1/orders', undefined, { origin })).headers.get('access-control-allow-origin')
  expect([await allowed(SHOP), await allowed('https://evil.example')]).toEqual([SHOP, null])
  expect(await handshake({ origin: 'https://evil.example' })).toBe(403)
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/v1/live?token=${ADMIN_KEY}`, {
    headers: { origin: SHOP },
  })
  await new Promise(resolve => {
    socket.onopen = resolve
  })
  socket.close()
})

test('no answer is kept on its way or taken for another type than it is', async () => {
  for (const path of ['/v1/orders', '/v1/nothing', '/health']) {
    const { headers } = await node.call('GET', path)
    expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff'])
  }
})

test('the page of the API runs no script but its own', async () => {
  const { headers, text } = await node.call('GET', '/docs')
  const csp = headers.get('content-security-policy') ?? ''
  expect(csp).not.toContain('unsafe')
  expect(csp).toContain("frame-ancestors 'none'")
  const script = /<script[^>]*>([\s\S]*?)<\/script>/.exec(text)?.[1] ?? ''
  const digest = new Bun.CryptoHasher('sha256').update(script).digest('base64')
  expect(script.length).toBeGreaterThan(1_000)
  expect(csp).toContain(`script-src 'sha256-${digest}'`)
})

test('a caller has so many sockets, and again one when another has closed', async () => {
  const { token } = await callerAs(node, 'customer', 'cus_greedy')
  const open = () => openClient(node, '/v1/live', undefined, token)
  const clients = await Promise.all(Array.from({ length: HTTP_LIMITS.socketsPerCallerMax }, open))
  await expect(open()).rejects.toThrow()
  await clients.pop()?.close()
  await until(
    () =>
      open()
        .then(client => clients.push(client))
        .then(
          () => true,
          () => false,
        ),
    'there is room again',
  )
  const other = await callerAs(node, 'customer', 'cus_modest')
  await (await openClient(node, '/v1/live', undefined, other.token)).close()
  await Promise.all(clients.map(client => client.close()))
})

test('headers without an end, and a body that drips, are given up; the node answers others meanwhile', async () => {
  const { port } = new URL(node.url)
  const drip = (head: string, piece: string): Promise<number> => {
    const startedMs = Date.now()
    const socket = connect(Number(port), '127.0.0.1')
    socket.resume()
    socket.on('error', () => undefined)
    socket.write(head)
    const timer = setInterval(() => socket.write(piece), 200)
    return new Promise(resolve => {
      socket.on('close', () => {
        clearInterval(timer)
        resolve(Date.now() - startedMs)
      })
    })
  }
  const post = `POST /v1/drivers/drv_slow/location HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\n`
  const slow = Promise.all([
    drip('GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'a'),
    drip(`${post}Content-Length: 10000\r\n\r\n`, ' '),
    drip(`${post}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'),
  ])
  expect((await node.call('GET', '/health')).status).toBe(200)
  for (const ms of await slow) expect(ms).toBeLessThan(HTTP_LIMITS.requestMaxS * 1_000 + 8_000)
}, 60_000)

describe('with a certificate', () => {
  let dir: string
  let secure: TestNode
  let ca: string

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'waggle-tls-'))
    const authority = makeAuthority(dir, 'authority')
    const { cert, key } = makeServerCertificate(dir, 'node', authority)
    ca = await Bun.file(authority.cert).text()
    secure = await startTestNode({ WAGGLE_TLS_CERT: cert, WAGGLE_TLS_KEY: key })
  })
  afterAll(async () => {
    await secure.stop()
    await rm(dir, { recursive: true, force: true })
  })

  const headers = { authorization: `Bearer ${ADMIN_KEY}` }

  test('HTTPS and WSS are served, to whoever trusts its authority, and plain HTTP is not', async () => {
    expect(secure.url).toStartWith('https://')
    const answer = await fetch(`${secure.url}/v1/orders`, { headers, tls: { ca } })
    expect([answer.status, answer.headers.get('strict-transport-security')]).toEqual([200, 'max-age=31536000'])
    await expect(fetch(`${secure.url}/v1/orders`, { headers })).rejects.toThrow()
    await expect(fetch(secure.url.replace('https', 'http'), { headers })).rejects.toThrow()

    const socket = new WebSocket(`${secure.url.replace('https', 'wss')}/v1/live?token=${ADMIN_KEY}`, { tls: { ca } })
    const told = new Promise<string>(resolve => {
      socket.onmessage = ({ data }) => resolve(String(data))
    })
    await new Promise(resolve => {
      socket.onopen = resolve
    })
    socket.send(JSON.stringify({ type: 'subscribe', topics: ['fleet'] }))
    expect(JSON.parse(await told)).toMatchObject({ type: 'subscribed', topic: 'fleet' })
    socket.close()
  })

  test('links that it gives out are https', async () => {
    const place = { latitude: 37.77, longitude: -122.42 }
    const answer = await fetch(`${secure.url}/v1/orders`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ pickup: place, dropoff: place }),
      tls: { ca },
    })
    expect(((await answer.json()) as { tracking_url: string }).tracking_url).toStartWith('https://localhost:')
  })
})
