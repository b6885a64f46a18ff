/**
 * A node that comes and goes, again and again, while both others are asked of everything: each try is answered, or comes back unread.
 * That what is silent is sent again is the net for nodes that die; in a hand-off nothing is to need it.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { SentAgain } from '../../src/actors/node-figures.ts'
import { termsOf } from '../../src/actors/order/order-terms.fixtures.ts'
import { systemClock } from '../../src/cluster/system-clock.ts'
import { cellAt, PRICE_RES } from '../../src/domain/h3.ts'
import type { DriverId } from '../../src/domain/ids.ts'
import { areaOf } from '../../src/domain/surge/neighbourhood.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { NatsServer } from '../support/nats-server.ts'
import { testDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const ADMIN = { role: 'admin', id: 'admin' } as const
const SHARDS = 16
const ROUNDS = 3
const DRIVERS = 200
/** Requests under way at each node, of each kind. */
const ABREAST = 4
/** Of a request that met a hand-off, on a machine that has other things to do. Below what an asker waits. */
const WAIT_MAX_MS = 5_000
const ANSWERS: ReadonlySet<string> = new Set([
  'committed',
  'late',
  'duplicate',
  'implausible_jump',
  'driver',
  'order',
  'surge',
  'driver_unavailable',
])

await describeWithServices('hand-offs', ['nats'], () => {
  let nats: NatsServer
  let database: Awaited<ReturnType<typeof testDatabase>>
  const engines: Engine[] = []

  async function startNode(name: string): Promise<Engine> {
    const engine = await startEngine(database.url, { WAGGLE_NATS_URL: nats.url, WAGGLE_NODE: name })
    engines.push(engine)
    return engine
  }

  const served = () => engines.map(engine => engine.threads.shardsServed)
  const isAllServed = () => served().reduce((sum, n) => sum + n, 0) === SHARDS

  beforeAll(async () => {
    nats = await NatsServer.start()
    database = await testDatabase()
    await startNode('one')
    await startNode('two')
    await until(() => isAllServed() && served().every(n => n > 0), 'both have their share', 20_000)
  }, 60_000)

  afterAll(async () => {
    for (const engine of engines) await engine.stop()
    await nats.stop()
    await database.drop()
  }, 60_000)

  test('every request is answered, and no try of one is lost; nor does a driver believe in what is over', async () => {
    const lasting = [...engines]
    const load = new Load()
    await load.begin(lasting)
    for (let round = 0; round < ROUNDS; round++) {
      const third = await startNode('three')
      await until(() => isAllServed() && third.threads.shardsServed > 0, 'the third has its share', 20_000)
      await Bun.sleep(300)
      await third.stop()
      engines.pop()
      await until(isAllServed, 'the others have its shards', 20_000)
      await Bun.sleep(300)
    }
    await Bun.sleep(300)
    await load.end()
    expect(load.driversInError).toEqual([])
    // A slow answer is not a lost one: whatever was sent is answered at last, or has come back.
    await until(() => unanswered(lasting) === 0, 'nothing is lost', 10_000).catch(() => undefined)
    expect(unanswered(lasting)).toBe(0)
    const again = sentAgain(lasting)
    expect([...load.answers.keys()].filter(kind => !ANSWERS.has(kind))).toEqual([])
    // That hand-offs were met at all.
    expect(again.moved + again.nobody + again.reopened).toBeGreaterThan(0)
    expect(load.longestMs).toBeLessThan(WAIT_MAX_MS)
    const lost = await Promise.all(lasting.map(engine => engine.threads.stats()))
    expect(lost.flat().map(({ untaken, strays }) => [untaken.late, untaken.unanswered, strays.given_up])).toEqual(
      lost.flat().map(() => [0, 0, 0]),
    )
  }, 120_000)
})

function unanswered(engines: readonly Engine[]): number {
  const deliveries = engines.flatMap(({ gateway }) => Object.values(gateway.figures.delivery))
  return deliveries.reduce((sum, { sent, answered }) => sum + sent - answered, 0)
}

function sentAgain(engines: readonly Engine[]): Record<SentAgain, number> {
  const sum = { moved: 0, nobody: 0, reopened: 0, silence: 0 }
  for (const { gateway } of engines) {
    const { command, position } = gateway.figures.delivery
    for (const why of Object.keys(sum) as SentAgain[]) sum[why] += command.sentAgain[why] + position.sentAgain[why]
  }
  return sum
}

