/** A whole node that is given a NATS: what its clients do comes out at its subscribers. */
import { afterEach, expect, test } from 'bun:test'
import type { NatsConnection } from 'nats'
import { NatsLink } from '../../src/cluster/nats/connect.ts'
import { readNatsTarget } from '../../src/cluster/nats/nats-target.ts'
import { systemClock } from '../../src/cluster/system-clock.ts'
import type { CloudEvent } from '../../src/feed/cloud-event.ts'
import { TEST_KEY } from '../support/answer.ts'
import { NatsServer } from '../support/nats-server.ts'
import { NodeProcess } from '../support/node-process.ts'
import { testDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function listener(server: NatsServer): Promise<NatsConnection> {
  const target = readNatsTarget(server.url)
  const link = await NatsLink.open({ target, name: 'test', clock: systemClock, onEvent: () => undefined })
  ends.push(() => link.close())
  return link.connection
}

await describeWithServices('a node with NATS', ['nats'], () => {
  test('an order and a driver are published as they are committed, positions as they come, and the lag is in the metrics', async () => {
    const server = await NatsServer.start()
    ends.push(() => server.stop())
    const database = await testDatabase()
    ends.push(() => database.drop())
    const connection = await listener(server)
    const [events, positions]: [CloudEvent[], string[]] = [[], []]
    connection.subscribe('waggle.events.*', { callback: (_, message) => events.push(message.json<CloudEvent>()) })
    connection.subscribe('waggle.positions.*', { callback: (_, message) => positions.push(message.string()) })
    await connection.flush()
    const node = await NodeProcess.start({
      WAGGLE_POSTGRES_URL: database.url,
      WAGGLE_NATS_URL: server.url,
      WAGGLE_POSITIONS_FEED: 'true',
      WAGGLE_WORKERS: '1',
    })
    ends.push(() => node.stop())

    const driver = { driver_id: 'drv_feed', name: 'Ada Private', phone: '+15550100', vehicle_type: 'van' }
    expect((await node.ask('POST', '/v1/drivers', driver)).status).toBe(201)
    await node.ask('POST', '/v1/drivers/drv_feed/location', { latitude: 37.7749, longitude: -122.4194 })
    const order = await node.ask('POST', '/v1/orders', {
      pickup: { latitude: 37.7749, longitude: -122.4194, address: 'Private street 1' },
      dropoff: { latitude: 37.78, longitude: -122.41 },
    })
    const orderId = order.body.order_id
    await node.ask('POST', `/v1/orders/${orderId}/cancel`, { reason: 'Private reason' })
    await until(() => events.some(event => event.type === 'waggle.order.cancelled'), 'the cancellation is published')
    await until(() => positions.length > 0, 'the position is published')

    expect(events.filter(event => event.subject === orderId).map(event => event.type)).toEqual([
      'waggle.order.placed',
      'waggle.order.cancelled',
    ])
    expect(events.some(event => event.type === 'waggle.driver.registered' && event.subject === 'drv_feed')).toBe(true)
    expect(JSON.stringify(events)).not.toMatch(/Private|5550100/)
    await until(async () => {
      const { body } = await asText(node, '/metrics')
      return body.includes('waggle_feed_lag_events 0\n')
    }, 'the metrics say that everything is published')
  }, 60_000)
})

async function asText(node: NodeProcess, path: string): Promise<{ body: string }> {
  const response = await fetch(`${node.url}${path}`, { headers: { authorization: `Bearer ${TEST_KEY}` } })
  return { body: await response.text() }
}
