/**
 * A node that was cut off NATS for a moment: what the others said meanwhile, and what it said itself, is lost. Whoever watches is told
 * of the gap, and how the order stands that may never change again.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { TrialCluster } from '../../src/trial/trial-cluster.ts'
import type { TrialNode } from '../../src/trial/trial-node.ts'
import type { Body } from '../http/node.ts'
import { type Client, openClient } from '../http/socket.ts'
import { TEST_KEY } from '../support/answer.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { ask, atRest, bookAt, placesOf, startTrial, viewOf } from '../support/trial.ts'
import { describeWithServices } from '../support/with-services.ts'

/** Shorter than a lease: no shard changes hands. */
const CUT_MS = 1_000

await describeWithServices('watchers of a node that was cut off', ['nats', 'redis'], () => {
  let cluster: TrialCluster
  let proxy: TcpProxy
  const clients: Client[] = []

  beforeAll(async () => {
    cluster = await startTrial(1)
    proxy = await TcpProxy.start(Number(new URL(cluster.services.url('nats')).port))
    await cluster.startNode('node-2', { WAGGLE_NATS_URL: `nats://127.0.0.1:${proxy.port}` })
    await atRest(cluster)
  }, 120_000)
  afterAll(async () => {
    for (const client of clients) await client.close()
    await cluster.discard()
    await proxy.stop()
  }, 60_000)

  async function watched(at: TrialNode, topic: string): Promise<Client> {
    const client = await openClient(at, '/v1/live', undefined, TEST_KEY)
    clients.push(client)
    client.send({ type: 'subscribe', topics: [topic] })
    await client.nextOf('subscribed')
    return client
  }

  /** An order on a shard of one node, watched at the other and cancelled while nothing gets through. */
  async function cancelledUnheard(owner: TrialNode, watching: TrialNode): Promise<Client> {
    const [place] = placesOf(await viewOf(watching), owner.name, 1)
    if (place === undefined) throw new Error(`${owner.name} serves no shard`)
    const order = await bookAt(owner.url, place, `watched-at-${watching.name}`)
    const client = await watched(watching, `order:${order.body.order_id}`)
    proxy.cut()
    const path = `/v1/orders/${order.body.order_id}/cancel`
    expect((await ask(owner.url, { method: 'POST', path, body: { reason: 'unheard' } })).status).toBe(200)
    await Bun.sleep(CUT_MS)
    expect(client.messages.filter(({ type }) => type === 'order')).toEqual([])
    proxy.heal()
    return client
  }

  async function tellsTheEnd(client: Client): Promise<void> {
    const gap = await client.nextOf('gap')
    const last = await client.next(({ type, data }) => type === 'order' && (data as Body).status === 'cancelled')
    expect(Number(last.seq)).toBeGreaterThan(Number(gap.to))
    const numbers = client.messages
      .map(({ type, seq, from, to }) => (type === 'gap' ? [from, to] : [seq, seq]))
      .slice(1)
    // No hole that is not named.
    numbers.reduce(
      (before, [from, to]) => {
        expect(from).toBe(Number(before[1]) + 1)
        return [from, to]
      },
      [0, Number(client.messages[0]?.seq)] as unknown[],
    )
  }

  test('that watched orders of others is told of the gap, and of what it missed', async () => {
    await tellsTheEnd(await cancelledUnheard(cluster.node('node-1'), cluster.node('node-2')))
    await atRest(cluster)
  }, 60_000)

  test('whose orders are watched elsewhere makes it good there', async () => {
    await tellsTheEnd(await cancelledUnheard(cluster.node('node-2'), cluster.node('node-1')))
    await atRest(cluster)
  }, 60_000)
})
