/** Every live topic and every socket with every role. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cellAt } from '../../src/domain/h3.ts'
import { disc } from '../../src/domain/zones/zones.fixtures.ts'
import { ROLES, type Role } from '../../src/http/access/principal.ts'
import { ACCESS, reachOf, ruleOf } from '../../src/http/access/table.ts'
import { assignedOrder, callerAs, type Placed, TOKEN_ENV, workingDriver } from './callers.ts'
import { startTestNode, type TestNode } from './node.ts'
import { openClient } from './socket.ts'

const HERE = { latitude: 37.77, longitude: -122.42 }

let node: TestNode
let mine: Placed
let theirs: Placed
const tokens = new Map<string, string>()

beforeAll(async () => {
  node = await startTestNode(TOKEN_ENV)
  const subjects = { customer: 'cus_mine', driver: 'drv_mine', dispatcher: 'd', service: 's', admin: 'a' }
  for (const role of ROLES) tokens.set(role, (await callerAs(node, role, subjects[role])).token)
  for (const driverId of ['drv_mine', 'drv_theirs']) await workingDriver(node, driverId)
  const geometry = { type: 'Polygon', coordinates: disc(HERE, 500)[0] }
  await node.call('POST', '/v1/zones', { zone_id: 'depot', name: 'Depot', kind: 'geofence', geometry })
  mine = await assignedOrder(node, 'cus_mine', 'drv_mine')
  theirs = await assignedOrder(node, 'cus_theirs', 'drv_theirs')
  tokens.set('link', new URL(mine.trackingUrl).searchParams.get('token') ?? '')
})

afterAll(async () => {
  await node.stop()
})

function tokenOf(role: string): string {
  return tokens.get(role) ?? ''
}

/** @returns the status of the handshake. */
async function handshake(path: string, token: string): Promise<number> {
  const headers = {
    upgrade: 'websocket',
    connection: 'upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'eA==',
  }
  const response = await fetch(`${node.url}${path}${path.includes('?') ? '&' : '?'}token=${token}`, { headers })
  await response.body?.cancel()
  return response.status
}

async function canOpen(path: string, token: string): Promise<boolean> {
  try {
    await (await openClient(node, path, undefined, token)).close()
    return true
  } catch {
    return false
  }
}

const TOPICS: Readonly<Record<string, { readonly mine: () => string; readonly theirs: () => string }>> = {
  order: { mine: () => `order:${mine.orderId}`, theirs: () => `order:${theirs.orderId}` },
  driver: { mine: () => 'driver:drv_mine', theirs: () => 'driver:drv_theirs' },
  zone: { mine: () => 'zone:depot', theirs: () => 'zone:depot' },
  cell: { mine: () => `cell:${cellAt(HERE, 8)}`, theirs: () => `cell:${cellAt(HERE, 7)}` },
  fleet: { mine: () => 'fleet', theirs: () => 'fleet' },
}

test('every kind of topic has a row, and is asked for here', () => {
  const rows = [...ACCESS.keys()].filter(name => name.startsWith('TOPIC ')).map(name => name.slice('TOPIC '.length))
  expect(rows.sort()).toEqual(Object.keys(TOPICS).sort())
})

for (const [kind, topics] of Object.entries(TOPICS)) {
  for (const role of [...ROLES, 'link'] as const) {
    const reach = reachOf(ruleOf(`TOPIC ${kind}`), role)
    test(`${kind} as ${role}: ${reach ?? 'forbidden'}`, async () => {
      const client = await openClient(node, '/v1/live', undefined, tokenOf(role))
      const answerTo = async (topic: string) => {
        client.send({ type: 'subscribe', topics: [topic] })
        const { type, code } = await client.next(message => message.topic === topic)
        return code ?? type
      }
      if (reach === undefined) {
        expect([await answerTo(topics.mine()), await answerTo(topics.theirs())]).toEqual(['forbidden', 'forbidden'])
      } else {
        expect(await answerTo(topics.mine())).toBe('subscribed')
        if (reach === 'own') expect(await answerTo(topics.theirs())).toBe('not_found')
      }
      await client.close()
    })
  }
}

