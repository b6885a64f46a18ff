/** Price lists, surge and fares on a whole node. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cellAt, MATCHING_RES, PRICE_RES } from '../../src/domain/h3.ts'
import { connect, type Sql } from '../../src/store/postgres.ts'
import { recomputeAll, recomputeOrder } from '../../src/store/recompute-order.ts'
import { until } from '../support/until.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'
import { openClient } from './socket.ts'

/** Cities far from each other: what one test makes of its prices is not seen by the others. */
const BERLIN = { latitude: 52.52, longitude: 13.405 }
const LYON = { latitude: 45.76, longitude: 4.84 }
const OSLO = { latitude: 59.91, longitude: 10.75 }
const near = (place: typeof BERLIN) => ({ latitude: place.latitude + 0.02, longitude: place.longitude + 0.01 })
const metropolis = (place: typeof BERLIN) => cellAt(place, MATCHING_RES)
const priceCell = (place: typeof BERLIN) => cellAt(place, PRICE_RES)

const PLAIN = {
  version: 'plain',
  currency: 'EUR',
  base_minor: 300,
  per_km_minor: 150,
  per_minute_minor: 30,
  minimum_minor: 700,
  round_to_minor: 10,
}

let node: TestNode
let sql: Sql

beforeAll(async () => {
  node = await startTestNode()
  sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
})

afterAll(async () => {
  await sql.end({ timeout: 5 })
  await node.stop()
})

const create = (body: Body, headers: Record<string, string> = {}) =>
  node.call('POST', '/v1/pricing/rulesets', body, headers)
const quote = async (place: typeof BERLIN, more: Body = {}) =>
  (await node.call('POST', '/v1/quotes', { pickup: place, dropoff: near(place), ...more })).body
const pathsOf = (body: Body) => (body.errors as { path: string }[]).map(({ path }) => path)

describe('rulesets', () => {
  test('the first one is there, and can be read', async () => {
    const { status, body } = await node.call('GET', '/v1/pricing/rulesets/1')
    expect([status, body]).toMatchObject([
      200,
      { version: '1', currency: 'USD', base_minor: 250, cells: null, surge: null },
    ])
    expect((await node.call('GET', '/v1/pricing/rulesets/none')).status).toBe(404)
  })

  test('one is made once, listed, and read as it was made', async () => {
    const rules = {
      ...PLAIN,
      version: 'berlin-1',
      maximum_minor: 50_000,
      by_vehicle_type: { van: 1_500 },
      time_zone: 'Europe/Berlin',
      time_bands: [{ label: 'Night', days: [5, 6], from: '22:00', to: '06:00', factor_permille: 1_200 }],
      surge: { cap_permille: 1_500 },
      waiting: { free_s: 120, per_minute_minor: 40, maximum_minor: 2_000 },
      cancellation: {
        free_s: 60,
        charged_roles: ['customer', 'admin'],
        by_stage: { at_pickup: { fee_minor: 300, share_permille: 100 } },
      },
      valid_from: '2026-01-01T00:00:00.000Z',
      valid_to: '2100-01-01T00:00:00.000Z',
      cells: [metropolis({ latitude: -33.87, longitude: 151.21 })],
    }
    const made = await create(rules)
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ ...rules, surge: { cap_permille: 1_500, step_permille: 150, round_s: 60 } })
    expect((await node.call('GET', '/v1/pricing/rulesets/berlin-1')).body).toEqual(made.body)
    const again = await create(rules)
    expect([again.status, again.body.code]).toEqual([409, 'already_exists'])
    const page = await node.call('GET', '/v1/pricing/rulesets?limit=1')
    const rest = await node.call('GET', `/v1/pricing/rulesets?cursor=${page.body.next_cursor}`)
    expect([...(page.body.data as Body[]), ...(rest.body.data as Body[])].map(({ version }) => version)).toEqual([
      'berlin-1',
      '1',
    ])
  })

  test('a repeat under its key gets the first answer, and another body under it is refused', async () => {
    const body = { ...PLAIN, version: 'keyed', cells: [metropolis({ latitude: 35.68, longitude: 139.69 })] }
    const sent = await Promise.all([1, 2, 3].map(() => create(body, { 'idempotency-key': 'rules-1' })))
    for (const { status } of sent) expect([201, 409]).toContain(status)
    const repeated = await create(body, { 'idempotency-key': 'rules-1' })
    expect([repeated.status, repeated.body.version]).toEqual([201, 'keyed'])
    const other = await create({ ...body, base_minor: 1 }, { 'idempotency-key': 'rules-1' })
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch'])
  })

  test.each<[string, Body]>([
    ['/base_minor', { base_minor: -1 }],
    ['/base_minor', { base_minor: 1.5 }],
    ['/currency', { currency: 'euro' }],
    ['/version', { version: 'a b' }],
    ['/maximum_minor', { maximum_minor: 100 }],
    ['/time_zone', { time_zone: 'Europe/Atlantis' }],
    [
      '/time_bands/0/from',
      { time_zone: 'UTC', time_bands: [{ label: 'x', days: [1], from: '24:00', to: '01:00', factor_permille: 1 }] },
    ],
    ['/surge/step_permille', { surge: { step_permille: 100 } }],
    ['/surge/speed', { surge: { speed: 1 } }],
    ['/cells/0', { cells: [priceCell(BERLIN)] }],
    ['/valid_to', { valid_from: '2026-02-01T00:00:00Z', valid_to: '2026-01-01T00:00:00Z' }],
  ])('a wrong %s is named', async (path, change) => {
    const { status, body } = await create({ ...PLAIN, version: 'wrong', ...change })
    expect([status, body.code]).toEqual([422, 'invalid'])
    expect(pathsOf(body)).toContain(path)
  })

  test('a new one prices the next quote of its city, by the local time for which it is booked, and nobody else’s', async () => {
    await create({
      ...PLAIN,
      version: 'oslo',
      time_zone: 'Europe/Oslo',
      time_bands: [
        { label: 'Morning', days: [1, 2, 3, 4, 5, 6, 7], from: '05:00', to: '06:00', factor_permille: 2_000 },
      ],
      cells: [metropolis(OSLO)],
    })
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
    // Summer or winter, one of these is between five and six o'clock in Oslo, and one is not.
    const [four, six] = [
      await quote(OSLO, { scheduled_at: `${tomorrow}T03:30:00+00:00` }),
      await quote(OSLO, { scheduled_at: `${tomorrow}T06:30:00+00:00` }),
    ]
    const early = await quote(OSLO, { scheduled_at: `${tomorrow}T04:30:00+00:00` })
    const codes = [four, early, six].map(q =>
      (q.breakdown as { code: string }[]).map(line => line.code).includes('time_of_day'),
    )
    expect(codes.filter(Boolean).length).toBe(1)
    expect(codes[2]).toBe(false)
    expect(early).toMatchObject({
      scheduled_at: `${tomorrow}T04:30:00.000Z`,
      surge: { multiplier: 1, rule: 'none_in_ruleset' },
    })
    expect([four, early, six].map(q => [q.currency, q.ruleset_version])).toEqual(Array(3).fill(['EUR', 'oslo']))
    expect((await quote({ latitude: 48.86, longitude: 2.35 })).ruleset_version).toBe('1')
  })
})

