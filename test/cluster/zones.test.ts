/** Zones on several real nodes: what is drawn, changed or deleted at one counts at all, within two seconds. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { disc, moved } from '../../src/domain/zones/zones.fixtures.ts'
import type { TrialCluster } from '../../src/trial/trial-cluster.ts'
import { type Answer, askNode, TEST_KEY } from '../support/answer.ts'
import { atRest, inRecord, startTrial } from '../support/trial.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const CITY = { latitude: 52.52, longitude: 13.405 }
const SOON_MS = 2_000

await describeWithServices('zones in a cluster', ['nats', 'redis'], () => {
  let cluster: TrialCluster

  beforeAll(async () => {
    cluster = await startTrial(3)
    await atRest(cluster)
  }, 120_000)

  afterAll(() => cluster.discard(), 60_000)

  const at = (n: number, method: string, path: string, body?: object): Promise<Answer> =>
    askNode(cluster.nodes[n % 3]?.url ?? '', method, path, body === undefined ? {} : { body })
  const area = (radiusM: number) => ({ type: 'Polygon', coordinates: disc(CITY, radiusM)[0] })

  async function sample(n: number, name: string): Promise<number> {
    const url = `${cluster.nodes[n % 3]?.url}/metrics`
    const text = await (await fetch(url, { headers: { authorization: `Bearer ${TEST_KEY}` } })).text()
    return Number(
      text
        .split('\n')
        .find(line => line.startsWith(`${name} `))
        ?.slice(name.length + 1) ?? 0,
    )
  }

  const eventsOf = (event: string): Promise<number[]> =>
    Promise.all([0, 1, 2].map(n => sample(n, `waggle_geofence_events_total{event="${event}"}`)))

  async function events(event: string): Promise<number> {
    return (await eventsOf(event)).reduce((sum, count) => sum + count, 0)
  }

  async function haveCrossed(event: string, drivers: number): Promise<void> {
    await until(async () => (await events(event)) === drivers, `each has ${event}`).catch(async cause => {
      const counts = (await eventsOf(event)).join(', ')
      throw new Error(`of ${drivers} drivers have ${event}, as each node counts: ${counts}`, { cause })
    })
  }

  const changes = () => Promise.all([0, 1, 2].map(n => sample(n, 'waggle_zones_change')))

  /**
   * Of the record and of no node: the one before may be known to gateways, which refuse or take orders by it, while a thread, and so
   * the node's figure, is still behind.
   */
  const lastChange = () =>
    inRecord(cluster, async sql => {
      const [row] = await sql<{ last: number }[]>`select max(change)::int as last from zones`
      return row?.last ?? 0
    })

  /** @returns how long it took until every thread of every node knew what has been changed so far. */
  async function known(): Promise<number> {
    const fromMs = Date.now()
    const change = await lastChange()
    await until(
      async () => (await changes()).every(each => each >= change),
      'every thread of every node knows the last change',
    )
    return Date.now() - fromMs
  }

  test('a service area limits the orders of every node, and stops to when it is deleted', async () => {
    const trip = (eastM: number) => ({ pickup: moved(CITY, 0, eastM), dropoff: CITY })
    const order = (n: number, eastM: number) => at(n, 'POST', '/v1/orders', trip(eastM))
    const all = async (eastM: number) => (await Promise.all([0, 1, 2].map(n => order(n, eastM)))).map(a => a.status)
    expect(await all(5_000)).toEqual([201, 201, 201])

    await at(0, 'POST', '/v1/zones', { zone_id: 'town', name: 'Town', kind: 'service_area', geometry: area(2_000) })
    await until(async () => (await all(5_000)).every(status => status === 422), 'all refuse', SOON_MS)
    expect(await all(500)).toEqual([201, 201, 201])

    await at(1, 'PATCH', '/v1/zones/town', { geometry: area(8_000) })
    await until(async () => (await all(5_000)).every(status => status === 201), 'all serve the larger town', SOON_MS)

    await at(2, 'DELETE', '/v1/zones/town')
    await until(async () => (await all(20_000)).every(status => status === 201), 'everywhere is served', SOON_MS)
  }, 30_000)

  test('drivers of all nodes enter a new fence, and leave it when it is deleted', async () => {
    const ids = Array.from({ length: 30 }, (_, i) => `drv_${i}`)
    const place = (i: number) => moved(CITY, (i % 6) * 1_500 - 4_000, Math.floor(i / 6) * 1_500 - 3_000)
    const report = async () => {
      const fix = (i: number) => moved(place(i), Math.random(), 0)
      const answers = await Promise.all(ids.map((id, i) => at(i, 'POST', `/v1/drivers/${id}/location`, fix(i))))
      expect(answers.map(({ status, body }) => `${status} ${body.status}`)).toEqual(ids.map(() => '202 committed'))
    }
    await report()
    await at(0, 'POST', '/v1/zones', { zone_id: 'fence', name: 'Fence', kind: 'geofence', geometry: area(12_000) })
    expect(await known()).toBeLessThan(SOON_MS)
    await report()
    await haveCrossed('entered', ids.length)

    await at(1, 'DELETE', '/v1/zones/fence')
    expect(await known()).toBeLessThan(SOON_MS)
    await report()
    await haveCrossed('left', ids.length)
    await report()
    expect([await events('entered'), await events('left')]).toEqual([ids.length, ids.length])
  }, 30_000)
})
