/** What `/health`, `/ready` and `/metrics` say while each of the servers that a node needs is dead, or stands still. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { ServiceName } from '../../src/services/service.ts'
import type { TrialCluster } from '../../src/trial/trial-cluster.ts'
import { TEST_KEY } from '../support/answer.ts'
import { atRest, startTrial } from '../support/trial.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

/** As the probe of the image: the record is given less. */
const READY_MAX_MS = 3_000
const RECORD_SILENT = { code: 'not_ready', missing: ['the record does not answer'] }

await describeWithServices('health and readiness', ['nats', 'redis'], () => {
  let cluster: TrialCluster

  beforeAll(async () => {
    cluster = await startTrial(1)
    await atRest(cluster)
  }, 90_000)
  afterAll(() => cluster.discard(), 60_000)

  async function get(path: string): Promise<{ status: number; body: Record<string, unknown>; text: string }> {
    const response = await fetch(`${cluster.node('node-1').url}${path}`, {
      headers: { authorization: `Bearer ${TEST_KEY}` },
      signal: AbortSignal.timeout(READY_MAX_MS),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, body: isJson ? JSON.parse(text) : {}, text }
  }

  /** The process is up, and says its figures, whatever has died. */
  async function isUp(): Promise<void> {
    expect(await get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } })
    const { status, text } = await get('/metrics')
    expect(status).toBe(200)
    expect(text).toContain('waggle_shards 256\n')
  }

  test.each(['redis', 'nats'] as const satisfies ServiceName[])(
    'without %s a node is ready: it goes on with what it has',
    async name => {
      await cluster.services.kill(name)
      // Longer than a lease lives.
      for (let i = 0; i < 8; i++) {
        expect(await get('/ready')).toMatchObject({ status: 200, body: { status: 'ready', missing: [] } })
        await Bun.sleep(500)
      }
      await isUp()
      await cluster.services.restart(name)
      await atRest(cluster)
    },
    90_000,
  )

  test('without Postgres a node is up and not ready, and says what is missing; then ready again without a restart', async () => {
    await cluster.services.kill('postgres')
    await until(async () => (await get('/ready')).status === 503, 'the node is not ready')
    expect((await get('/ready')).body).toMatchObject(RECORD_SILENT)
    await isUp()
    await cluster.services.restart('postgres')
    await until(async () => (await get('/ready')).status === 200, 'the node is ready again', 30_000)
  }, 90_000)

  test('a Postgres that stands still is as one that is away, and the answer comes within the time of a probe', async () => {
    await cluster.services.pause('postgres')
    try {
      expect(await get('/ready')).toMatchObject({ status: 503, body: RECORD_SILENT })
      await isUp()
    } finally {
      await cluster.services.resume('postgres')
    }
    await until(async () => (await get('/ready')).status === 200, 'the node is ready again', 30_000)
  }, 90_000)
})