describe('sockets', () => {
  test.each(['/v1/orders/ID/driver-location', '/api/v1/drivers/orders/ID/driver-location'])(
    '%s opens to whoever may follow the order',
    async pattern => {
      for (const role of [...ROLES, 'link'] as const) {
        expect([role, await canOpen(pattern.replace('ID', mine.orderId), tokenOf(role))]).toEqual([role, true])
        const isOwn = reachOf(ruleOf(`WS ${pattern.replace('ID', '{order_id}')}`), role) === 'own'
        const others = pattern.replace('ID', theirs.orderId)
        expect([role, await canOpen(others, tokenOf(role))]).toEqual([role, !isOwn])
        if (isOwn) expect(await handshake(others, tokenOf(role))).toBe(404)
      }
    },
  )

  test('/v1/stream opens to drivers, to servers and to admins', async () => {
    const opens: Readonly<Record<Role | 'link', boolean>> = {
      customer: false,
      driver: true,
      dispatcher: false,
      service: true,
      admin: true,
      link: false,
    }
    for (const role of [...ROLES, 'link'] as const) {
      expect([role, await canOpen('/v1/stream', tokenOf(role))]).toEqual([role, opens[role]])
      if (!opens[role]) expect(await handshake('/v1/stream', tokenOf(role))).toBe(403)
    }
  })

  test.each(['/v1/stream', '/v1/live', `/v1/orders/ord_${'0'.repeat(22)}/driver-location`])(
    '%s without a credential, or with a wrong one, is 401',
    async path => {
      expect([await handshake(path, ''), await handshake(path, 'wrong'), await handshake(path, 'a.b.c')]).toEqual([
        401, 401, 401,
      ])
    },
  )
})

