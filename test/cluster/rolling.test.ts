import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { TrialCluster } from '../../src/trial/trial-cluster.ts'
import { Load } from '../support/load.ts'
import { ask, atRest, countOrders, logOf, SHARDS, startTrial, viewOf } from '../support/trial.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

/**
 * The marks are 1,000 and 500 ms, and what is printed is to be held against them. What ends the test is five times that: three
 * nodes, three servers and the clients share two cores with whatever else runs there, and a slow machine is no bug.
 */
const P99_MAX_MS = 5 * 1_000
const HAND_OFF_MAX_MS = 5 * 500

await describeWithServices('nodes come and go by plan', ['nats', 'redis'], () => {
  let cluster: TrialCluster

  beforeAll(async () => {
    cluster = await startTrial(3)
    await atRest(cluster)
  })
  afterAll(() => cluster.discard())

  test('all nodes restarted one by one under load: no request fails, none waits long', async () => {
    const urls = cluster.nodes.map(node => node.url)
    const load = new Load(urls).start('rolling')
    for (const node of cluster.nodes) {
      // As whoever stands in front does it: nothing new goes to a node that is about to be stopped.
      load.urls = urls.filter(url => url !== node.url)
      expect(await node.end()).toBe(0)
      const { url } = await cluster.startNode(node.name)
      const ready = { method: 'GET', path: '/ready' } as const
      await until(async () => (await ask(url, ready)).status === 200, `${node.name} is ready`, 20_000)
      load.urls = urls
      await atRest(cluster)
    }
    await load.stop()
    const handOffs = (await Promise.all(cluster.nodes.map(logOf)))
      .join('')
      .matchAll(/handed (\d+) of (\d+) .* (\d+) ms/g)
    const slowestMs = [...handOffs].map(([, handed, served, ms]) => {
      expect(handed).toBe(served)
      return Number(ms)
    })
    console.log(`${load.tookMs.length} requests, p99 ${load.p99Ms} ms; slowest hand-offs ${slowestMs.join(', ')} ms`)
    expect(load.failures).toEqual([])
    expect(load.p99Ms).toBeLessThan(P99_MAX_MS)
    expect(slowestMs.length).toBe(3)
    expect(Math.max(...slowestMs)).toBeLessThan(HAND_OFF_MAX_MS)
    expect(await countOrders(cluster, [...load.booked.values()])).toBe(load.booked.size)
  }, 120_000)

  test('a node that is added gets its share, and nothing else moves', async () => {
    await atRest(cluster)
    const before = (await viewOf(cluster.node('node-1'))).owners
    const load = new Load(cluster.nodes.map(node => node.url)).start('added')
    await cluster.startNode('node-4')
    await atRest(cluster)
    await load.stop()
    const after = (await viewOf(cluster.node('node-1'))).owners
    const moved = [...after].filter(([shard, { node }]) => before.get(shard)?.node !== node)
    console.log(`${moved.length} of ${SHARDS} shards moved to the fourth node; p99 ${load.p99Ms} ms`)
    expect(moved.every(([, { node }]) => node === 'node-4')).toBe(true)
    expect(moved.length).toBeGreaterThan(0)
    expect(moved.length).toBeLessThanOrEqual(Math.ceil(SHARDS / 4))
    expect(load.failures).toEqual([])
  }, 60_000)
})
