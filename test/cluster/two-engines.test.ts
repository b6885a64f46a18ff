/** Two engines of one cluster, with real worker threads, NATS and Postgres: what one serves is reached through the other. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { OrderState } from '../../src/actors/order/order.state.ts'
import { termsOf } from '../../src/actors/order/order-terms.fixtures.ts'
import { NatsLink } from '../../src/cluster/nats/connect.ts'
import { readNatsTarget } from '../../src/cluster/nats/nats-target.ts'
import { systemClock } from '../../src/cluster/system-clock.ts'
import type { DriverId, OfferId, OrderId, ShardId } from '../../src/domain/ids.ts'
import { orderById } from '../../src/store/records-orders.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { NatsServer } from '../support/nats-server.ts'
import { testDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const ADMIN = { role: 'admin', id: 'admin' } as const
const SF = { latitude: 37.775, longitude: -122.418 }
const SHARDS = 16
/** Spread over the shards of both. */
const PLACES = 40
const PROBE_LOOKS = 20
const PROBE_LOOK_MS = 10

interface Heard {
  readonly phones: { readonly driverId: DriverId; readonly offerId: OfferId }[]
  readonly fixes: string[]
  readonly orders: string[]
  readonly statuses: string[]
}

await describeWithServices('two engines', ['nats'], () => {
  let nats: NatsServer
  let database: Awaited<ReturnType<typeof testDatabase>>
  const engines: Engine[] = []
  const heard: Heard[] = []

  async function startNode(name: string): Promise<Engine> {
    const engine = await startEngine(database.url, { WAGGLE_NATS_URL: nats.url, WAGGLE_NODE: name })
    const hears: Heard = { phones: [], fixes: [], orders: [], statuses: [] }
    engine.gateway.listen({
      onFix: fix => hears.fixes.push(fix.driverId),
      onPublish: (topic, type, data) => {
        if (topic.startsWith('driver:')) hears.statuses.push(topic.slice('driver:'.length))
        if (topic.startsWith('order:')) hears.orders.push(`${topic} ${type}`)
        if (type !== 'offer') return
        const driverId = topic.slice('phone:'.length) as DriverId
        hears.phones.push({ driverId, offerId: data.offer_id as OfferId })
      },
    })
    engines.push(engine)
    heard.push(hears)
    return engine
  }

  function nth(n: number): Engine {
    const engine = engines[n]
    if (!engine) throw new Error(`no engine ${n}`)
    return engine
  }

  function heardBy(n: number): Heard {
    return heard[n] ?? { phones: [], fixes: [], orders: [], statuses: [] }
  }

  const served = () => engines.map(engine => engine.threads.shardsServed)
  const all = () => served().reduce((sum, n) => sum + n, 0)

  beforeAll(async () => {
    nats = await NatsServer.start()
    database = await testDatabase()
    await startNode('one')
    await startNode('two')
    await until(() => all() === SHARDS && served().every(n => n > 0), 'both have their share', 20_000)
  }, 60_000)

  afterAll(async () => {
    for (const engine of engines) await engine.stop()
    await nats.stop()
    await database.drop()
  }, 60_000)

  function fix(at: { latitude: number; longitude: number }, recordedAtMs: number) {
    return { ...at, speed: null, heading: null, accuracy: null, recordedAtMs, orderId: null }
  }

  async function onDuty(engine: Engine, id: string, at = SF): Promise<DriverId> {
    const driverId = id as DriverId
    const [result] = await engine.gateway.ingest([{ driverId, fix: fix(at, Date.now()) }])
    expect(result?.result).toBe('committed')
    const reply = await engine.gateway.askDriver(driverId, { kind: 'driver.availability', status: 'available' })
    expect(reply.kind).toBe('driver')
    return driverId
  }

  async function place(engine: Engine): Promise<OrderId> {
    const orderId = engine.gateway.newOrderId(SF, systemClock.nowMs())
    const reply = await engine.gateway.askOrder(orderId, {
      kind: 'order.place',
      by: ADMIN,
      key: null,
      terms: termsOf(orderId, { pickup: { ...SF, address: null }, dropoff: { ...SF, latitude: 37.8, address: null } }),
    })
    expect(reply.kind).toBe('order')
    return orderId
  }

  test('each shard is served by one of them, and either gateway reaches all of it', async () => {
    for (let shard = 0; shard < SHARDS; shard++) {
      expect(engines.filter(engine => engine.threads.serves(shard as ShardId)).length).toBe(1)
    }
    const atMs = Date.now()
    const fixes = Array.from({ length: 400 }, (_, i) => ({
      driverId: `city_${i}` as DriverId,
      fix: fix({ latitude: 37.7 + (i % 20) * 0.006, longitude: -122.5 + Math.floor(i / 20) * 0.006 }, atMs),
    }))
    for (const [n, engine] of engines.entries()) {
      const results = await engine.gateway.ingest(fixes)
      expect(new Set(results.map(r => r.result))).toEqual(new Set([n === 0 ? 'committed' : 'duplicate']))
    }
    const [row] = await nth(0).sql<{ n: number }[]>`
      select count(*)::int as n from position_history where driver_id like 'city\\_%'`
    expect(row?.n).toBe(400)
  })

  test('an order goes its way whichever node is asked, and rings where the phone is connected', async () => {
    for (const [n, engine] of engines.entries()) {
      const other = nth(1 - n)
      const driverId = await onDuty(engine, `driver_${n}`)
      engine.gateway.watch(`phone:${driverId}`)
      const orderId = await place(other)
      other.gateway.watch(`order:${orderId}`)
      await until(() => heardBy(n).phones.some(r => r.driverId === driverId), 'the offer rings')
      const offerId = heardBy(n).phones.find(r => r.driverId === driverId)?.offerId as OfferId
      const reply = await engine.gateway.askOrder(orderId, { kind: 'order.accept', offerId, by: ADMIN })
      expect((reply as unknown as { order: OrderState }).order.assignment?.driverId).toBe(driverId)
      await until(() => heardBy(1 - n).orders.some(o => o.startsWith(`order:${orderId}`)), 'watchers of the order hear')
      const done = await other.gateway.askOrder(orderId, { kind: 'order.cancel', reason: 'test', by: ADMIN })
      expect(done.kind).toBe('order')
      await other.gateway.askDriver(driverId, { kind: 'driver.availability', status: 'offline' })
    }
  })

  const placeOf = (i: number) => ({ latitude: 37.7 + (i % 8) * 0.015, longitude: -122.5 + Math.floor(i / 8) * 0.02 })
  let probes = 0

  /** Workers are told who watches and do not say that they know it: they do once a round of positions is heard everywhere. */
  async function positionsCross(): Promise<boolean> {
    const round = `probe_${++probes}_`
    const fixes = Array.from({ length: PLACES }, (_, i) => ({
      driverId: `${round}${i}` as DriverId,
      fix: fix(placeOf(i), Date.now()),
    }))
    await nth(0).gateway.ingest(fixes)
    const isHeard = () => heard.every(({ fixes }) => fixes.filter(id => id.startsWith(round)).length >= PLACES)
    for (let looks = 0; looks < PROBE_LOOKS && !isHeard(); looks++) await Bun.sleep(PROBE_LOOK_MS)
    return isHeard()
  }

  test('positions cross nodes where somebody watches, once', async () => {
    const names = Array.from({ length: PLACES }, (_, i) => `seen_${i}` as DriverId)
    for (const engine of engines) {
      engine.gateway.watch('fleet')
      for (const name of names.slice(0, 5)) engine.gateway.watch(`driver:${name}`)
    }
    await until(positionsCross, 'each worker knows that both watch', 20_000)
    await nth(0).gateway.ingest(names.map((driverId, i) => ({ driverId, fix: fix(placeOf(i), Date.now()) })))
    const seenBy = (n: number) =>
      heardBy(n)
        .fixes.filter(id => id.startsWith('seen_'))
        .sort()
    await until(() => seenBy(0).length >= PLACES && seenBy(1).length >= PLACES, 'both have seen all')
    expect(seenBy(0)).toEqual([...names].sort())
    expect(seenBy(1)).toEqual([...names].sort())
    for (const engine of engines) engine.gateway.unwatch('fleet')
  })

  test('who watches the fleet still hears what else it watches, and the status of each driver', async () => {
    const [one, two] = [nth(0), nth(1)]
    two.gateway.watch('fleet')
    const driverIds = Array.from({ length: 8 }, (_, i) => `fleet_${i}`)
    const places = driverIds.map((_, i) => ({ latitude: 37.7 + i * 0.03, longitude: -122.42 }))
    for (const [i, id] of driverIds.entries()) {
      await onDuty(one, id, places[i])
      two.gateway.watch(`phone:${id}`)
    }
    await until(() => driverIds.every(id => heardBy(1).statuses.includes(id)), 'each status is heard')
    const orderId = await place(one)
    two.gateway.watch(`order:${orderId}`)
    await one.gateway.askOrder(orderId, { kind: 'order.cancel', reason: 'test', by: ADMIN })
    await until(() => heardBy(1).orders.some(o => o.startsWith(`order:${orderId}`)), 'the order is heard')
    two.gateway.unwatch('fleet')
    for (const id of driverIds) two.gateway.unwatch(`phone:${id}`)
  })

  test('where nobody watches, no position crosses; who watches from now on hears what comes from now on', async () => {
    for (const id of Array.from({ length: 5 }, (_, i) => `seen_${i}`)) {
      for (const engine of engines) engine.gateway.unwatch(`driver:${id}`)
    }
    for (const [n, engine] of engines.entries()) engine.gateway.unwatch(`phone:driver_${n}`)
    const live = async () => {
      const traffic = await Promise.all(engines.map(engine => engine.busTraffic?.()))
      return traffic.reduce((sum, of) => sum + (of?.sent.live?.messages ?? 0) + (of?.sent.fixes?.messages ?? 0), 0)
    }
    const stir = async (atMs: number) => {
      const fixes = Array.from({ length: PLACES }, (_, i) => ({
        driverId: `seen_${i}` as DriverId,
        fix: fix(placeOf(i), atMs),
      }))
      await nth(0).gateway.ingest(fixes)
    }
    const quiet = async () => {
      const before = await live()
      await stir(Date.now())
      await Bun.sleep(50)
      return (await live()) === before
    }
    await until(quiet, 'workers know that nobody watches', 15_000)
    expect(await quiet()).toBe(true)

    for (let n = 0; n < 20; n++) {
      const [asked, watching] = [nth(n % 2), nth(1 - (n % 2))]
      const orderId = await place(asked)
      // No pause in between: what was watched before something was asked hears what follows from it.
      watching.gateway.watch(`order:${orderId}`)
      await watching.gateway.askOrder(orderId, { kind: 'order.cancel', reason: 'test', by: ADMIN })
      const hears = () => heardBy(1 - (n % 2)).orders.some(o => o.startsWith(`order:${orderId}`))
      await until(hears, 'the watcher hears of the cancellation', 2_000)
      watching.gateway.unwatch(`order:${orderId}`)
    }
    expect(await quiet()).toBe(true)
  }, 60_000)

  test('changes of orders and drivers are said before anybody is known to watch: their watchers may have read before that', async () => {
    const { connection } = await NatsLink.open({
      target: readNatsTarget(nats.url),
      name: 'a watcher whose announcement is still under way',
      clock: systemClock,
      onEvent: () => undefined,
    })
    const subjects: string[] = []
    connection.subscribe('waggle.v1.live.>', { callback: (_, { subject }) => void subjects.push(subject) })
    await connection.flush()
    const driverId = await onDuty(nth(0), 'unheard_1')
    const orderId = await place(nth(0))
    await nth(1).gateway.askOrder(orderId, { kind: 'order.cancel', reason: 'test', by: ADMIN })
    await nth(1).gateway.askDriver(driverId, { kind: 'driver.availability', status: 'offline' })
    const times = (subject: string) => subjects.filter(heard => heard === subject).length
    await until(() => times(`waggle.v1.live.order.${orderId}`) >= 2, 'the order is heard, placed and cancelled', 3_000)
    await until(() => times(`waggle.v1.live.driver.${driverId}`) >= 2, 'the driver is heard, on and off duty', 3_000)
    await connection.close()
  }, 30_000)

  test('what changes while a watcher reads how things stand is heard, whichever node makes it', async () => {
    for (let n = 0; n < 40; n++) {
      const [asked, watching] = [nth(n % 2), nth(1 - (n % 2))]
      const orderId = await place(asked)
      watching.gateway.watch(`order:${orderId}`)
      const cancelled = Bun.sleep(n / 8).then(() =>
        asked.gateway.askOrder(orderId, { kind: 'order.cancel', reason: 'test', by: ADMIN }),
      )
      await watching.gateway.settled()
      const read = await orderById(watching.sql, orderId)
      await cancelled
      const hears = () => heardBy(1 - (n % 2)).orders.some(o => o.startsWith(`order:${orderId}`))
      if (read?.status !== 'cancelled') await until(hears, 'the watcher hears of what it did not read', 2_000)
      watching.gateway.unwatch(`order:${orderId}`)
    }
  }, 60_000)

  test('a worker thread that dies: its shards are served again, at a higher epoch, by whoever had them', async () => {
    const one = nth(0)
    const shard = one.threads.served.find(s => one.threads.workerOf(s) === 0)
    if (shard === undefined) throw new Error('its first worker serves no shard')
    const before = { epoch: one.threads.epochOf(shard), served: served() }
    await one.threads.crash(0)
    await until(() => one.threads.restarts > 0, 'the thread is started anew')
    await until(() => one.threads.epochOf(shard) > before.epoch && all() === SHARDS, 'all is served again')
    expect(served()).toEqual(before.served)
    for (let i = 0; i < 50; i++) {
      const reply = await nth(1).gateway.askDriver(`city_${i}` as DriverId, { kind: 'driver.read' })
      expect(reply.kind).toBe('driver')
    }
  }, 30_000)

  test('a node that leaves hands its shards over: no request fails, and none waits long', async () => {
    const third = await startNode('three')
    await until(() => served().every(n => n > 0) && all() === SHARDS, 'the third has its share', 20_000)
    const waits: number[] = []
    const answers: string[] = []
    let isRunning = true
    const load = (async () => {
      for (let n = 0; isRunning; n++) {
        const from = performance.now()
        const [result] = await nth(n % 2).gateway.ingest([
          { driverId: `city_${n % 400}` as DriverId, fix: fix({ latitude: 37.75, longitude: -122.42 }, Date.now()) },
        ])
        answers.push(result?.result ?? 'none')
        const reply = await nth(n % 2).gateway.askDriver(`city_${(n * 7) % 400}` as DriverId, { kind: 'driver.read' })
        answers.push(reply.kind)
        waits.push(performance.now() - from)
      }
    })()
    await Bun.sleep(300)
    await third.stop()
    engines.pop()
    await until(() => all() === SHARDS, 'the others have its shards')
    await Bun.sleep(300)
    isRunning = false
    await load
    expect(
      new Set(answers).difference(new Set(['committed', 'driver', 'implausible_jump', 'late', 'duplicate'])),
    ).toEqual(new Set())
    expect(Math.max(...waits)).toBeLessThan(1_500)
  }, 60_000)

  test('NATS away: each goes on with its own shards, and all is reached again after it', async () => {
    await nats.kill()
    const one = nth(0)
    const shardOf = (id: string) => one.gateway.homeOf(id as DriverId)
    const own = Array.from({ length: 400 }, (_, i) => `city_${i}`).find(id =>
      one.threads.serves(shardOf(id)),
    ) as DriverId
    const reply = await one.gateway.askDriver(own, { kind: 'driver.read' })
    expect(reply.kind).toBe('driver')
    expect(all()).toBe(SHARDS)
    await nats.restart()
    const reached = async () => {
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, i) => one.gateway.askDriver(`city_${i}` as DriverId, { kind: 'driver.read' })),
      )
      return replies.every(r => r.kind === 'driver')
    }
    await until(reached, 'all is reached again', 15_000)
    expect(all()).toBe(SHARDS)
  }, 60_000)
})