describe('surge', () => {
  const surgeAt = async (place: typeof BERLIN) => {
    const { body } = await node.call('GET', `/v1/surge?cells=${priceCell(place)}`)
    return (body.cells as { multiplier: number; demand: number; supply: number }[])[0]
  }

  test('of a cell where nobody asks is 1', async () => {
    const cell = priceCell({ latitude: 1, longitude: 1 })
    const { status, body } = await node.call('GET', `/v1/surge?cells=${cell}`)
    expect([status, body]).toEqual([
      200,
      { round: 0, cells: [{ cell, multiplier: 1, demand: 0, supply: 0, round: 0 }] },
    ])
  })

  test.each([
    ['', '/cells'],
    ['?cells=', '/cells'],
    ['?cells=abc', '/cells/0'],
    [`?cells=${priceCell(BERLIN)},${metropolis(BERLIN)}`, '/cells/1'],
    [`?cells=${Array(201).fill(priceCell(BERLIN)).join(',')}`, '/cells'],
  ])('of %p is refused', async (query, path) => {
    const { status, body } = await node.call('GET', `/v1/surge${query}`)
    expect([status, pathsOf(body)[0]]).toEqual([422, path])
  })

  test('rises with the people who ask, is watched, and a quote from before holds', async () => {
    await create({
      ...PLAIN,
      version: 'lyon',
      surge: { round_s: 1, window_s: 60, smoothing_permille: 1_000, slope_permille: 1_000 },
      cells: [metropolis(LYON)],
    })
    const watcher = await openClient(node, '/v1/live')
    const topic = `cell:${priceCell(LYON)}`
    watcher.send({ type: 'subscribe', topics: [topic] })
    const before = await quote(LYON)
    expect(before.surge).toMatchObject({ multiplier: 1, cell: priceCell(LYON) })
    for (let n = 0; n < 12; n++) {
      const dropoff = { latitude: LYON.latitude + 0.02 * (n + 1), longitude: LYON.longitude }
      expect((await node.call('POST', '/v1/quotes', { pickup: LYON, dropoff })).status).toBe(201)
    }
    await until(async () => ((await surgeAt(LYON))?.multiplier ?? 0) >= 1.1, 'the price has risen')
    expect(await surgeAt(LYON)).toMatchObject({ demand: 13, supply: 0 })
    const after = await quote(LYON)
    const { multiplier, round } = after.surge as { multiplier: number; round: number }
    expect(multiplier).toBeGreaterThan(1)
    expect(round).toBeGreaterThan(0)
    expect(Number(after.amount)).toBeGreaterThan(Number(before.amount))

    const booked = await node.call('POST', '/v1/orders', { quote_id: before.quote_id })
    expect((booked.body.price as Body).amount).toBe(before.amount)
    const watched = await watcher.nextOf('surge')
    expect(watched).toMatchObject({ topic, data: { cell: priceCell(LYON), multiplier: 1.05 } })
    expect(await watcher.nextOf('subscribed')).toMatchObject({
      snapshot: { surge: { cell: priceCell(LYON), multiplier: 1 } },
    })
    await watcher.close()

    const stored = await sql<{ rounds: number }[]>`
      select count(*)::int as rounds from price_rounds where area = ${metropolis(LYON)} and round = ${round}::bigint`
    expect(stored[0]?.rounds).toBe(1)
  })

  test('an emergency cap counts for the next quote', async () => {
    expect((await surgeAt(LYON))?.multiplier).toBeGreaterThan(1)
    await create({
      ...PLAIN,
      version: 'lyon-calm',
      surge: { emergency_cap_permille: 1_000 },
      cells: [metropolis(LYON)],
    })
    expect((await quote(LYON)).surge).toMatchObject({ multiplier: 1 })
    expect((await surgeAt(LYON))?.multiplier).toBe(1)
  })
})

