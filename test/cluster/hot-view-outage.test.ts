import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import type { LiveFix } from '../../src/actors/runtime/ports.ts'
import type { DriverId } from '../../src/domain/ids.ts'
import { type Services, startServices } from '../../src/services/services.ts'
import { HOT_VIEW_LIMITS } from '../../src/store/redis/limits.ts'
import { RedisUnavailableError } from '../../src/store/redis/redis-link.ts'
import { askRaw } from '../support/raw-wire.ts'
import { type RedisNode, type RedisNodeOptions, redisNode } from '../support/redis-nodes.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const CENTRE = { latitude: 37.7749, longitude: -122.4194 }
const ANN = 'ann' as DriverId
const BOB = 'bob' as DriverId

function fix(driverId: DriverId, changes: Partial<LiveFix> = {}): LiveFix {
  const nowMs = Date.now()
  const times = { recordedAtMs: nowMs, receivedAtMs: nowMs }
  const rest = { speed: null, heading: null, accuracy: null, orderId: null }
  return { ...CENTRE, driverId, ...times, ...rest, ...changes }
}

const near = (radiusM = 1_000) => ({ ...CENTRE, radiusM, limit: 10, freshSinceMs: Date.now() - 60_000 })

await describeWithServices('a hot view whose Redis fails', ['redis'], () => {
  let services: Services
  let open: RedisNode[] = []

  beforeAll(async () => {
    services = await startServices({ only: ['redis'] })
  })
  afterEach(async () => {
    for (const node of open) await node.close()
    open = []
    await services.restart('redis')
    await redis('FLUSHALL')
  })
  afterAll(() => services.stop())

  const redis = (command: string) => askRaw(services.url('redis'), `${command}\r\n`, /\r\n$/)

  async function nodes(count: number, options: RedisNodeOptions = {}): Promise<RedisNode[]> {
    for (let i = 0; i < count; i++) open.push(await redisNode(services.url('redis'), options))
    return open
  }

  async function twoNodes(options: RedisNodeOptions = {}): Promise<readonly [RedisNode, RedisNode]> {
    const [a, b] = await nodes(2, options)
    if (a === undefined || b === undefined) throw new Error('there are two')
    return [a, b]
  }

  test('a flushed Redis is refilled by the nodes that know, status included, without another fix', async () => {
    const [a, b] = await twoNodes()
    a.tiered.putFix(fix(ANN))
    a.tiered.putDriver(ANN, { status: 'busy', vehicleType: 'van', orderId: null })
    await a.settle()
    expect(await b.tiered.get(ANN)).toMatchObject({ status: 'busy' })

    await redis('FLUSHALL')
    await until(
      async () => (await b.tiered.get(ANN))?.status === 'busy',
      'the other node knows the driver again',
      5_000,
    )
    expect((await b.tiered.nearby(near())).map(({ driver }) => driver.vehicleType)).toEqual(['van'])
  })

  test('a flushed Redis gets the latest word of a driver that moved, whichever node is first to put what it knows', async () => {
    const [left, lives] = await twoNodes()
    left.tiered.putFix(fix(ANN, { recordedAtMs: Date.now() - 20, receivedAtMs: Date.now() - 20 }))
    left.tiered.putDriver(ANN, { status: 'available', vehicleType: 'van', orderId: null })
    const leftAtMs = Date.now()
    await until(() => Date.now() > leftAtMs, 'the other node speaks later')
    lives.tiered.putFix(fix(ANN))
    lives.tiered.putDriver(ANN, { status: 'busy', vehicleType: 'van', orderId: null })
    await lives.settle()

    for (const inOrder of [
      [left, lives],
      [lives, left],
    ]) {
      await redis('FLUSHALL')
      for (const node of inOrder) {
        node.tiered.refillShared()
        await node.settle()
      }
      expect(await redis('HGET waggle:hot:1:d:ann s')).toBe('$4\r\nbusy\r\n')
    }
  })

  test('while Redis is dead every node answers from what it heard itself, and at once', async () => {
    const [a, b] = await twoNodes()
    a.tiered.putFix(fix(ANN))
    await a.settle()
    expect(await b.tiered.get(ANN)).not.toBeNull()
    await services.kill('redis')
    await until(() => !a.reads.isUp || !b.reads.isUp || readAll([a, b]), 'the links notice', 5_000)
    await readAll([a, b])

    const beganMs = performance.now()
    for (let i = 0; i < 1_000; i++) {
      a.tiered.putFix(fix(ANN))
      expect(await a.tiered.get(ANN)).not.toBeNull()
      expect(await b.tiered.get(ANN)).toBeNull()
      expect(await a.tiered.nearby(near())).toHaveLength(1)
      expect(await b.tiered.all(10)).toEqual([])
    }
    expect(performance.now() - beganMs).toBeLessThan(2_000)
    await expect(a.shared.get(ANN)).rejects.toBeInstanceOf(RedisUnavailableError)
  })

  test('what was put while Redis was dead is there soon after it is back, and so is what it lost', async () => {
    const [a, b] = await twoNodes()
    a.tiered.putFix(fix(ANN))
    await a.settle()
    await services.kill('redis')
    await until(async () => {
      a.tiered.putFix(fix(BOB))
      await a.settle()
      return !a.writes.isUp
    }, 'the link notices')
    await services.restart('redis')
    await redis('FLUSHALL')

    await until(
      async () => (await b.tiered.get(ANN)) !== null && (await b.tiered.get(BOB)) !== null,
      'both are known again',
      5_000,
    )
  })

  test('a Redis that hangs costs one time-out, not one per read', async () => {
    const [a] = await twoNodes({ limits: { readMaxMs: HOT_VIEW_LIMITS.readMaxMs } })
    a.tiered.putFix(fix(ANN))
    await a.settle()
    await services.pause('redis')
    const beganMs = performance.now()
    for (let i = 0; i < 200; i++) expect(await a.tiered.get(ANN)).not.toBeNull()
    expect(performance.now() - beganMs).toBeLessThan(1_000)
    expect(a.reads.isUp).toBe(false)

    await services.resume('redis')
    await until(() => a.reads.isUp, 'reads come back', 5_000)
    expect(await a.shared.get(ANN)).not.toBeNull()
  })

  test('a batch whose answer was lost is written again and undoes nothing that came meanwhile', async () => {
    const [a, b] = await twoNodes({ limits: { writeMaxMs: 50 } })
    await services.pause('redis')
    const old = fix(ANN, { recordedAtMs: Date.now() - 10_000 })
    a.tiered.putFix(old)
    await a.settle()
    expect(a.writes.isUp).toBe(false)
    await services.resume('redis')
    const newer = fix(ANN, { latitude: CENTRE.latitude + 0.001 })
    b.tiered.putFix(newer)
    await until(async () => {
      await b.settle()
      return (await b.shared.get(ANN))?.fix.recordedAtMs === newer.recordedAtMs
    }, 'the newer is written')
    await until(() => a.writes.isUp, 'the link is back')
    await a.settle()

    expect((await b.shared.get(ANN))?.fix).toEqual(newer)
  })

  test('a driver that moved to another node is shown where it is, not where it left us', async () => {
    const [a, b] = await twoNodes()
    a.tiered.putFix(fix(ANN, { recordedAtMs: Date.now() - 1_000 }))
    a.tiered.putDriver(ANN, { status: 'available', vehicleType: null, orderId: null })
    await a.settle()
    b.tiered.putFix(fix(ANN, { latitude: CENTRE.latitude + 0.05 }))
    b.tiered.putDriver(ANN, { status: 'busy', vehicleType: null, orderId: null })
    await b.settle()

    expect(await a.tiered.nearby(near())).toEqual([])
    expect(await a.tiered.nearby(near(10_000))).toHaveLength(1)
    expect(await a.tiered.get(ANN)).toMatchObject({ status: 'busy', fix: { latitude: CENTRE.latitude + 0.05 } })
    expect(await a.tiered.all(10)).toMatchObject([{ status: 'busy' }])
  })

  test('a driver that fell silent leaves Redis by itself, index included', async () => {
    const [a] = await twoNodes({ staleMs: 200 })
    a.tiered.putFix(fix(ANN))
    await a.settle()
    expect(await a.shared.get(ANN)).not.toBeNull()
    await until(async () => (await redis('EXISTS waggle:hot:1:d:ann')) === ':0\r\n', 'the driver expires', 15_000)
    await until(async () => (await redis('ZCARD waggle:hot:1:where')) === ':0\r\n', 'the index forgets it', 5_000)
    expect(await redis('ZCARD waggle:hot:1:seen')).toBe(':0\r\n')
    expect(await a.tiered.get(ANN)).toBeNull()
  }, 30_000)

  test('a batch that Redis refuses is dropped, and the next one is written', async () => {
    const [a] = await twoNodes()
    await redis('SET waggle:hot:1:d:ann text')
    a.shared.putFix(fix(ANN))
    await a.settle()
    expect(String(a.refused[0])).toContain('WRONGTYPE')
    await redis('DEL waggle:hot:1:d:ann')
    a.shared.putFix(fix(ANN))
    await a.settle()

    expect(a.writes.isUp).toBe(true)
    expect(await a.shared.get(ANN)).not.toBeNull()
  })
})

async function readAll(open: readonly RedisNode[]): Promise<boolean> {
  for (const node of open) await node.tiered.get(ANN)
  return open.every(node => !node.reads.isUp)
}
