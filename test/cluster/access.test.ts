/** What one node hands out or takes back, every node honours. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { BELIEVED_MS } from '../../src/http/access/key-ring.ts'
import type { TrialCluster } from '../../src/trial/trial-cluster.ts'
import { TEST_KEY } from '../support/answer.ts'
import { ask, atRest, startTrial } from '../support/trial.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

/** The read that finds out takes its time on a busy machine. */
const SLACK_MS = 1_000
const SOCKETS_MAX_MS = 2 * BELIEVED_MS + SLACK_MS

await describeWithServices('access in a cluster', ['nats', 'redis'], () => {
  let cluster: TrialCluster
  let urls: string[]

  beforeAll(async () => {
    cluster = await startTrial(2)
    await atRest(cluster)
    urls = await Promise.all(cluster.nodes.map(node => node.ready()))
  })
  afterAll(() => cluster.discard())

  async function statusWith(url: string, credential: string, path = '/v1/orders?limit=1'): Promise<number> {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${credential}` } })
    await response.body?.cancel()
    return response.status
  }

  test('a key of one node opens the other, and once revoked closes there within seconds, its sockets too', async () => {
    const [one = '', two = ''] = urls
    const { body } = await ask(one, { method: 'POST', path: '/v1/keys', body: { name: 'shop', role: 'service' } })
    const { secret = '', key_id } = body
    expect([await statusWith(one, secret), await statusWith(two, secret)]).toEqual([200, 200])
    const socket = new WebSocket(`${two.replace('http', 'ws')}/v1/stream?token=${secret}`)
    await new Promise(resolve => {
      socket.onopen = resolve
    })
    let closedAtMs = Number.POSITIVE_INFINITY
    socket.onclose = () => {
      closedAtMs = performance.now()
    }

    const revoked = await fetch(`${one}/v1/keys/${key_id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${TEST_KEY}` },
    })
    expect(revoked.status).toBe(200)
    const revokedAtMs = performance.now()
    expect(await statusWith(one, secret)).toBe(401)
    await until(async () => (await statusWith(two, secret)) === 401, 'the other node knows')
    const heardMs = performance.now() - revokedAtMs
    expect(heardMs).toBeLessThan(BELIEVED_MS + SLACK_MS)
    await until(() => Promise.resolve(closedAtMs < Number.POSITIVE_INFINITY), 'its socket is closed', SOCKETS_MAX_MS)
    console.log(
      `revoked elsewhere after ${Math.round(heardMs)} ms, socket closed after ${Math.round(closedAtMs - revokedAtMs)} ms`,
    )
  })

  test('a tracking link of one node is read at the other', async () => {
    const [one = '', two = ''] = urls
    const trip = { pickup: { latitude: 37.77, longitude: -122.42 }, dropoff: { latitude: 37.79, longitude: -122.41 } }
    const { body } = await ask(one, { method: 'POST', path: '/v1/orders', body: trip })
    const { pathname, search } = new URL(body.tracking_url ?? '')
    const response = await fetch(`${two}${pathname}${search}`)
    expect(await response.json()).toMatchObject({ order_id: body.order_id })
  })
})
