/** Who calls, and what they may do; and what could not be stored. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ACCESS } from '../../src/http/access/table.ts'
import { bury } from '../../src/store/dead-letters.ts'
import { connect } from '../../src/store/postgres.ts'
import { type Caller, caller, callerAs, TOKEN_ENV } from './callers.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'

let node: TestNode

beforeAll(async () => {
  node = await startTestNode(TOKEN_ENV)
})

afterAll(async () => {
  await node.stop()
})

async function me(as: Caller): Promise<Body & { readonly may: string[] }> {
  const { status, body } = await as.call('GET', '/v1/me')
  expect(status).toBe(200)
  return body as Body & { may: string[] }
}

test('an admin may do everything but what is for test keys', async () => {
  const { role, mode, scopes, may } = await me(await callerAs(node, 'admin', 'ada'))
  expect([role, mode, scopes]).toEqual(['admin', 'live', null])
  expect(may).toEqual([...ACCESS].filter(([, rule]) => rule.modes !== 'test').map(([name]) => name))
})

test('a dispatcher may look at zones and not draw them, and sees no keys', async () => {
  const { id, may } = await me(await callerAs(node, 'dispatcher', 'dis_1'))
  expect(id).toBe('dis_1')
  expect(may).toContain('GET /v1/zones')
  for (const name of ['POST /v1/zones', 'GET /v1/keys', 'GET /v1/audit-log', 'POST /v1/pricing/rulesets/preview']) {
    expect(may).not.toContain(name)
  }
})

test('a key that is narrowed may do what its scopes say, and what none is needed for', async () => {
  const made = await node.call('POST', '/v1/keys', { name: 'Map', role: 'dispatcher', scopes: ['zones:read'] })
  const { key_id, scopes, may } = await me(caller(node, String(made.body.secret)))
  expect([key_id, scopes]).toEqual([made.body.key_id, ['zones:read']])
  expect(may.sort()).toEqual(['GET /v1/me', 'GET /v1/zones', 'GET /v1/zones/{zone_id}', 'WS /v1/live'])
})

test('a test key may make virtual couriers, and no vehicles', async () => {
  const made = await node.call('POST', '/v1/keys', { name: 'Trial', role: 'admin', mode: 'test' })
  const { mode, may } = await me(caller(node, String(made.body.secret)))
  expect(mode).toBe('test')
  expect(may).toContain('POST /v1/test/drivers')
  expect(may).not.toContain('POST /v1/vehicles')
})

test('what could not be stored is listed with its reason, the newest first, page by page', async () => {
  const sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
  for (const reason of ['first', 'second', 'third']) await bury(sql, 'positions', [{ reason, payload: { at: reason } }])
  await bury(sql, 'elsewhere', [{ reason: 'other', payload: {} }])
  await sql.end({ timeout: 5 })
  const page = async (query: string) => (await node.call('GET', `/v1/dead-letters?source=positions${query}`)).body
  const first = await page('&limit=2')
  expect((first.data as Body[]).map(({ reason }) => reason)).toEqual(['third', 'second'])
  const second = await page(`&limit=2&cursor=${first.next_cursor}`)
  expect(second).toMatchObject({ data: [{ source: 'positions', reason: 'first', payload: { at: 'first' } }] })
  expect(second.next_cursor).toBeNull()
  expect((await node.call('GET', '/v1/dead-letters?cursor=x')).status).toBe(422)
})
