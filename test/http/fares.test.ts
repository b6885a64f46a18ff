/** Fares on a whole node, and what is found when they are computed again. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { recomputeAll, recomputeOrder } from '../../src/store/recompute-order.ts'
import { until } from '../support/until.ts'
import type { Body } from './node.ts'
import { BERLIN, metropolis, PLAIN, type PricingRig, priceCell, startPricing } from './pricing-rig.ts'

let rig: PricingRig

beforeAll(async () => {
  rig = await startPricing()
  await rig.create({
    ...PLAIN,
    version: 'berlin',
    waiting: { free_s: 0, per_minute_minor: 60_000, maximum_minor: 500 },
    cancellation: {
      free_s: 0,
      charged_roles: ['admin'],
      by_stage: { at_pickup: { fee_minor: 150, share_permille: 100 } },
    },
    cells: [metropolis(BERLIN)],
  })
})

afterAll(() => rig.stop())

async function drive(orderId: string, statuses: readonly string[]): Promise<Body> {
  let last: Body = {}
  for (const status of statuses) {
    const { status: code, body } = await rig.node.call('POST', `/v1/orders/${orderId}/status`, { status })
    expect([code, body.status]).toEqual([200, status])
    last = body
  }
  return last
}

async function assignedOrder(driverId: string): Promise<{ orderId: string; quoted: number }> {
  await rig.node.call('POST', '/v1/drivers', { driver_id: driverId })
  await rig.node.call('POST', `/v1/drivers/${driverId}/location`, BERLIN)
  const { quote_id, amount } = await rig.quote(BERLIN)
  const order = (await rig.node.call('POST', '/v1/orders', { quote_id })).body
  const orderId = String(order.order_id)
  await rig.node.call('PUT', `/v1/drivers/${driverId}/availability`, { status: 'paused' })
  await until(async () => {
    const { status } = await rig.node.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: driverId })
    return status === 200
  }, 'the driver has the order')
  return { orderId, quoted: Number(amount) }
}

function recompute(...args: string[]) {
  const script = `${import.meta.dir}/../../src/store/recompute-price.ts`
  return Bun.spawnSync([process.execPath, script, ...args, '--postgres-url', rig.node.postgresUrl])
}

test('a fare is the quote plus itemised waiting, and is computed again from what is recorded', async () => {
  const { orderId, quoted } = await assignedOrder('wait_1')
  await drive(orderId, ['en_route_to_pickup', 'at_pickup'])
  await Bun.sleep(1_100)
  const done = await drive(orderId, ['en_route_to_dropoff', 'delivered'])
  const price = done.price as { amount: number; quoted_amount: number; breakdown: { code: string; amount: number }[] }
  expect(price.quoted_amount).toBe(quoted)
  expect(price.breakdown.at(-1)).toMatchObject({ code: 'waiting', amount: 500 })
  expect(price.amount).toBe(quoted + 500)
  expect(price.breakdown.reduce((sum, line) => sum + line.amount, 0)).toBe(price.amount)
  const { body: events } = await rig.node.call('GET', `/v1/orders/${orderId}/events`)
  expect((events.data as Body[]).filter(event => event.type === 'adjusted')).toMatchObject([
    { lines: [{ amount: 500 }] },
  ])
  expect(await recomputeOrder(rig.sql, orderId)).toMatchObject({
    ruleset_version: 'berlin',
    quoted: { stored: quoted, computed: quoted },
    fare: { stored: quoted + 500, computed: quoted + 500 },
    differences: [],
  })
})

test('the fare of a trip cancelled at the pickup is its fee', async () => {
  const { orderId, quoted } = await assignedOrder('cancel_1')
  await drive(orderId, ['en_route_to_pickup', 'at_pickup'])
  const { body } = await rig.node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'no need' })
  expect((body.price as Body).amount).toBe(150 + Math.round(quoted / 10))
  expect((await recomputeOrder(rig.sql, orderId))?.differences).toEqual([])
})

describe('a fare with surge', () => {
  const HERE = { latitude: 43.3, longitude: 5.4 }
  const area = metropolis(HERE)
  let orderId = ''
  let quoteId = ''
  let round = 0

  beforeAll(async () => {
    await rig.create({
      ...PLAIN,
      version: 'marseille',
      surge: { round_s: 1, window_s: 60, smoothing_permille: 1_000, slope_permille: 1_000 },
      cells: [area],
    })
    for (let n = 0; n < 12; n++) {
      await rig.node.call('POST', '/v1/quotes', {
        pickup: HERE,
        dropoff: { latitude: HERE.latitude + 0.02 * (n + 1), longitude: HERE.longitude },
      })
    }
    let quoted: Body = {}
    await until(async () => {
      quoted = await rig.quote(HERE)
      return Number((quoted.surge as Body).multiplier) >= 1.1
    }, 'the price has risen')
    quoteId = String(quoted.quote_id)
    round = Number((quoted.surge as Body).round)
    orderId = String((await rig.node.call('POST', '/v1/orders', { quote_id: quoteId })).body.order_id)
  })

  /** Changes the record for a moment. */
  async function tampered(statement: string, undo: string) {
    await rig.sql.unsafe(statement)
    const found = await recomputeOrder(rig.sql, orderId)
    await rig.sql.unsafe(undo)
    expect((await recomputeOrder(rig.sql, orderId))?.differences).toEqual([])
    return found
  }

  test('has the multiplier of the round that it names, and that follows from what is stored with it', async () => {
    const found = await recomputeOrder(rig.sql, orderId)
    expect(found?.differences).toEqual([])
    const charged = found?.surge?.charged.stored ?? 0
    expect(charged).toBeGreaterThanOrEqual(1_100)
    const same = { stored: charged, computed: charged }
    expect(found?.surge).toEqual({ cell: priceCell(HERE), round, charged: same, in_round: same, unknown: null })
  })

  test('whose round was made dearer is found: against the order, and against what the round was computed from', async () => {
    const row = `area = '${area}' and round = ${round}`
    await rig.sql.unsafe(`create table kept as select * from price_rounds where ${row}`)
    const found = await tampered(
      `update price_rounds set cells = (select jsonb_agg(jsonb_set(c, '{1}', '1900')) from jsonb_array_elements(cells) as c) where ${row}`,
      `update price_rounds set cells = kept.cells from kept where price_rounds.area = kept.area and price_rounds.round = kept.round`,
    )
    const charged = found?.surge?.charged.stored ?? 0
    expect(found?.differences).toEqual([
      { what: `multiplier, against round ${round}`, stored: charged, computed: 1_900 },
      { what: `round ${round}, multiplier of ${priceCell(HERE)}`, stored: 1_900, computed: charged },
    ])
  })

  test('whose round counted other people than it was computed from is found', async () => {
    const found = await tampered(
      `update price_rounds set cells = (select jsonb_agg(jsonb_set(c, '{3}', '0')) from jsonb_array_elements(cells) as c) where area = '${area}' and round = ${round}`,
      `update price_rounds set cells = kept.cells from kept where price_rounds.area = kept.area and price_rounds.round = kept.round`,
    )
    expect(found?.differences.map(({ what }) => what)).toContain(`round ${round}, smoothed of ${priceCell(HERE)}`)
  })

  test('that was charged another multiplier, with amounts that fit it, is found', async () => {
    const found = await tampered(
      `create table kept_order as select order_id, terms from order_terms where order_id = '${orderId}';
       update order_terms set terms = jsonb_set(terms, '{pricing,inputs,surgePermille}', '1700') where order_id = '${orderId}'`,
      `update order_terms t set terms = kept_order.terms from kept_order where t.order_id = kept_order.order_id`,
    )
    expect(found?.differences).toContainEqual({
      what: `multiplier, against round ${round}`,
      stored: 1_700,
      computed: found?.surge?.charged.computed,
    })
  })

  test.each([
    ['{priced,fare,amount}', '1', `quote ID`],
    ['{priced,inputs,surgePermille}', '1000', `quote ID: inputs`],
    ['{priced,surge,round}', '1', `quote ID: surge`],
    ['{priced,rulesetVersion}', '"1"', `quote ID: ruleset`],
  ])('whose quote was changed (%s) is found', async (path, value, what) => {
    const [kept] = await rig.sql<{ body: string }[]>`select body::text as body from quotes where quote_id = ${quoteId}`
    const found = await tampered(
      `update quotes set body = jsonb_set(body, '${path}', '${value}') where quote_id = '${quoteId}'`,
      `update quotes set body = '${kept?.body.replaceAll("'", "''")}' where quote_id = '${quoteId}'`,
    )
    expect(found?.differences.map(difference => difference.what)).toEqual([what.replace('ID', quoteId)])
  })

  test('whose round is forgotten is not accused, nor said to be right: the report and the command say what was not told', async () => {
    const unknown = `round ${round} is not stored any more`
    await rig.sql`delete from price_rounds where area = ${area} and round = ${round}`
    const found = await recomputeOrder(rig.sql, orderId)
    const report = await recomputeAll(rig.sql)
    const said = recompute('--order', orderId)
    const saidOfAll = recompute('--all')
    await rig.sql`insert into price_rounds select * from kept`
    expect(found).toMatchObject({ differences: [], unknown, surge: { charged: { computed: null }, unknown } })
    expect(report).toMatchObject({ differing: 0, unknown: 1 })
    expect([said.exitCode, saidOfAll.exitCode]).toEqual([2, 2])
    expect(said.stdout.toString()).toContain(`not told: ${unknown}`)
    expect(said.stdout.toString()).not.toContain('every stored amount is as computed')
    expect(saidOfAll.stdout.toString()).toContain('1 not told')
    expect(recompute('--order', orderId).exitCode).toBe(0)
  })
})