describe('a driver’s stream', () => {
  test('is that driver’s, whether or not it says so, and never another’s', async () => {
    const own = await openClient(node, '/v1/stream', undefined, tokenOf('driver'))
    own.send({ type: 'location', seq: 1, ...HERE })
    await own.nextOf('ack')
    own.send({ type: 'location', seq: 2, driver_id: 'drv_theirs', latitude: 1, longitude: 1 })
    expect(await own.nextOf('error')).toMatchObject({ seq: 2, errors: [{ path: '/driver_id' }] })
    own.send({ type: 'locations', seq: 3, points: [HERE, { driver_id: 'drv_theirs', latitude: 1, longitude: 1 }] })
    expect(await own.nextOf('error')).toMatchObject({ seq: 3, errors: [{ path: '/points/1/driver_id' }] })
    expect((await node.call('GET', '/v1/drivers/drv_theirs/location')).body).toMatchObject(HERE)
    await own.close()
    expect(await canOpen('/v1/stream?driver_id=drv_mine', tokenOf('driver'))).toBe(true)
    expect(await handshake('/v1/stream?driver_id=drv_theirs', tokenOf('driver'))).toBe(404)
  })

  test('answers offers as that driver, unless its token is for positions alone', async () => {
    const { orderId, offerId } = await assignedOrder(node, 'cus_mine', 'drv_mine')
    const own = await openClient(node, '/v1/stream', undefined, tokenOf('driver'))
    own.send({ type: 'accept', offer_id: offerId })
    expect(await own.nextOf('accepted')).toMatchObject({ order: { order_id: orderId } })
    await own.close()
    const { token } = await callerAs(node, 'driver', 'drv_mine', { scopes: ['positions:write'] })
    const narrowed = await openClient(node, '/v1/stream', undefined, token)
    narrowed.send({ type: 'accept', offer_id: offerId })
    expect(await narrowed.nextOf('error')).toMatchObject({ code: 'forbidden' })
    narrowed.send({ type: 'location', seq: 1, ...HERE })
    await narrowed.nextOf('ack')
    await narrowed.close()
  })

  test('hears no offer with a credential for positions alone, nor what it held before', async () => {
    await workingDriver(node, 'drv_deaf')
    const scopes = ['positions:write'] as const
    const narrowed = await openClient(
      node,
      '/v1/stream',
      undefined,
      (await callerAs(node, 'driver', 'drv_deaf', { scopes })).token,
    )
    const whole = await openClient(node, '/v1/stream', undefined, (await callerAs(node, 'driver', 'drv_deaf')).token)
    const order = await node.call('POST', '/v1/orders', { pickup: HERE, dropoff: HERE, vehicle_type: 'nobody_has_it' })
    await node.call('POST', `/v1/orders/${order.body.order_id}/assign`, { driver_id: 'drv_deaf' })
    expect(await whole.nextOf('assignment')).toMatchObject({ order: { order_id: order.body.order_id } })
    narrowed.send({ type: 'location', seq: 1, ...HERE })
    await narrowed.nextOf('ack')
    expect(narrowed.messages.map(({ type }) => type)).toEqual(['ack'])
    await whole.close()
    await narrowed.close()
    await node.call('POST', `/v1/orders/${order.body.order_id}/cancel`, { reason: 'done' })
  })

  test('when somebody else answers on it, the events say who, and only the driver’s own offers can be', async () => {
    const vehicle = { vehicle_type: 'cargo_bike' }
    await node.call('POST', '/v1/drivers', { driver_id: 'drv_bike', ...vehicle })
    await node.call('POST', '/v1/drivers/drv_bike/location', HERE)
    await node.call('PUT', '/v1/drivers/drv_bike/availability', { status: 'available' })
    const own = await openClient(node, '/v1/stream?driver_id=drv_bike')
    const { body: order } = await node.call('POST', '/v1/orders', { pickup: HERE, dropoff: HERE, ...vehicle })
    const { offer_id: offerId } = await own.nextOf('offer')
    const others = await openClient(node, '/v1/stream?driver_id=drv_theirs')
    others.send({ type: 'accept', offer_id: offerId })
    expect(await others.nextOf('offer_closed')).toMatchObject({ offer_id: offerId })
    own.send({ type: 'accept', offer_id: offerId })
    await own.nextOf('accepted')
    const { body } = await node.call('GET', `/v1/orders/${order.order_id}/events`)
    const assigned = (body.data as { type: string; by: object }[]).find(({ type }) => type === 'assigned')
    expect(assigned?.by).toEqual({ role: 'admin', id: 'admin' })
    await Promise.all([own.close(), others.close()])
  })
})

test('a driver that loses an order is shown no more of it', async () => {
  const { orderId } = await assignedOrder(node, 'cus_mine', 'drv_mine')
  const live = await openClient(node, '/v1/live', undefined, tokenOf('driver'))
  live.send({ type: 'subscribe', topics: [`order:${orderId}`] })
  await live.nextOf('subscribed')
  const follower = await openClient(node, `/v1/orders/${orderId}/driver-location`, undefined, tokenOf('driver'))
  const closed = new Promise<number>(resolve => {
    follower.socket.onclose = ({ code }) => resolve(code)
  })
  await node.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: 'drv_theirs' })
  expect(await live.nextOf('error')).toMatchObject({ code: 'not_found', topic: `order:${orderId}` })
  expect(await closed).toBe(1008)
  const before = live.messages.length
  await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'done' })
  live.send({ type: 'unsubscribe', topics: ['fleet'] })
  await live.nextOf('unsubscribed')
  expect(live.messages.length).toBe(before + 1)
  await live.close()
})

test('a token’s sockets end with it', async () => {
  const { token } = await callerAs(node, 'driver', 'drv_mine', { ttlS: -28 })
  const client = await openClient(node, '/v1/stream', undefined, token)
  const code = await new Promise<number>(resolve => {
    client.socket.onclose = event => resolve(event.code)
  })
  expect(code).toBe(1008)
})
