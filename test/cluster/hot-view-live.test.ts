/** A node whose Redis is flushed, killed and stopped under load: no client may notice, and it fills again by itself. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Services, startServices } from '../../src/services/services.ts'
import { TEST_KEY } from '../support/answer.ts'
import { NodeProcess } from '../support/node-process.ts'
import { askRaw } from '../support/raw-wire.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const DRIVERS = 200
const CENTRE = { latitude: 37.7749, longitude: -122.4194 }
const NEARBY = `/v1/drivers/nearby?lat=${CENTRE.latitude}&lng=${CENTRE.longitude}&radius=5000&limit=${DRIVERS}`

await describeWithServices('a node whose Redis fails under load', ['redis', 'postgres'], () => {
  let services: Services
  let node: NodeProcess
  let dataDir = ''

  beforeAll(async () => {
    services = await startServices({ only: ['redis', 'postgres'] })
    dataDir = await mkdtemp(join(tmpdir(), 'waggle-hot-view-'))
    node = await start(services.url('redis'))
  }, 60_000)
  afterAll(async () => {
    await node.stop()
    await services.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  const start = (redisUrl: string) =>
    NodeProcess.start({
      WAGGLE_DATA_DIR: dataDir,
      WAGGLE_POSTGRES_URL: services.url('postgres'),
      WAGGLE_REDIS_URL: redisUrl,
      WAGGLE_WORKERS: '1',
      WAGGLE_SHARDS: '8',
    })
  const redis = (command: string) => askRaw(services.url('redis'), `${command}\r\n`, /\r\n$/)
  const known = async () => Number(/^:(\d+)/.exec((await redis('ZCARD waggle:hot:1:where')) ?? '')?.[1] ?? 0)

  async function post(round: number): Promise<number> {
    const locations = Array.from({ length: DRIVERS }, (_, i) => ({
      driver_id: `d_${i}`,
      latitude: CENTRE.latitude + i / 10_000 + round / 1_000_000,
      longitude: CENTRE.longitude,
    }))
    return (await node.ask('POST', '/v1/locations', { locations })).status
  }

  /** Writes and reads until told to stop. @returns every answer that was not as it should be. */
  function load(): { stop(): Promise<{ wrong: string[]; rounds: number; slowestMs: number }> } {
    let isOver = false
    const wrong: string[] = []
    let slowestMs = 0
    const timed = async (path: string) => {
      const beganMs = performance.now()
      const answer = await node.ask('GET', path)
      slowestMs = Math.max(slowestMs, performance.now() - beganMs)
      return answer
    }
    const run = async () => {
      let round = 0
      for (; !isOver; round++) {
        const status = await post(round)
        if (status !== 202) wrong.push(`positions: ${status}`)
        const [one, near, quote] = await Promise.all([
          timed(`/v1/drivers/d_${round % DRIVERS}/location`),
          timed(NEARBY),
          node.ask('POST', '/v1/quotes', { pickup: CENTRE, dropoff: { latitude: 37.79, longitude: -122.4 } }),
        ])
        if (one.status !== 200) wrong.push(`location: ${one.status}`)
        if (near.status !== 200 || near.body.drivers?.length !== DRIVERS) {
          wrong.push(`nearby: ${near.status}, ${near.body.drivers?.length} drivers`)
        }
        if (quote.status !== 201) wrong.push(`quote: ${quote.status}`)
      }
      return round
    }
    const running = run()
    return {
      async stop() {
        isOver = true
        return { rounds: await running, wrong, slowestMs }
      },
    }
  }

  test('flushed, killed, stopped and started again: no error, and full again within seconds', async () => {
    expect(await post(0)).toBe(202)
    await until(async () => (await known()) === DRIVERS, 'Redis knows all drivers')
    const running = load()

    await redis('FLUSHALL')
    await until(async () => (await known()) === DRIVERS, 'a flushed Redis is full again', 5_000)

    await services.kill('redis')
    await Bun.sleep(500)
    await services.restart('redis')
    await redis('FLUSHALL')
    await until(async () => (await known()) === DRIVERS, 'a killed Redis is full again', 5_000)

    await services.pause('redis')
    await Bun.sleep(1_000)
    await services.resume('redis')
    await until(async () => (await known()) === DRIVERS, 'a stopped Redis goes on', 5_000)

    const { wrong, rounds, slowestMs } = await running.stop()
    expect(wrong).toEqual([])
    expect(rounds).toBeGreaterThan(10)
    expect(slowestMs).toBeLessThan(2_000)
    const exposed = async () =>
      (await fetch(`${node.url}/metrics`, { headers: { authorization: `Bearer ${TEST_KEY}` } })).text()
    await until(async () => (await exposed()).includes('\nwaggle_redis_up 1\n'), 'both links are up', 5_000)
    const figures = await exposed()
    expect(figures).toMatch(/\nwaggle_redis_outages_total [1-9]\d*\n/)
    expect(figures).toMatch(/\nwaggle_redis_emptied_total [2-9]\d*\n/)
  }, 60_000)

  test('a node that has heard nothing answers from Redis, and without Redis from the actor', async () => {
    expect(await post(1_000)).toBe(202)
    await until(async () => (await known()) === DRIVERS, 'Redis knows all drivers')
    await Bun.sleep(300)
    await node.kill()
    node = await start(services.url('redis'))
    // The links come up in the background.
    await until(async () => (await node.ask('GET', NEARBY)).body.drivers?.length === DRIVERS, 'Redis is read', 5_000)
    expect((await node.ask('GET', '/v1/drivers/d_7/location')).body).toMatchObject({
      driver_id: 'd_7',
      latitude: CENTRE.latitude + 7 / 10_000 + 1_000 / 1_000_000,
    })

    await services.kill('redis')
    expect((await node.ask('GET', '/v1/drivers/d_9/location')).body).toMatchObject({ driver_id: 'd_9', stale: false })
    expect((await node.ask('GET', '/v1/drivers/nobody/location')).status).toBe(404)
    await services.restart('redis')
    await redis('FLUSHALL')
    await until(async () => (await known()) > 0, 'what the actor said refills Redis', 5_000)
    expect(await redis('EXISTS waggle:hot:1:d:d_9')).toBe(':1\r\n')
  }, 60_000)

  test('a node starts without its Redis, and shares once it comes', async () => {
    await services.kill('redis')
    await node.stop()
    node = await start(services.url('redis'))
    expect(await post(2_000)).toBe(202)
    expect((await node.ask('GET', NEARBY)).body.drivers).toHaveLength(DRIVERS)
    await services.restart('redis')
    await redis('FLUSHALL')
    await until(async () => (await known()) === DRIVERS, 'Redis knows all drivers', 5_000)
  }, 60_000)
})
