/** A node for the tests of test mode. */
import { expect } from 'bun:test'
import { connect, disconnect, type Sql } from '../../src/store/postgres.ts'
import { until } from '../support/until.ts'
import { type Caller, caller, TOKEN_ENV } from './callers.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'

export const HERE = { latitude: 37.77, longitude: -122.42 }
export const NEAR = { latitude: 37.7705, longitude: -122.4203 }
export const THERE = { latitude: 37.7722, longitude: -122.4185 }
export const WISH = { pickup: HERE, dropoff: THERE }

/** A node, and an admin of tests at it. */
export class TestMode {
  readonly node: TestNode
  readonly sql: Sql
  #tester: Caller | null = null
  #types = 0

  private constructor(node: TestNode, sql: Sql) {
    this.node = node
    this.sql = sql
  }

  static async start(): Promise<TestMode> {
    const settings = { WAGGLE_WEBHOOKS_ALLOW_PRIVATE: 'true', WAGGLE_OFFER_TTL_S: '2', WAGGLE_RATE_LIMITS: 'off' }
    const node = await startTestNode({ ...TOKEN_ENV, ...settings })
    const mode = new TestMode(node, connect(node.postgresUrl, { max: 1, applicationName: 'test' }))
    mode.#tester = await mode.testKey({ role: 'admin' })
    return mode
  }

  async stop(): Promise<void> {
    await disconnect(this.sql)
    await this.node.stop()
  }

  /** The keys of a developer's: an admin of tests. */
  get tester(): Caller {
    if (this.#tester === null) throw new Error('the node is not started')
    return this.#tester
  }

  async testKey(body: object): Promise<Caller> {
    const { node } = this
    const { status, text, body: made } = await node.call('POST', '/v1/keys', { name: 'tests', mode: 'test', ...body })
    expect([status, text]).toEqual([201, text])
    expect(String(made.secret)).toMatch(/^sk_test_[0-9a-z]{16}_[A-Za-z0-9_-]{43}$/)
    return caller(node, String(made.secret))
  }

  /** A courier, and an order that only it may have, since nobody else drives what it drives. */
  async courierAndOrder(behaviour: string): Promise<{ driverId: string; orderId: string; vehicle_type: string }> {
    const { tester } = this
    const vehicle_type = this.newType()
    const made = await tester.call('POST', '/v1/test/drivers', { behaviour, near: NEAR, vehicle_type, speed_mps: 50 })
    expect([made.status, made.text]).toEqual([201, made.text])
    const driverId = String(made.body.driver_id)
    await until(
      async () => (await tester.call('GET', `/v1/drivers/${driverId}`)).body.status === 'available',
      'it is on duty',
    )
    const { body } = await tester.call('POST', '/v1/orders', { ...WISH, vehicle_type })
    return { driverId, orderId: String(body.order_id), vehicle_type }
  }

  /** That nobody else drives. */
  newType(): string {
    return `type_${++this.#types}`
  }

  async events(orderId: string): Promise<Body[]> {
    return (await this.tester.call('GET', `/v1/orders/${orderId}/events`)).body.data as Body[]
  }

  async hasHappened(orderId: string, type: string, what: string): Promise<Body> {
    const found = async () => (await this.events(orderId)).find(event => event.type === type)
    await until(async () => (await found()) !== undefined, what, 20_000)
    return (await found()) as Body
  }

  async read(orderId: string): Promise<Body> {
    return (await this.tester.call('GET', `/v1/orders/${orderId}`)).body
  }
}
