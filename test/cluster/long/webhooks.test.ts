/**
 * Webhooks of several nodes while one of them is killed: every event of every acknowledged order arrives, those of one order in the
 * order in which they happened, and never two of one order at a time, whoever sends.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { TrialCluster } from '../../../src/trial/trial-cluster.ts'
import { ask, atRest, placesOf, startTrial, viewOf } from '../../support/trial.ts'
import { until } from '../../support/until.ts'
import { type Received, WebhookReceiver } from '../../support/webhook-receiver.ts'
import { describeWithServices } from '../../support/with-services.ts'

const LOAD_MS = 12_000
const KILLED_AFTER_MS = 3_000
/** What a node that died was sending comes up again after half a minute. */
const ARRIVES_MAX_MS = 120_000
/** Of an endpoint that does something with it: so two senders would be seen. */
const ANSWER_MS = 15

await describeWithServices('webhooks of a cluster', ['nats', 'redis'], () => {
  let cluster: TrialCluster
  let receiver: WebhookReceiver
  const atOnce: string[] = []

  beforeAll(async () => {
    cluster = await startTrial(2, { WAGGLE_WEBHOOKS_ALLOW_PRIVATE: 'true', WAGGLE_RATE_LIMITS: 'off' })
    receiver = new WebhookReceiver()
    receiver.answer = slowly()
    await atRest(cluster)
  }, 120_000)
  afterAll(async () => {
    await cluster.discard()
    await receiver.stop()
  }, 60_000)

  function slowly(): (request: Received) => Promise<Response> {
    const underWay = new Map<unknown, string>()
    const refused = new Set<string>()
    return async ({ id, data: { order_id } }) => {
      const other = underWay.get(order_id)
      if (other !== undefined && other !== id) atOnce.push(`${other} and ${id} of ${order_id}`)
      underWay.set(order_id, id)
      await Bun.sleep(ANSWER_MS)
      underWay.delete(order_id)
      if (Number(id.replace(/\D/g, '')) % 20 !== 0 || refused.has(id)) return new Response('ok')
      refused.add(id)
      return new Response(null, { status: 503 })
    }
  }

  /** Books on shards of both nodes and cancels, at the node that stays. @returns the orders that were acknowledged. */
  async function load(isRunning: () => boolean): Promise<string[]> {
    const view = await viewOf(cluster.node('node-1'))
    const places = ['node-1', 'node-2'].flatMap(name => placesOf(view, name, 10))
    const { url } = cluster.node('node-1')
    const orders: string[] = []
    for (let n = 0; isRunning(); n++) {
      const pickup = places[n % places.length]
      if (pickup === undefined) throw new Error('there is no place')
      const dropoff = { ...pickup, latitude: pickup.latitude + 0.02 }
      const body = { pickup, dropoff, vehicle_type: 'nobody_has_it' }
      const booked = await ask(url, { method: 'POST', path: '/v1/orders', body })
      if (booked.status !== 201 || booked.body.order_id === undefined) continue
      orders.push(booked.body.order_id)
      const path = `/v1/orders/${booked.body.order_id}/cancel`
      await ask(url, { method: 'POST', path, body: { reason: 'changed my mind' } })
    }
    return orders
  }

  test('nothing is lost or overtaken while a node is killed, and each order has one sender at a time', async () => {
    const { url } = cluster.node('node-1')
    const hook = { url: receiver.url, events: ['order.*'] }
    const made = await ask(url, { method: 'POST', path: '/v1/webhooks', body: hook })
    receiver.secret = String(made.body.secret)

    let isRunning = true
    const loads = [1, 2, 3].map(() => load(() => isRunning))
    await Bun.sleep(KILLED_AFTER_MS)
    await cluster.node('node-2').kill()
    await Bun.sleep(LOAD_MS - KILLED_AFTER_MS)
    isRunning = false
    const orders = (await Promise.all(loads)).flat()
    await cluster.startNode('node-2')
    await atRest(cluster)
    expect(orders.length).toBeGreaterThan(30)

    const wanted = new Map<string, number>()
    for (const orderId of orders) {
      const { body } = await ask(url, { method: 'GET', path: `/v1/orders/${orderId}/events` })
      wanted.set(orderId, body.data?.length ?? 0)
    }
    const takenOf = (orderId: string) =>
      receiver.taken.filter(({ data }) => data.order_id === orderId).map(({ sequence }) => sequence)
    const isAll = () => orders.every(orderId => takenOf(orderId).length >= (wanted.get(orderId) ?? 0))
    await until(isAll, 'every event has arrived', ARRIVES_MAX_MS)
    for (const orderId of orders) {
      expect(takenOf(orderId)).toEqual(Array.from({ length: wanted.get(orderId) ?? 0 }, (_, i) => i + 1))
    }
    expect(atOnce).toEqual([])
    expect(receiver.received.every(({ isSigned }) => isSigned)).toBe(true)
  }, 240_000)
})