/** What is asked of nodes, one thing after the other in each of several lanes. */
class Load {
  /** How often each was given. */
  readonly answers = new Map<string, number>()
  longestMs = 0
  /** How often each driver has said in a row that it is full: from the second time on it believes that it has what is over. */
  readonly #full = new Map<DriverId, number>()
  readonly #lanes: Promise<void>[] = []
  #isOver = false
  #n = 0

  /** Where nothing is known of the drivers yet, they are not found. */
  async begin(engines: readonly Engine[]): Promise<void> {
    const [first] = engines
    const drivers = Array.from({ length: DRIVERS }, (_, i) => `city_${i}` as DriverId)
    await first?.gateway.ingest(drivers.map((driverId, i) => ({ driverId, fix: fixAt(i) })))
    for (const engine of engines) this.#on(engine)
  }

  #on(engine: Engine): void {
    for (let lane = 0; lane < ABREAST; lane++) {
      const own = `lane_${this.#lanes.length}` as DriverId
      this.#lane(() => this.#report(engine))
      this.#lane(() => this.#read(engine))
      this.#lane(() => this.#assign(engine, own))
      this.#lane(() => this.#price(engine))
    }
  }

  get driversInError(): DriverId[] {
    return [...this.#full].flatMap(([driverId, times]) => (times > 1 ? [driverId] : []))
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#lanes)
  }

  #lane(step: () => Promise<void>): void {
    const run = async () => {
      while (!this.#isOver) {
        await step()
        // Else positions of one driver have the same time.
        await Bun.sleep(2)
      }
    }
    this.#lanes.push(run())
  }

  async #note(asked: Promise<{ readonly kind: string }>): Promise<void> {
    const fromMs = performance.now()
    const { kind } = await asked
    this.longestMs = Math.max(this.longestMs, performance.now() - fromMs)
    this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1)
  }

  /** All over the city, so that drivers move from shard to shard, too. */
  #report({ gateway }: Engine): Promise<void> {
    const driverId = `city_${++this.#n % DRIVERS}` as DriverId
    return this.#note(position(gateway.ingest([{ driverId, fix: fixAt(Math.floor(this.#n / (5 * DRIVERS))) }])))
  }

  #read({ gateway }: Engine): Promise<void> {
    return this.#note(gateway.askDriver(`city_${++this.#n % DRIVERS}` as DriverId, { kind: 'driver.read' }))
  }

  #price({ gateway }: Engine): Promise<void> {
    const area = areaOf(cellAt(placeAt(++this.#n), PRICE_RES))
    return this.#note(gateway.askPricing(area, { kind: 'pricing.read', cells: [] }))
  }

  /** A driver is asked in the name of an order, and answers it: between two shards, while somebody waits. */
  async #assign({ gateway }: Engine, driverId: DriverId): Promise<void> {
    const place = placeAt(++this.#n)
    await this.#note(position(gateway.ingest([{ driverId, fix: fixAt(0) }])))
    await this.#note(gateway.askDriver(driverId, { kind: 'driver.availability', status: 'available' }))
    const orderId = gateway.newOrderId(place, systemClock.nowMs())
    const ends = { pickup: { ...place, address: null }, dropoff: { ...placeAt(this.#n + 7), address: null } }
    await this.#note(
      gateway.askOrder(orderId, { kind: 'order.place', by: ADMIN, key: null, terms: termsOf(orderId, ends) }),
    )
    const driverShard = gateway.homeOf(driverId)
    const assigned = gateway.askOrder(orderId, { kind: 'order.assign', by: ADMIN, driverId, driverShard })
    await this.#note(assigned)
    const reply = await assigned
    const isFull = reply.kind === 'driver_unavailable' && reply.reason === 'full'
    this.#full.set(driverId, isFull ? (this.#full.get(driverId) ?? 0) + 1 : 0)
    await this.#note(gateway.askOrder(orderId, { kind: 'order.cancel', reason: 'test', by: ADMIN }))
  }
}

async function position(settled: Promise<readonly { readonly result: string }[]>): Promise<{ readonly kind: string }> {
  const [first] = await settled
  return { kind: first?.result ?? 'none' }
}

function placeAt(n: number): { latitude: number; longitude: number } {
  return { latitude: 37.7 + (n % 9) * 0.012, longitude: -122.5 + (n % 7) * 0.015 }
}

function fixAt(n: number) {
  return { ...placeAt(n), speed: null, heading: null, accuracy: null, recordedAtMs: Date.now(), orderId: null }
}
