import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { type Services, startServices } from '../../src/services/services.ts'
import { TrialNode } from '../../src/trial/trial-node.ts'
import { TEST_KEY } from '../support/answer.ts'
import { ask, atRest, bookAt, inRecord, logOf, SHARDS, startTrial, viewOf } from '../support/trial.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const SF = { latitude: 37.775, longitude: -122.418 }

await describeWithServices('how nodes of a cluster start', ['nats', 'redis'], () => {
  test('at once on an empty record: it is made once, and shared out', async () => {
    const cluster = await startTrial(4)
    try {
      await atRest(cluster)
      const [made] = await inRecord(cluster, sql => sql<{ n: number }[]>`select count(*)::int as n from shards`)
      expect(made?.n).toBe(SHARDS)
      const counts = new Map<string, number>()
      for (const { node } of (await viewOf(cluster.node('node-1'))).owners.values())
        counts.set(node, (counts.get(node) ?? 0) + 1)
      expect(counts.size).toBe(4)
      expect(Math.max(...counts.values())).toBeLessThan(SHARDS / 2)
    } finally {
      await cluster.stop()
    }
  }, 60_000)
})

await describeWithServices('a record that another node uses alone', ['nats'], () => {
  let services: Services
  const nodes: TrialNode[] = []

  beforeAll(async () => {
    services = await startServices({ only: ['nats', 'postgres'] })
  })
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.end()
  })
  afterAll(() => services.stop())

  async function spawn(name: string, env: Readonly<Record<string, string>>): Promise<TrialNode> {
    const own = { WAGGLE_DATA_DIR: join(services.dir, name), WAGGLE_ADMIN_KEY: TEST_KEY, WAGGLE_WORKERS: '1' }
    const node = TrialNode.spawn({
      name,
      port: 0,
      logFile: join(services.dir, `${name}.log`),
      env: { ...own, ...env },
    })
    nodes.push(node)
    return node
  }

  test('opened by a node of a cluster: that one has the shards from then on, and the other says so', async () => {
    const WAGGLE_POSTGRES_URL = services.url('postgres')
    const alone = await spawn('alone', { WAGGLE_POSTGRES_URL })
    await alone.ready()
    const { body: order } = await bookAt(alone.url, SF, 'alone-1')
    expect((await ask(alone.url, { method: 'GET', path: '/ready' })).status).toBe(200)

    const member = await spawn('member', { WAGGLE_POSTGRES_URL, WAGGLE_NATS_URL: services.url('nats') })
    await member.ready()
    await until(
      async () => (await ask(member.url, { method: 'GET', path: '/ready' })).status === 200,
      'the member serves',
    )
    const path = `/v1/orders/${order.order_id}/cancel`
    expect((await ask(member.url, { method: 'POST', path, body: { reason: 'moved' } })).status).toBe(200)

    // Its next commit on any shard finds out; nothing of it is stored, and nobody is told otherwise.
    expect((await bookAt(alone.url, SF, 'alone-2')).status).toBe(503)
    const ready = await ask(alone.url, { method: 'GET', path: '/ready' })
    expect(ready.status).toBe(503)
    expect(JSON.stringify(ready.body)).toContain('shards are not served')
    expect(await logOf(alone)).toContain('was taken by another node')
    expect((await bookAt(member.url, SF, 'alone-2')).status).toBe(201)
  }, 60_000)

  test('a cluster without a Postgres of its own does not start, and says why', async () => {
    const node = await spawn('no-postgres', { WAGGLE_NATS_URL: services.url('nats') })
    await expect(node.ready()).rejects.toThrow('ended with 1')
    expect(await logOf(node)).toContain('WAGGLE_POSTGRES_URL')
  }, 60_000)
})
