/** Proof of delivery over the public API: who sees the PIN, who does not, and what opens the door. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { type Caller, caller, callerAs, pathOf, TOKEN_ENV, workingDriver } from './callers.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'
import { openClient } from './socket.ts'

const TRIP = { pickup: { latitude: 37.77, longitude: -122.42 }, dropoff: { latitude: 37.79, longitude: -122.41 } }
const PHOTO = { ref: 'photo-17', sha256: 'b'.repeat(64) }
const KEYS = `one:${Buffer.alloc(32, 1).toString('base64')}`

let node: TestNode
let customer: Caller
let driver: Caller

beforeAll(async () => {
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_PERSONAL_KEYS: KEYS })
  await workingDriver(node, 'drv_1')
  customer = await callerAs(node, 'customer', 'cus_1')
  driver = await callerAs(node, 'driver', 'drv_1')
})

afterAll(async () => {
  await node.stop()
})

interface Known {
  readonly path: string
  readonly pin: string
  readonly order: Body
}

async function ordered(proof: readonly string[]): Promise<Known> {
  const { status, body } = await customer.call('POST', '/v1/orders', { ...TRIP, vehicle_type: 'nobody_has_it', proof })
  expect(status).toBe(201)
  return { path: `/v1/orders/${body.order_id}`, pin: String((body.proof as Body).pin), order: body }
}

async function atTheDoor(...proof: string[]): Promise<Known> {
  const known = await ordered(proof)
  await node.call('POST', `${known.path}/assign`, { driver_id: 'drv_1' })
  for (const status of ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff']) {
    expect((await driver.call('POST', `${known.path}/status`, { status })).status).toBe(200)
  }
  return known
}

const deliver = ({ path }: Known, proof?: Body, by = driver) =>
  by.call('POST', `${path}/status`, { status: 'delivered', ...(proof === undefined ? {} : { proof }) })

test('the PIN is shown to the customer, the fleet and the tracking link; nowhere to the driver', async () => {
  const { path, pin, order } = await ordered(['pin'])
  expect(pin).toMatch(/^[0-9]{4}$/)
  expect(order.proof).toEqual({ required: ['pin'], pin, pin_tries_left: 5, given: null })
  const link = pathOf(String(order.tracking_url))
  expect((await node.call('GET', link, undefined, { authorization: '' })).body.pin).toBe(pin)
  expect((await node.call('GET', path)).body.proof).toMatchObject({ pin })

  const live = await openClient(node, '/v1/live', undefined, driver.token)
  const phone = await openClient(node, '/v1/stream?driver_id=drv_1', undefined, driver.token)
  await node.call('POST', `${path}/assign`, { driver_id: 'drv_1' })
  live.send({ type: 'subscribe', topics: [`order:${order.order_id}`] })
  const seen: unknown[] = [await live.nextOf('subscribed'), await phone.nextOf('assignment')]
  seen.push(
    (await driver.call('POST', `${path}/status`, { status: 'en_route_to_pickup' })).body,
    await live.nextOf('order'),
  )
  for (const read of [path, '/v1/orders', `${path}/events`]) seen.push((await driver.call('GET', read)).body)
  for (const each of seen) {
    expect(JSON.stringify(each)).not.toContain(`"${pin}"`)
    expect(JSON.stringify(each)).not.toContain('trk_')
  }
  live.close()
  phone.close()
  expect((await customer.call('GET', path)).body.proof).toMatchObject({ pin })
})

test('it is sealed in the record, also in what a repeated request is answered', async () => {
  const send = () =>
    customer.call(
      'POST',
      '/v1/orders',
      { ...TRIP, vehicle_type: 'nobody_has_it', proof: ['pin'] },
      { 'idempotency-key': 'k' },
    )
  const [first, again] = [await send(), await send()]
  expect(again.body).toEqual(first.body)
  const pin = String((first.body.proof as Body).pin)
  const sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
  try {
    const needle = `%"pin": "${pin}"%`
    expect([
      ...(await sql`
      select order_id from orders where state::text like ${needle}
      union all select actor_id from journal where data::text like ${needle}
      union all select key from idempotency_keys where response::text like ${needle}`),
    ]).toEqual([])
  } finally {
    await disconnect(sql)
  }
})

test('without it, or with a wrong one, the order is not delivered; with it, it is', async () => {
  const known = await atTheDoor('pin', 'photo')
  const missing = await deliver(known)
  expect([missing.status, missing.body.code, missing.body.missing]).toEqual([409, 'proof_required', ['pin', 'photo']])
  const wrongPin = known.pin === '0000' ? '0001' : '0000'
  const wrong = await deliver(known, { pin: wrongPin, photo: PHOTO })
  expect([wrong.status, wrong.body.code, wrong.body.tries_left]).toEqual([409, 'pin_wrong', 4])
  const right = await deliver(known, { pin: known.pin, photo: PHOTO })
  expect(right.body).toMatchObject({
    status: 'delivered',
    proof: { given: { pin: true, photo: PHOTO, signature: null, waived_because: null } },
  })
  expect((await deliver(known)).status).toBe(200)
  const { data } = (await node.call('GET', `${known.path}/events`)).body as { data: Body[] }
  expect(data.map(({ type }) => type)).toContain('pin_refused')
})

test('many guesses at once are no more than five, and then a dispatcher has to say why', async () => {
  const known = await atTheDoor('pin')
  const guesses = Array.from({ length: 40 }, (_, n) => String((Number(known.pin) + 1 + n) % 10_000).padStart(4, '0'))
  const answers = await Promise.all(guesses.map(pin => deliver(known, { pin })))
  const codes = answers.map(({ body }) => body.code)
  expect(codes.filter(code => code === 'pin_wrong')).toHaveLength(5)
  expect(codes.filter(code => code === 'pin_locked')).toHaveLength(35)
  expect((await deliver(known, { pin: known.pin })).body.code).toBe('pin_locked')
  expect((await deliver(known, { waived_because: 'trust me' })).status).toBe(403)
  const dispatcher = await callerAs(node, 'dispatcher', 'dis_1')
  const waived = await deliver(known, { waived_because: 'customer rang up' }, dispatcher)
  expect(waived.body).toMatchObject({
    status: 'delivered',
    proof: { given: { pin: false, waived_because: 'customer rang up' } },
  })
})

test.each([
  [{ proof: ['fingerprint'] }, '/proof/0'],
  [{ proof: ['pin', 'pin'] }, '/proof'],
])('an order with %j is 422 and names %s', async (more, path) => {
  const { status, body } = await customer.call('POST', '/v1/orders', { ...TRIP, ...more })
  expect([status, (body.errors as { path: string }[])[0]?.path]).toEqual([422, path])
})

test('a proof of anything but the delivery is refused by name', async () => {
  const { path } = await ordered(['pin'])
  const { status, body } = await node.call('POST', `${path}/status`, { status: 'at_pickup', proof: { pin: '1' } })
  expect([status, (body.errors as { path: string }[])[0]?.path]).toEqual([422, '/proof'])
})

test.each([
  [{ photo: { ref: 'x', sha256: 'no' } }, '/proof/photo/sha256'],
  [{ photo: { ref: '', sha256: 'a'.repeat(64) } }, '/proof/photo/ref'],
  [{ pin: 'abcd' }, '/proof/pin'],
])('a proof of %j is 422 and names %s', async (proof, path) => {
  const { status, body } = await deliver(await ordered(['pin']), proof, caller(node, node.key))
  expect([status, (body.errors as { path: string }[])[0]?.path]).toEqual([422, path])
})