test('a fare that somebody has changed in the record is found, and the command says so', async () => {
  const { orderId, quoted } = await assignedOrder('cheat_1')
  const well = recompute('--order', orderId)
  expect([well.exitCode, well.stdout.toString()]).toMatchObject([0, expect.stringContaining('as computed')])

  await rig.sql`update order_terms set terms = jsonb_set(terms, '{price,amount}', ${quoted + 1}::text::jsonb) where order_id = ${orderId}`
  const ill = recompute('--order', orderId, '--json')
  expect(ill.exitCode).toBe(1)
  expect(JSON.parse(ill.stdout.toString()).differences).toMatchObject([
    { what: 'amount', stored: quoted + 1, computed: quoted },
    { what: expect.stringContaining('quote'), stored: quoted + 1, computed: quoted },
  ])
  const report = await recomputeAll(rig.sql)
  expect(report).toMatchObject({ differing: 1, examples: [{ order_id: orderId }] })
  expect(report.orders).toBeGreaterThan(2)
  expect(recompute('--order', 'ord_0000000000000000000000').exitCode).toBe(2)
  expect(recompute().exitCode).toBe(2)
  expect(recompute('--help')).toMatchObject({ exitCode: 0 })
  expect(recompute('--help').stdout.toString()).toContain('--order')
})
