/**
 * Every message on NATS that the AsyncAPI document names, made to come by what clients of a whole node do: each is as the document
 * says, none comes that it does not name, and none that it names is left out. The sockets: test/http/message-contract.test.ts.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { NatsLink } from '../../src/cluster/nats/connect.ts'
import { readNatsTarget } from '../../src/cluster/nats/nats-target.ts'
import { systemClock } from '../../src/cluster/system-clock.ts'
import { type AsyncApi, readDocuments } from '../../src/contract/documents.ts'
import { disc } from '../../src/domain/zones/zones.fixtures.ts'
import { type Body, startTestNode, type TestNode } from '../http/node.ts'
import { MessageBook } from '../support/message-book.ts'
import { NatsServer } from '../support/nats-server.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const ROOT = join(import.meta.dir, '../..')
const SUBJECTS = ['orderEvents', 'driverEvents', 'replayedEvents', 'positions'] as const
const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }
const FAR = { latitude: 37.9, longitude: -122.1 }
const BY_HAND = { pickup: HERE, dropoff: THERE, vehicle_type: 'nobody_has_it' }
const ON_THE_WAY = ['en_route_to_pickup', 'at_pickup'] as const
const RULES = {
  version: 'hasty',
  currency: 'USD',
  base_minor: 1_000,
  per_km_minor: 0,
  per_minute_minor: 0,
  minimum_minor: 0,
  round_to_minor: 1,
  no_show: { after_s: 1, fee_minor: 300, share_permille: 100 },
}
/** To stay in a fence takes 10 s; what a driver has worked is stored within 5. */
const SLOWEST_MS = 30_000

