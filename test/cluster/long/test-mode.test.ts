/**
 * Virtual couriers of a cluster: each is driven by one node, whoever made it and wherever it is. The node that drives them is killed, the
 * other one takes them over where they are, and their orders go on to their end, each step once.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { TrialCluster } from '../../../src/trial/trial-cluster.ts'
import { LEASE_MS } from '../../../src/virtual/limits.ts'
import { askNode } from '../../support/answer.ts'
import { atRest, inRecord, startTrial } from '../../support/trial.ts'
import { until } from '../../support/until.ts'
import { describeWithServices } from '../../support/with-services.ts'

const COURIERS = 4
const HERE = { latitude: 37.77, longitude: -122.42 }
/** Three kilometres away: a courier is on its way for a minute. */
const THERE = { latitude: 37.797, longitude: -122.42 }
/** A lease lapses, the look for it comes every two seconds, and the machine has other things to do. */
const HANDED_OVER_MAX_MS = LEASE_MS + 12_000
const STEPS = ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered']

await describeWithServices('test mode in a cluster', ['nats', 'redis'], () => {
  let cluster: TrialCluster
  let authorization: string

  beforeAll(async () => {
    cluster = await startTrial(2, { WAGGLE_JWT_SECRET: 'a-secret-that-both-nodes-know-0123456789' })
    await atRest(cluster)
    const key = { name: 'tests', role: 'admin', mode: 'test' }
    const { body } = await askNode(cluster.node('node-1').url, 'POST', '/v1/keys', { body: key })
    authorization = `Bearer ${body.secret}`
  }, 120_000)
  afterAll(() => cluster.discard(), 60_000)

  const at = (name: string, method: string, path: string, body?: object) =>
    askNode(cluster.node(name).url, method, path, {
      headers: { authorization },
      ...(body === undefined ? {} : { body }),
    })

  /** Of each courier the life of a node that drives it now. */
  async function drivenBy(): Promise<Map<string, string>> {
    const rows = await inRecord(
      cluster,
      sql => sql<{ id: string; by: string }[]>`
        select driver_id as id, driven_by as by from virtual_couriers where driven_until > now() order by 1`,
    )
    return new Map(rows.map(({ id, by }) => [id, by]))
  }

  async function statusesOf(orderIds: readonly string[]): Promise<string[]> {
    const orders = await Promise.all(orderIds.map(id => at('node-1', 'GET', `/v1/orders/${id}`)))
    return orders.map(({ body }) => body.status ?? '')
  }

  /** @returns whether some of the couriers were driven by it, and are by the other one now. */
  async function handedOverBy(name: string): Promise<boolean> {
    const before = await drivenBy()
    await cluster.node(name).kill()
    await Bun.sleep(LEASE_MS)
    let now = new Map<string, string>()
    await until(
      async () => {
        now = await drivenBy()
        return now.size === COURIERS && new Set(now.values()).size === 1
      },
      'all are driven by the one that is left',
      HANDED_OVER_MAX_MS,
    )
    await cluster.startNode(name)
    await atRest(cluster)
    return [...now].some(([id, by]) => before.get(id) !== by)
  }

  test('couriers go on with their orders when the node that drives them is killed', async () => {
    const orderIds: string[] = []
    for (let n = 0; n < COURIERS; n++) {
      // Made at one node, ordered at the other.
      const vehicle_type = `type_${n}`
      const courier = { behaviour: 'accept', near: HERE, vehicle_type, speed_mps: 30 }
      const made = await at('node-1', 'POST', '/v1/test/drivers', courier)
      expect(made.status).toBe(201)
      const driver = `/v1/drivers/${made.body.driver_id}`
      await until(async () => (await at('node-2', 'GET', driver)).body.status === 'available', 'it is on duty', 20_000)
      const { body } = await at('node-2', 'POST', '/v1/orders', { pickup: HERE, dropoff: THERE, vehicle_type })
      orderIds.push(body.order_id ?? '')
    }
    const isUnderWay = async () => (await statusesOf(orderIds)).every(status => status === 'en_route_to_dropoff')
    await until(isUnderWay, 'each is on its way to the customer', 60_000)

    // Whoever looks first has a new courier: it may have been either of them.
    const isHandedOver = (await handedOverBy('node-2')) || (await handedOverBy('node-1'))
    expect(isHandedOver).toBe(true)
    const isDelivered = async () => (await statusesOf(orderIds)).every(status => status === 'delivered')
    await until(isDelivered, 'each is delivered', 120_000)
    for (const id of orderIds) {
      const { body } = await at('node-1', 'GET', `/v1/orders/${id}/events`)
      const events = (body.data ?? []) as readonly { type?: string; status?: string }[]
      expect(events.filter(({ type }) => type === 'status').map(({ status }) => status)).toEqual(STEPS)
      expect(events.filter(({ type }) => type === 'assigned')).toHaveLength(1)
    }
  }, 300_000)
})