describe('a fare', () => {
  async function drive(orderId: string, statuses: readonly string[]): Promise<Body> {
    let last: Body = {}
    for (const status of statuses) {
      const { status: code, body } = await node.call('POST', `/v1/orders/${orderId}/status`, { status })
      expect([code, body.status]).toEqual([200, status])
      last = body
    }
    return last
  }

  async function assignedOrder(driverId: string): Promise<{ orderId: string; quoted: number }> {
    await node.call('POST', '/v1/drivers', { driver_id: driverId })
    await node.call('POST', `/v1/drivers/${driverId}/location`, BERLIN)
    const { quote_id, amount } = await quote(BERLIN)
    const order = (await node.call('POST', '/v1/orders', { quote_id })).body
    const orderId = String(order.order_id)
    await node.call('PUT', `/v1/drivers/${driverId}/availability`, { status: 'paused' })
    await until(async () => {
      const { status } = await node.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: driverId })
      return status === 200
    }, 'the driver has the order')
    return { orderId, quoted: Number(amount) }
  }

  beforeAll(async () => {
    await create({
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

  const recompute = (...args: string[]) => {
    const script = `${import.meta.dir}/../../src/store/recompute-price.ts`
    return Bun.spawnSync([process.execPath, script, ...args, '--postgres-url', node.postgresUrl])
  }

  test('is the quote plus itemised waiting, and is computed again from what is recorded', async () => {
    const { orderId, quoted } = await assignedOrder('wait_1')
    await drive(orderId, ['en_route_to_pickup', 'at_pickup'])
    await Bun.sleep(1_100)
    const done = await drive(orderId, ['en_route_to_dropoff', 'delivered'])
    const price = done.price as { amount: number; quoted_amount: number; breakdown: { code: string; amount: number }[] }
    expect(price.quoted_amount).toBe(quoted)
    expect(price.breakdown.at(-1)).toMatchObject({ code: 'waiting', amount: 500 })
    expect(price.amount).toBe(quoted + 500)
    expect(price.breakdown.reduce((sum, line) => sum + line.amount, 0)).toBe(price.amount)
    const { body: events } = await node.call('GET', `/v1/orders/${orderId}/events`)
    expect((events.data as Body[]).filter(event => event.type === 'adjusted')).toMatchObject([
      { lines: [{ amount: 500 }] },
    ])
    expect(await recomputeOrder(sql, orderId)).toMatchObject({
      ruleset_version: 'berlin',
      quoted: { stored: quoted, computed: quoted },
      fare: { stored: quoted + 500, computed: quoted + 500 },
      differences: [],
    })
  })

  test('of a trip cancelled at the pickup is its fee', async () => {
    const { orderId, quoted } = await assignedOrder('cancel_1')
    await drive(orderId, ['en_route_to_pickup', 'at_pickup'])
    const { body } = await node.call('POST', `/v1/orders/${orderId}/cancel`, { reason: 'no need' })
    expect((body.price as Body).amount).toBe(150 + Math.round(quoted / 10))
    expect((await recomputeOrder(sql, orderId))?.differences).toEqual([])
  })

  describe('with surge', () => {
    const HERE = { latitude: 43.3, longitude: 5.4 }
    const area = metropolis(HERE)
    let orderId = ''
    let quoteId = ''
    let round = 0

    beforeAll(async () => {
      await create({
        ...PLAIN,
        version: 'marseille',
        surge: { round_s: 1, window_s: 60, smoothing_permille: 1_000, slope_permille: 1_000 },
        cells: [area],
      })
      for (let n = 0; n < 12; n++) {
        await node.call('POST', '/v1/quotes', {
          pickup: HERE,
          dropoff: { latitude: HERE.latitude + 0.02 * (n + 1), longitude: HERE.longitude },
        })
      }
      let quoted: Body = {}
      await until(async () => {
        quoted = await quote(HERE)
        return Number((quoted.surge as Body).multiplier) >= 1.1
      }, 'the price has risen')
      quoteId = String(quoted.quote_id)
      round = Number((quoted.surge as Body).round)
      orderId = String((await node.call('POST', '/v1/orders', { quote_id: quoteId })).body.order_id)
    })

    /** Changes the record for a moment. */
    async function tampered(statement: string, undo: string) {
      await sql.unsafe(statement)
      const found = await recomputeOrder(sql, orderId)
      await sql.unsafe(undo)
      expect((await recomputeOrder(sql, orderId))?.differences).toEqual([])
      return found
    }

    test('has the multiplier of the round that it names, and that follows from what is stored with it', async () => {
      const found = await recomputeOrder(sql, orderId)
      expect(found?.differences).toEqual([])
      const charged = found?.surge?.charged.stored ?? 0
      expect(charged).toBeGreaterThanOrEqual(1_100)
      const same = { stored: charged, computed: charged }
      expect(found?.surge).toEqual({ cell: priceCell(HERE), round, charged: same, in_round: same, unknown: null })
    })

    test('whose round was made dearer is found: against the order, and against what the round was computed from', async () => {
      const row = `area = '${area}' and round = ${round}`
      await sql.unsafe(`create table kept as select * from price_rounds where ${row}`)
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
      const [kept] = await sql<{ body: string }[]>`select body::text as body from quotes where quote_id = ${quoteId}`
      const found = await tampered(
        `update quotes set body = jsonb_set(body, '${path}', '${value}') where quote_id = '${quoteId}'`,
        `update quotes set body = '${kept?.body.replaceAll("'", "''")}' where quote_id = '${quoteId}'`,
      )
      expect(found?.differences.map(difference => difference.what)).toEqual([what.replace('ID', quoteId)])
    })

    test('whose round is forgotten is not accused, nor said to be right: the report and the command say what was not told', async () => {
      const unknown = `round ${round} is not stored any more`
      await sql`delete from price_rounds where area = ${area} and round = ${round}`
      const found = await recomputeOrder(sql, orderId)
      const report = await recomputeAll(sql)
      const said = recompute('--order', orderId)
      const saidOfAll = recompute('--all')
      await sql`insert into price_rounds select * from kept`
      expect(found).toMatchObject({ differences: [], unknown, surge: { charged: { computed: null }, unknown } })
      expect(report).toMatchObject({ differing: 0, unknown: 1 })
      expect([said.exitCode, saidOfAll.exitCode]).toEqual([2, 2])
      expect(said.stdout.toString()).toContain(`not told: ${unknown}`)
      expect(said.stdout.toString()).not.toContain('every stored amount is as computed')
      expect(saidOfAll.stdout.toString()).toContain('1 not told')
      expect(recompute('--order', orderId).exitCode).toBe(0)
    })
  })

  test('that somebody has changed in the record is found, and the command says so', async () => {
    const { orderId, quoted } = await assignedOrder('cheat_1')
    const well = recompute('--order', orderId)
    expect([well.exitCode, well.stdout.toString()]).toMatchObject([0, expect.stringContaining('as computed')])

    await sql`update order_terms set terms = jsonb_set(terms, '{price,amount}', ${quoted + 1}::text::jsonb) where order_id = ${orderId}`
    const ill = recompute('--order', orderId, '--json')
    expect(ill.exitCode).toBe(1)
    expect(JSON.parse(ill.stdout.toString()).differences).toMatchObject([
      { what: 'amount', stored: quoted + 1, computed: quoted },
      { what: expect.stringContaining('quote'), stored: quoted + 1, computed: quoted },
    ])
    const report = await recomputeAll(sql)
    expect(report).toMatchObject({ differing: 1, examples: [{ order_id: orderId }] })
    expect(report.orders).toBeGreaterThan(2)
    expect(recompute('--order', 'ord_0000000000000000000000').exitCode).toBe(2)
    expect(recompute().exitCode).toBe(2)
    expect(recompute('--help')).toMatchObject({ exitCode: 0 })
    expect(recompute('--help').stdout.toString()).toContain('--order')
  })
})
