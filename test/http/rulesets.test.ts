/** Price lists on a whole node. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Body } from './node.ts'
import { BERLIN, metropolis, OSLO, PLAIN, type PricingRig, pathsOf, priceCell, startPricing } from './pricing-rig.ts'

let rig: PricingRig

beforeAll(async () => {
  rig = await startPricing()
})

afterAll(() => rig.stop())

test('the first ruleset is there, and can be read', async () => {
  const { status, body } = await rig.node.call('GET', '/v1/pricing/rulesets/1')
  expect([status, body]).toMatchObject([
    200,
    { version: '1', currency: 'USD', base_minor: 250, cells: null, surge: null },
  ])
  expect((await rig.node.call('GET', '/v1/pricing/rulesets/none')).status).toBe(404)
})

test('a ruleset is made once, listed, and read as it was made', async () => {
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
  const made = await rig.create(rules)
  expect(made.status).toBe(201)
  expect(made.body).toMatchObject({ ...rules, surge: { cap_permille: 1_500, step_permille: 150, round_s: 60 } })
  expect((await rig.node.call('GET', '/v1/pricing/rulesets/berlin-1')).body).toEqual(made.body)
  const again = await rig.create(rules)
  expect([again.status, again.body.code]).toEqual([409, 'already_exists'])
  const page = await rig.node.call('GET', '/v1/pricing/rulesets?limit=1')
  const rest = await rig.node.call('GET', `/v1/pricing/rulesets?cursor=${page.body.next_cursor}`)
  expect([...(page.body.data as Body[]), ...(rest.body.data as Body[])].map(({ version }) => version)).toEqual([
    'berlin-1',
    '1',
  ])
})

test('a repeat under its key gets the first answer, and another body under it is refused', async () => {
  const body = { ...PLAIN, version: 'keyed', cells: [metropolis({ latitude: 35.68, longitude: 139.69 })] }
  const sent = await Promise.all([1, 2, 3].map(() => rig.create(body, { 'idempotency-key': 'rules-1' })))
  for (const { status } of sent) expect([201, 409]).toContain(status)
  const repeated = await rig.create(body, { 'idempotency-key': 'rules-1' })
  expect([repeated.status, repeated.body.version]).toEqual([201, 'keyed'])
  const other = await rig.create({ ...body, base_minor: 1 }, { 'idempotency-key': 'rules-1' })
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch'])
})

test('a repeat gets the first answer also once the ruleset is over and its price area is gone', async () => {
  const ring = [
    [24, 60],
    [24.1, 60],
    [24.1, 60.1],
    [24, 60],
  ]
  const geometry = { type: 'Polygon', coordinates: [ring] }
  await rig.node.call('POST', '/v1/zones', { zone_id: 'fair', name: 'Fair', kind: 'price_area', geometry })
  const body = {
    ...PLAIN,
    version: 'short',
    price_areas: [{ zone_id: 'fair', label: 'Fair', at: 'either', add_minor: 100 }],
    cells: [metropolis({ latitude: 60.17, longitude: 24.94 })],
    valid_to: new Date(Date.now() + 1_000).toISOString(),
  }
  const first = await rig.create(body, { 'idempotency-key': 'short' })
  expect(first.status).toBe(201)
  await Bun.sleep(1_100)
  expect((await rig.node.call('DELETE', '/v1/zones/fair')).status).toBe(200)
  const repeated = await rig.create(body, { 'idempotency-key': 'short' })
  expect([repeated.status, repeated.body]).toEqual([201, first.body])
})

test('a trip for which a ruleset’s figures give no fare is refused, as a quote and as an order', async () => {
  const pickup = { latitude: 64.14, longitude: -21.94 }
  const ring = [
    [-22, 64],
    [-21.8, 64],
    [-21.8, 64.3],
    [-22, 64.3],
    [-22, 64],
  ]
  const geometry = { type: 'Polygon', coordinates: [ring] }
  await rig.node.call('POST', '/v1/zones', { zone_id: 'port', name: 'Port', kind: 'price_area', geometry })
  const area = { zone_id: 'port', label: 'Port', at: 'either', factor_permille: 100_000 }
  const made = await rig.create({
    ...PLAIN,
    version: 'steep',
    maximum_minor: 5_000,
    price_areas: Array(8).fill(area),
    cells: [metropolis(pickup)],
  })
  expect(made.status).toBe(201)
  for (const path of ['/v1/quotes', '/v1/orders']) {
    const dropoff = { ...pickup, latitude: pickup.latitude + 0.02 }
    const { status, body } = await rig.node.call('POST', path, { pickup, dropoff })
    expect([status, body.code]).toEqual([422, 'invalid'])
    expect(pathsOf(body)).toEqual(['/pickup'])
  }
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
  const { status, body } = await rig.create({ ...PLAIN, version: 'wrong', ...change })
  expect([status, body.code]).toEqual([422, 'invalid'])
  expect(pathsOf(body)).toContain(path)
})

test('a new ruleset prices the next quote of its city, by the local time for which it is booked, and nobody else’s', async () => {
  await rig.create({
    ...PLAIN,
    version: 'oslo',
    time_zone: 'Europe/Oslo',
    time_bands: [{ label: 'Morning', days: [1, 2, 3, 4, 5, 6, 7], from: '05:00', to: '06:00', factor_permille: 2_000 }],
    cells: [metropolis(OSLO)],
  })
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
  // Summer or winter, one of these is between five and six o'clock in Oslo, and one is not.
  const [four, six] = [
    await rig.quote(OSLO, { scheduled_at: `${tomorrow}T03:30:00+00:00` }),
    await rig.quote(OSLO, { scheduled_at: `${tomorrow}T06:30:00+00:00` }),
  ]
  const early = await rig.quote(OSLO, { scheduled_at: `${tomorrow}T04:30:00+00:00` })
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
  expect((await rig.quote({ latitude: 48.86, longitude: 2.35 })).ruleset_version).toBe('1')
})
