/** A backup that is taken while the cluster works, and what a new node makes of it. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, urlOfDatabase } from '../../src/store/embedded/databases.ts'
import type { TrialCluster } from '../../src/trial/trial-cluster.ts'
import { Load } from '../support/load.ts'
import { NodeProcess } from '../support/node-process.ts'
import { runPostgresTool } from '../support/postgres-tools.ts'
import { ask, atRest, countOrders, startTrial } from '../support/trial.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const ROOT = join(import.meta.dir, '../..')
const ORDERS_BEFORE = 30

await describeWithServices('a backup', ['nats', 'redis', 'pg_dump', 'pg_restore'], () => {
  let cluster: TrialCluster
  let dir: string

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'waggle-backup-'))
    cluster = await startTrial(2)
    await atRest(cluster)
  }, 120_000)
  afterAll(async () => {
    await cluster.discard()
    await rm(dir, { recursive: true })
  }, 60_000)

  test('dumped under load and restored elsewhere: a new node serves it and its record is sound', async () => {
    const load = new Load(cluster.nodes.map(node => node.url)).start('backup')
    await until(() => load.booked.size >= ORDERS_BEFORE, 'orders are booked', 30_000)
    const before = [...load.booked.values()]
    const file = join(dir, 'waggle.dump')
    const url = cluster.services.url('postgres')
    await runPostgresTool('pg_dump', ['--format=custom', `--file=${file}`, `--dbname=${url}`])
    await load.stop()
    expect(load.failures).toEqual([])
    expect(await countOrders(cluster, [...load.booked.values()])).toBe(load.booked.size)
    console.log(`dumped ${Math.round((await stat(file)).size / 1_024)} kB beside ${load.booked.size} orders`)

    await createDatabase(url, 'restored')
    const restoredUrl = urlOfDatabase(url, 'restored')
    await runPostgresTool('pg_restore', ['--exit-on-error', '--no-owner', `--dbname=${restoredUrl}`, file])
    const node = await NodeProcess.start({
      WAGGLE_POSTGRES_URL: restoredUrl,
      WAGGLE_DATA_DIR: join(dir, 'node'),
      WAGGLE_WORKERS: '1',
    })
    for (const orderId of before) {
      const path = `/v1/orders/${orderId}`
      const [now, then] = [
        await ask(node.url, { method: 'GET', path }),
        await ask(cluster.nodes[0]?.url ?? '', { method: 'GET', path }),
      ]
      expect([now.status, then.status]).toEqual([200, 200])
      expect(now.body.created_at).toBe(then.body.created_at)
    }
    const pickup = { latitude: 37.775, longitude: -122.418 }
    const dropoff = { latitude: 37.79, longitude: -122.4 }
    const fresh = await ask(node.url, {
      method: 'POST',
      path: '/v1/orders',
      body: { pickup, dropoff },
      key: 'after-restore',
    })
    expect(fresh.status).toBe(201)
    expect(await node.stop()).toBe(0)

    const audit = Bun.spawn([process.execPath, 'src/store/audit.ts', '--url', restoredUrl], {
      cwd: ROOT,
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [said, complaints] = await Promise.all([new Response(audit.stdout).text(), new Response(audit.stderr).text()])
    expect({ code: await audit.exited, complaints }).toEqual({ code: 0, complaints: '' })
    console.log(said.trim())
  }, 120_000)
})
