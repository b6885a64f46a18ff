/** A price list tried on past quotes, on a whole node. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cellAt, MATCHING_RES } from '../../src/domain/h3.ts'
import { connect, type Sql } from '../../src/store/postgres.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'

const BERLIN = { latitude: 52.52, longitude: 13.405 }
const LYON = { latitude: 45.76, longitude: 4.84 }
const near = (place: typeof BERLIN, by: number) => ({ latitude: place.latitude + by, longitude: place.longitude })

/** As the first ruleset of a deployment has it, so that nothing changes. */
const SAME = {
  version: 'tried',
  currency: 'USD',
  base_minor: 250,
  per_km_minor: 95,
  per_minute_minor: 28,
  minimum_minor: 600,
  round_to_minor: 5,
  by_vehicle_type: { car: 1_000, van: 1_400, bike: 850 },
}

let node: TestNode
let sql: Sql
let bikeQuote: string

beforeAll(async () => {
  node = await startTestNode()
  sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
  for (const [pickup, by, vehicle_type] of [
    [BERLIN, 0.05, 'van'],
    [BERLIN, 0.1, 'van'],
    [LYON, 0.1, 'van'],
    [BERLIN, 0.1, 'bike'],
  ] as const) {
    const { status, body } = await node.call('POST', '/v1/quotes', { pickup, dropoff: near(pickup, by), vehicle_type })
    expect(status).toBe(201)
    bikeQuote = String(body.quote_id)
  }
})

afterAll(async () => {
  await sql.end({ timeout: 5 })
  await node.stop()
})

const preview = (body: Body, query = '') => node.call('POST', `/v1/pricing/rulesets/preview${query}`, body)

test('prices as they are change nothing, to the last coin', async () => {
  const { status, body } = await preview(SAME)
  expect(status).toBe(200)
  expect(body).toMatchObject({ quotes: 4, dearer: 0, cheaper: 0, same: 4, difference: { p10: 0, p50: 0, p90: 0 } })
  expect(body.amount_after).toBe(body.amount_before)
  expect(body.examples).toEqual([])
})

test('who would pay more and who less is counted, and shown by those who would most', async () => {
  const { body } = await preview({ ...SAME, base_minor: 350, by_vehicle_type: { van: 1_400, bike: 100 } })
  expect(body).toMatchObject({ dearer: 3, cheaper: 1, same: 0, currency: 'USD', has_more: false })
  const examples = body.examples as { quote_id: string; before: number; after: number; difference: number }[]
  expect(examples).toHaveLength(4)
  expect(examples.at(-1)?.quote_id).toBe(bikeQuote)
  for (const { before, after, difference } of examples) expect(difference).toBe(after - before)
  expect(examples[0]?.difference).toBeGreaterThan(0)
})

test('one for a city leaves out the quotes of elsewhere, one in another currency all of them', async () => {
  const lyon = await preview({ ...SAME, base_minor: 1_000, cells: [cellAt(LYON, MATCHING_RES)] })
  expect(lyon.body).toMatchObject({ quotes: 1, dearer: 1, skipped: { elsewhere: 3, other_currency: 0, unknown: 0 } })
  const euro = await preview({ ...SAME, currency: 'EUR' })
  expect(euro.body).toMatchObject({ quotes: 0, difference: null, skipped: { other_currency: 4 } })
})

test('bands of the day and price areas count, though the quotes were priced without', async () => {
  const half = (from: string, to: string) => ({
    label: 'Half',
    days: [1, 2, 3, 4, 5, 6, 7],
    from,
    to,
    factor_permille: 2_000,
  })
  const banded = await preview({
    ...SAME,
    time_zone: 'Europe/Berlin',
    time_bands: [half('00:00', '12:00'), half('12:00', '00:00')],
  })
  expect(banded.body).toMatchObject({ dearer: 4, skipped: { unknown: 0 } })
  const square = [
    [13.3, 52.4],
    [13.5, 52.4],
    [13.5, 52.53],
    [13.3, 52.53],
    [13.3, 52.4],
  ]
  const zone = {
    zone_id: 'mitte',
    name: 'Mitte',
    kind: 'price_area',
    geometry: { type: 'Polygon', coordinates: [square] },
  }
  expect((await node.call('POST', '/v1/zones', zone)).status).toBe(201)
  const areas = [{ zone_id: 'mitte', label: 'Mitte', at: 'pickup', add_minor: 500 }]
  expect((await preview({ ...SAME, price_areas: areas })).body).toMatchObject({ dearer: 3, same: 1 })
})

test('it looks at so many, the newest first, and says that there are more', async () => {
  const { body } = await preview(SAME, '?limit=2')
  expect(body).toMatchObject({ quotes: 2, has_more: true })
  const none = await preview(SAME, `?created_before=${new Date(Date.now() - 3_600_000).toISOString()}`)
  expect(none.body).toMatchObject({ quotes: 0, oldest_at: null, newest_at: null })
  expect((await preview(SAME, '?limit=2001')).status).toBe(422)
})

test('a ruleset that could not be made is refused as there, naming its fields', async () => {
  const { status, body } = await preview({
    ...SAME,
    base_minor: -1,
    price_areas: [{ zone_id: 'none', label: 'None', at: 'pickup', add_minor: 1 }],
  })
  expect([status, body.code]).toEqual([422, 'invalid'])
  expect((body.errors as { path: string }[]).map(({ path }) => path)).toContain('/base_minor')
})

test('a quote of which too little is recorded, or whose fare would be no number, is said to be unknown', async () => {
  await sql`update quotes set body = body #- '{priced,inputs}' where quote_id = ${bikeQuote}`
  expect((await preview(SAME)).body).toMatchObject({ quotes: 3, skipped: { unknown: 1 } })
})

test('nothing is made by it, and tests of customers are not looked at', async () => {
  await preview(SAME)
  expect((await node.call('GET', '/v1/pricing/rulesets/tried')).status).toBe(404)
  const made = await node.call('POST', '/v1/keys', { name: 'Trial', role: 'admin', mode: 'test' })
  const trial = { authorization: `Bearer ${made.body.secret}` }
  const wish = { pickup: BERLIN, dropoff: near(BERLIN, 0.1) }
  expect((await node.call('POST', '/v1/quotes', wish, trial)).status).toBe(201)
  const { quotes, skipped } = (await preview(SAME)).body as { quotes: number; skipped: { unknown: number } }
  expect(quotes + skipped.unknown).toBe(4)
  expect((await node.call('POST', '/v1/pricing/rulesets/preview', SAME, trial)).status).toBe(403)
})