await describeWithServices('the contract of what is published', ['nats'], () => {
  let nats: NatsServer
  let link: NatsLink
  let node: TestNode
  let book: MessageBook

  beforeAll(async () => {
    nats = await NatsServer.start()
    node = await startTestNode({
      WAGGLE_NATS_URL: nats.url,
      WAGGLE_POSITIONS_FEED: 'true',
      WAGGLE_ORDER_TTL_S: '10',
      WAGGLE_SCHEDULE_LEAD_S: '1',
      WAGGLE_PICKUP_MAX_S: '10',
    })
    const { asyncApi } = await readDocuments(node.url)
    book = new MessageBook(asyncApi)
    link = await NatsLink.open({
      target: readNatsTarget(nats.url),
      name: 'test',
      clock: systemClock,
      onEvent: () => undefined,
    })
    for (const channel of SUBJECTS) listen(channel, asyncApi)
    await link.connection.flush()
    // In a cluster a node takes part before its shards are served.
    await until(async () => (await node.call('GET', '/ready')).status === 200, 'the node is ready', 30_000)
  }, 60_000)

  afterAll(async () => {
    await link?.close()
    await node?.stop()
    await nats?.stop()
  }, 60_000)

  function listen(channel: string, { channels }: AsyncApi): void {
    const subject = channels[channel]?.address.replaceAll(/\{[a-z_]+\}/g, '*') ?? ''
    link.connection.subscribe(subject, { callback: (_, message) => book.note(channel, 'sent', message.json()) })
  }

  async function made(path: string, body: object, method = 'POST'): Promise<Body> {
    const { status, body: answer, text } = await node.call(method, path, body)
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`)
    return answer
  }

  const seen = (key: string) => until(() => book.seen.has(key), `${key} is published`, SLOWEST_MS)

  async function onDuty(driverId: string, capacity = 1): Promise<void> {
    await made('/v1/drivers', { driver_id: driverId, capacity })
    await made(`/v1/drivers/${driverId}/location`, HERE)
    await made(`/v1/drivers/${driverId}/availability`, { status: 'available' }, 'PUT')
  }

  async function given(driverId: string, more: object = {}): Promise<string> {
    const path = `/v1/orders/${(await made('/v1/orders', { ...BY_HAND, ...more })).order_id}`
    await made(`${path}/assign`, { driver_id: driverId })
    return path
  }

  async function offeredTo(driverId: string): Promise<string> {
    let offerId = ''
    await until(async () => {
      const { body } = await node.call('GET', `/v1/offers?driver_id=${driverId}`)
      offerId = String((body.data as Body[])[0]?.offer_id ?? '')
      return offerId !== ''
    }, 'there is an offer')
    return offerId
  }

  test('what becomes of orders', async () => {
    await made('/v1/pricing/rulesets', RULES)
    await onDuty('ada', 100)
    const soon = new Date(Date.now() + 14_000).toISOString()
    await made('/v1/orders', { ...BY_HAND, scheduled_at: soon })

    const delivered = await given('ada', { proof: ['pin'] })
    const { pin } = (await node.call('GET', delivered)).body.proof as { pin: string }
    for (const status of [...ON_THE_WAY, 'en_route_to_dropoff']) await made(`${delivered}/status`, { status })
    const wrong = pin === '0000' ? '1111' : '0000'
    await node.call('POST', `${delivered}/status`, { status: 'delivered', proof: { pin: wrong } })
    await made(`${delivered}/status`, { status: 'delivered', proof: { pin } })
    await made(`${delivered}/ratings`, { stars: 5, side: 'customer' })

    await made(`${await given('ada')}/unassign`, { reason: 'flat tyre' })
    const forlorn = await given('ada')
    for (const status of ON_THE_WAY) await made(`${forlorn}/status`, { status })
    await until(async () => (await node.call('POST', `${forlorn}/no-show`, { reason: 'x' })).status === 200, 'no-show')

    const later = `/v1/orders/${
      (await made('/v1/orders', { ...BY_HAND, scheduled_at: new Date(Date.now() + 86_400_000).toISOString() })).order_id
    }`
    await made(later, { notes: 'ring twice' }, 'PATCH')
    await made(`${later}/assign`, { driver_id: 'ada' })
    await made(`${later}/unassign`, { reason: 'ill' })
    await made(`${later}/cancel`, { reason: 'changed my mind' })

    await onDuty('bob')
    await made('/v1/orders', { pickup: HERE, dropoff: THERE })
    await made(`/v1/offers/${await offeredTo('bob')}/decline`, { reason: 'lunch' })
    // Nobody takes it, and nobody is there for the scheduled one.
    for (const event of ['due', 'expired']) await seen(`orderEvents.sent.waggle.order.${event}`)
  }, 90_000)

  test('what becomes of drivers', async () => {
    const yard = { type: 'Polygon', coordinates: disc(THERE, 300)[0] }
    const fence = { name: 'Yard', kind: 'geofence', geometry: yard, dwell_s: 10 }
    await made('/v1/zones', { zone_id: 'yard', ...fence })
    await onDuty('cy')
    await made('/v1/drivers/cy', { skills: ['cold'] }, 'PATCH')
    await made('/v1/vehicles', { vehicle_id: 'van', type: 'van', driver_id: 'cy' })
    for (const [event, place] of [
      ['geofence_entered', THERE],
      ['geofence_dwelled', THERE],
      ['geofence_left', HERE],
      ['rehomed', FAR],
    ] as const) {
      await until(
        async () => {
          const at = { ...place, latitude: place.latitude + Math.random() * 1e-4 }
          await made('/v1/drivers/cy/location', at)
          return book.seen.has(`driverEvents.sent.waggle.driver.${event}`)
        },
        `${event} is published`,
        SLOWEST_MS,
      )
    }
    await seen('driverEvents.sent.waggle.driver.work_kept')
    await seen('positions.sent.positions')
  }, 90_000)

  test('and all of it once more, for a subscriber that is new', async () => {
    const urls = ['--postgres-url', node.postgresUrl, '--nats-url', nats.url]
    const child = Bun.spawn([process.execPath, 'src/replay.ts', ...urls, '--since', '2020-01-01T00:00:00Z'], {
      cwd: ROOT,
      stdout: 'ignore',
      stderr: 'inherit',
    })
    expect(await child.exited).toBe(0)
    await until(() => book.unseen(['replayedEvents']).length === 0, 'every kind of event has come again').catch(
      () => {},
    )
  }, 60_000)

  test('each message was as the document says, and each kind that it names has come', () => {
    expect(book.broken.slice(0, 20)).toEqual([])
    expect(book.unseen(SUBJECTS)).toEqual([])
  })
})
