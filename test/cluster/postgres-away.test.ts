import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { TrialCluster } from '../../src/trial/trial-cluster.ts'
import { Load } from '../support/load.ts'
import { atRest, bookAt, countOrders, ownersIn, placesOf, startTrial, viewOf } from '../support/trial.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const STALL_MS = 2_000
const RECOVERY_MAX_MS = 10_000

await describeWithServices('the Postgres of a cluster is away', ['nats', 'redis'], () => {
  let cluster: TrialCluster

  beforeAll(async () => {
    cluster = await startTrial(3)
    await atRest(cluster)
  })
  afterAll(() => cluster.stop())

  async function outlives(fault: () => Promise<void>, name: string): Promise<Load> {
    const node = cluster.node('node-1')
    const before = await viewOf(node)
    const load = new Load(cluster.nodes.map(({ url }) => url)).start(name)
    await Bun.sleep(500)
    await fault()
    const places = cluster.nodes.flatMap(({ name: owner }) => placesOf(before, owner, 2))
    const books = async () =>
      (await Promise.all(places.map((place, n) => bookAt(node.url, place, `${name}-again-${n}`)))).every(
        ({ status }) => status === 201,
      )
    await until(books, 'each node takes bookings again', RECOVERY_MAX_MS)
    await load.stop()
    await atRest(cluster)
    expect(await countOrders(cluster, [...load.booked.values()])).toBe(load.booked.size)
    expect(ownersIn(await viewOf(node))).toEqual(ownersIn(before))
    return load
  }

  test('started again: what was acknowledged is there, no shard changes hands, nobody is restarted', async () => {
    const load = await outlives(() => cluster.services.restart('postgres'), 'restart')
    expect(load.failures.filter(failure => !/ (0|503) /.test(failure))).toEqual([])
  }, 60_000)

  test('stalled for two seconds: whoever asked waits, and nothing fails', async () => {
    const load = await outlives(async () => {
      await cluster.services.pause('postgres')
      await Bun.sleep(STALL_MS)
      await cluster.services.resume('postgres')
    }, 'stall')
    expect(load.failures).toEqual([])
  }, 60_000)
})
