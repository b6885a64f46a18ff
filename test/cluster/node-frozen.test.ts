import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { TrialCluster } from '../../src/trial/trial-cluster.ts'
import { Load } from '../support/load.ts'
import { ask, atRest, bookAt, countOrders, inRecord, logOf, placesOf, startTrial, viewOf } from '../support/trial.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const ORDERS = 8

await describeWithServices('a node is frozen past its lease', ['nats', 'redis'], () => {
  let cluster: TrialCluster

  beforeAll(async () => {
    cluster = await startTrial(3)
    await atRest(cluster)
  })
  afterAll(() => cluster.discard())

  test('what it writes late is refused, and it serves again', async () => {
    const [victim, other] = [cluster.node('node-3'), cluster.node('node-1')]
    const before = await viewOf(other)
    const load = new Load([other.url, cluster.node('node-2').url]).start('frozen')
    const places = placesOf(before, victim.name, ORDERS)
    const booked = await Promise.all(places.map((place, n) => bookAt(other.url, place, `frozen-own-${n}`)))
    const orderIds = booked.map(({ body }) => body.order_id as string)
    const cancel = (url: string, orderId: string, reason: string) =>
      ask(url, { method: 'POST', path: `/v1/orders/${orderId}/cancel`, body: { reason } })

    victim.freeze()
    // They wait in the sockets of the frozen node, and are what it takes up first when it goes on.
    const late = orderIds.map(orderId => cancel(victim.url, orderId, 'late'))
    await until(async () => !(await viewOf(other)).phases.has(victim.name), 'it is found to be away', 10_000)
    const meanwhile = await Promise.all(orderIds.map(orderId => cancel(other.url, orderId, 'meanwhile')))
    expect(meanwhile.map(({ status }) => status)).toEqual(orderIds.map(() => 200))
    victim.thaw()
    await Promise.all(late)

    const ends = await inRecord(
      cluster,
      sql => sql<{ reason: string }[]>`
        select data ->> 'reason' as reason from journal where type = 'cancelled' and actor_id = any(${orderIds})`,
    )
    expect(ends.map(({ reason }) => reason)).toEqual(orderIds.map(() => 'meanwhile'))
    await until(
      async () => /taken by another node|the lease of this node is lost/.test(await logOf(victim)),
      'it says that it was fenced',
    )
    await atRest(cluster)
    const [place] = placesOf(await viewOf(other), victim.name, 1)
    if (place === undefined) throw new Error('it was given no shard again')
    expect((await bookAt(victim.url, place, 'frozen-again')).status).toBe(201)
    await load.stop()
    const all = [...load.booked.values()]
    expect(await countOrders(cluster, all)).toBe(all.length)
  }, 90_000)
})
