/** What admins and dispatchers did, as the audit log has it. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { until } from '../support/until.ts'
import { assignedOrder, type Caller, callerAs, TOKEN_ENV, workingDriver } from './callers.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'

let node: TestNode
let dispatcher: Caller

beforeAll(async () => {
  node = await startTestNode({ ...TOKEN_ENV, WAGGLE_PROXIES: '1' })
  dispatcher = await callerAs(node, 'dispatcher', 'dana')
  await workingDriver(node, 'drv_1')
})

afterAll(async () => {
  await node.stop()
})

async function acts(query: string): Promise<Body[]> {
  return (await node.call('GET', `/v1/audit-log${query}`)).body.data as Body[]
}

async function settled(query: string): Promise<Body[]> {
  await until(async () => (await acts(query)).every(({ status }) => status !== null), 'the outcomes are written')
  return acts(query)
}

test('an act says who, what, on what, from where, when and how it ended', async () => {
  const { orderId } = await assignedOrder(node, 'cus_1', 'drv_1')
  const from = { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' }
  await dispatcher.call('POST', `/v1/orders/${orderId}/unassign`, { reason: 'flat tyre' }, from)
  await dispatcher.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: 'drv_none' }, from)

  const [assign, unassign] = await settled('?actor_id=dana')
  const by = { actor: { role: 'dispatcher', id: 'dana', key_id: null }, target: orderId, address: '203.0.113.9' }
  expect(unassign).toMatchObject({ ...by, action: 'order.unassign', status: 200 })
  expect(assign).toMatchObject({ ...by, action: 'order.assign', status: 404, detail: { driver_id: 'drv_none' } })
  expect(String(assign?.at) >= String(unassign?.at)).toBe(true)
})

test('what was made is named, with its particulars and without its secret', async () => {
  const key = { name: 'for the log', role: 'driver', sub: 'drv_1', scopes: ['positions:write'] }
  const { body } = await node.call('POST', '/v1/keys', key)
  const maker = await node.call('POST', '/v1/keys', { name: 'maker', role: 'admin' })
  const byKey = { authorization: `Bearer ${maker.body.secret}` }
  await node.call('DELETE', `/v1/keys/${body.key_id}`, undefined, byKey)
  const [revoked, made] = await settled(`?target=${body.key_id}`)
  expect(made).toMatchObject({ action: 'key.create', status: 201, detail: key })
  expect(revoked).toMatchObject({ action: 'key.revoke', actor: { role: 'admin', key_id: maker.body.key_id } })
  expect(JSON.stringify(await acts('?limit=500'))).not.toContain(String(body.secret).slice(25))
})

test('of what a driver is called the log keeps that it was changed, not to what', async () => {
  await dispatcher.call('PATCH', '/v1/drivers/drv_1', { name: 'Somebody Private', phone: '+1 555 0100' })
  const [act] = await settled('?action=driver.update')
  expect(act).toMatchObject({ target: 'drv_1', detail: { fields: ['name', 'phone'] } })
  expect(JSON.stringify(act)).not.toContain('Private')
})

test('who takes a driver off duty is written down', async () => {
  await dispatcher.call('PUT', '/v1/drivers/drv_1/availability', { status: 'paused' })
  const [act] = await settled('?action=driver.availability')
  expect(act).toMatchObject({ actor: { id: 'dana' }, target: 'drv_1', status: 200, detail: { status: 'paused' } })
  await dispatcher.call('PUT', '/v1/drivers/drv_1/availability', { status: 'available' })
})

test('a path that can be no id fails neither its own request otherwise than it should, nor anybody else’s', async () => {
  const bad = ['a%00b', 'x'.repeat(9_000), '%F0%9F%90%9D'].map(id =>
    dispatcher.call('PATCH', `/v1/drivers/${id}`, { name: 'A' }),
  )
  const good = Array.from({ length: 20 }, () => dispatcher.call('PATCH', '/v1/drivers/drv_1', { name: 'B' }))
  const statuses = async (calls: readonly Promise<{ status: number }>[]) =>
    (await Promise.all(calls)).map(({ status }) => status)
  for (const status of await statuses(bad)) expect(status).toBeWithin(400, 500)
  expect(await statuses(good)).toEqual(Array(20).fill(200))
})

test('what drivers, customers and servers do is in the events of their objects instead', async () => {
  const { orderId } = await assignedOrder(node, 'cus_1', 'drv_1')
  const customer = await callerAs(node, 'customer', 'cus_1')
  expect((await customer.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'x' })).status).toBe(200)
  expect(await acts(`?target=${orderId}&action=order.cancel`)).toEqual([])
})

test('it is filtered and paged, newest first', async () => {
  const all = await acts('?limit=500')
  expect(all.length).toBeGreaterThan(5)
  const seen: Body[] = []
  let cursor: unknown = null
  do {
    const { body } = await node.call('GET', `/v1/audit-log?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`)
    seen.push(...(body.data as Body[]))
    cursor = body.next_cursor
  } while (cursor !== null)
  expect(seen.map(({ act_id }) => act_id)).toEqual(all.map(({ act_id }) => act_id))
  const ids = seen.map(({ act_id }) => String(act_id))
  expect(ids).toEqual([...ids].sort().reverse())

  expect(new Set((await acts('?actor_role=dispatcher')).map(({ actor }) => (actor as Body).id))).toEqual(
    new Set(['dana']),
  )
  const middle = String(all[2]?.at)
  expect((await acts(`?after=${middle}`)).every(({ at }) => String(at) > middle)).toBe(true)
  expect((await acts(`?before=${middle}`)).every(({ at }) => String(at) < middle)).toBe(true)
  expect((await node.call('GET', '/v1/audit-log?cursor=x')).status).toBe(422)
})
