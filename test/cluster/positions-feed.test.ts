/** Positions for subscribers, over a real NATS. */
import { afterEach, expect, test } from 'bun:test'
import type { LiveFix } from '../../src/actors/runtime/ports.ts'
import { NatsLink } from '../../src/cluster/nats/connect.ts'
import { NatsPositionsFeed, type PublishedPosition } from '../../src/cluster/nats/nats-positions-feed.ts'
import { readNatsTarget } from '../../src/cluster/nats/nats-target.ts'
import { systemClock } from '../../src/cluster/system-clock.ts'
import { cellAt, REGION_RES } from '../../src/domain/h3.ts'
import type { DriverId } from '../../src/domain/ids.ts'
import { NatsServer } from '../support/nats-server.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

let server: NatsServer
const ends: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function link(): Promise<NatsLink> {
  const target = readNatsTarget(server.url)
  const opened = await NatsLink.open({ target, name: 'test', clock: systemClock, onEvent: () => undefined })
  ends.push(() => opened.close())
  return opened
}

async function started(): Promise<{
  feed: NatsPositionsFeed
  heard: Map<string, PublishedPosition[][]>
  own: NatsLink
}> {
  server = await NatsServer.start()
  ends.push(() => server.stop())
  const [own, listener] = [await link(), await link()]
  const feed = new NatsPositionsFeed(own, systemClock)
  ends.push(async () => feed.stop())
  const heard = new Map<string, PublishedPosition[][]>()
  listener.connection.subscribe('waggle.positions.>', {
    callback: (_, message) => {
      const { positions } = message.json<{ positions: PublishedPosition[] }>()
      heard.set(message.subject, [...(heard.get(message.subject) ?? []), positions])
    },
  })
  await listener.connection.flush()
  return { feed, heard, own }
}

function fix(driver: number, more: Partial<LiveFix> = {}): LiveFix {
  const place = { latitude: 37.7749, longitude: -122.4194, ...more }
  return {
    driverId: `drv_${driver}` as DriverId,
    speed: null,
    heading: null,
    accuracy: null,
    recordedAtMs: 1_700_000_000_000,
    receivedAtMs: 1_700_000_000_005,
    orderId: null,
    ...place,
  }
}

function allOf(heard: ReadonlyMap<string, PublishedPosition[][]>): PublishedPosition[] {
  return [...heard.values()].flat(2)
}

await describeWithServices('the feed of positions', ['nats'], () => {
  test('positions come in batches on the subject of their region, the newest of each driver', async () => {
    const { feed, heard } = await started()
    const far = { latitude: 37.9, longitude: -122.1 }
    for (let i = 0; i < 1_200; i++) feed.put(fix(i))
    feed.put(fix(1, { speed: 7 }))
    feed.put(fix(5_000, far))
    await until(() => allOf(heard).length === 1_201, 'all of them are heard')

    const region = cellAt(fix(0), REGION_RES)
    expect([...heard.keys()].sort()).toEqual(
      [`waggle.positions.${region}`, `waggle.positions.${cellAt(far, REGION_RES)}`].sort(),
    )
    expect(heard.get(`waggle.positions.${region}`)?.map(batch => batch.length)).toEqual([500, 500, 200])
    expect(allOf(heard).find(position => position.driver_id === 'drv_1')).toEqual({
      driver_id: 'drv_1',
      latitude: 37.7749,
      longitude: -122.4194,
      speed: 7,
      heading: null,
      accuracy: null,
      recorded_at: '2023-11-14T22:13:20.000Z',
      received_at: '2023-11-14T22:13:20.005Z',
      order_id: null,
    })
  })

  test('what comes while NATS is away is dropped and counted, and is not sent later', async () => {
    const { feed, heard, own } = await started()
    await server.kill()
    await until(() => !own.isUp, 'the cut is noticed')
    feed.put(fix(1))
    await until(() => feed.counts.dropped === 1, 'it is dropped')
    await server.restart()
    await until(() => own.isUp, 'the connection is back')
    await until(() => {
      feed.put(fix(2))
      return allOf(heard).length > 0
    }, 'the next is heard')

    expect(allOf(heard).map(position => position.driver_id)).not.toContain('drv_1')
  })
})
