/** Zones on a whole node: drawn, changed, deleted, and where orders may begin and end. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cellAt, MATCHING_RES } from '../../src/domain/h3.ts'
import { disc, moved, ringAround } from '../../src/domain/zones/zones.fixtures.ts'
import { ORDERS_WITH_TERMS } from '../../src/store/order-document.ts'
import { connect } from '../../src/store/postgres.ts'
import { recomputeOrder } from '../../src/store/recompute-order.ts'
import { until } from '../support/until.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'
import { openClient } from './socket.ts'

const BERLIN = { latitude: 52.52, longitude: 13.405 }
const POTSDAM = { latitude: 52.39, longitude: 13.06 }
const near = (place: typeof BERLIN) => ({ latitude: place.latitude + 0.01, longitude: place.longitude + 0.01 })
const around = (place: typeof BERLIN, radiusM: number) => ({ type: 'Polygon', coordinates: disc(place, radiusM)[0] })

let node: TestNode

beforeAll(async () => {
  node = await startTestNode()
})

afterAll(async () => {
  await node.stop()
})

const draw = (body: Body, headers: Record<string, string> = {}) => node.call('POST', '/v1/zones', body, headers)
const pathsOf = (body: Body) => (body.errors as { path: string }[]).map(({ path }) => path)

describe('zones', () => {
  test('one is drawn, read, listed by kind, changed and deleted', async () => {
    const made = await draw({ name: 'Depot', kind: 'geofence', geometry: around(BERLIN, 200), dwell_s: 300 })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ name: 'Depot', kind: 'geofence', dwell_s: 300, version: 1 })
    const id = String(made.body.zone_id)
    expect(id).toMatch(/^zon_[a-z0-9]+$/)
    expect((await node.call('GET', `/v1/zones/${id}`)).body).toEqual(made.body)

    const other = await draw({ zone_id: 'area-1', name: 'Rush', kind: 'price_area', geometry: around(BERLIN, 900) })
    expect(other.body).toMatchObject({ zone_id: 'area-1', dwell_s: null })
    const first = await node.call('GET', '/v1/zones?limit=1')
    const second = await node.call('GET', `/v1/zones?limit=1&cursor=${first.body.next_cursor}`)
    expect([...(first.body.data as Body[]), ...(second.body.data as Body[])].map(z => z.zone_id)).toEqual([
      'area-1',
      id,
    ])
    const fences = (await node.call('GET', '/v1/zones?kind=geofence')).body.data as Body[]
    expect(fences.map(zone => zone.zone_id)).toEqual([id])

    const changed = await node.call('PATCH', `/v1/zones/${id}`, { name: 'Yard', dwell_s: null })
    expect(changed.body).toMatchObject({ name: 'Yard', dwell_s: null, version: 2, geometry: made.body.geometry })
    const nothing = await node.call('PATCH', `/v1/zones/${id}`, {})
    expect(nothing.body).toEqual(changed.body)

    expect((await node.call('DELETE', `/v1/zones/${id}`)).body).toEqual(changed.body)
    for (const method of ['GET', 'DELETE', 'PATCH']) {
      const gone = await node.call(method, `/v1/zones/${id}`, method === 'PATCH' ? { name: 'x' } : undefined)
      expect([method, gone.status, gone.body.code]).toEqual([method, 404, 'not_found'])
    }
    await node.call('DELETE', '/v1/zones/area-1')
  })

  test('an id is taken once; deleted, it may be used again, and its versions go on', async () => {
    const body = { zone_id: 'again', name: 'One', kind: 'price_area', geometry: around(BERLIN, 500) }
    expect((await draw(body)).status).toBe(201)
    const twice = await draw(body)
    expect([twice.status, twice.body.code]).toEqual([409, 'already_exists'])
    await node.call('DELETE', '/v1/zones/again')
    expect((await draw(body)).body).toMatchObject({ version: 2 })
    await node.call('DELETE', '/v1/zones/again')
  })

  test('a repeat under its key gets the first answer, also of requests that meet', async () => {
    const body = { name: 'Keyed', kind: 'geofence', geometry: around(BERLIN, 500) }
    const headers = { 'idempotency-key': 'zone-1' }
    const sent = await Promise.all([1, 2, 3].map(() => draw(body, headers)))
    const first = sent.find(({ status }) => status === 201)
    const again = await draw(body, headers)
    expect([again.status, again.body]).toEqual([201, first?.body as Body])
    const other = await draw({ ...body, name: 'Other' }, headers)
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch'])
    expect(((await node.call('GET', '/v1/zones')).body.data as Body[]).filter(z => z.name === 'Keyed')).toHaveLength(1)
    await node.call('DELETE', `/v1/zones/${first?.body.zone_id}`)
  })

  test.each<[string, Body]>([
    ['/name', { name: '' }],
    ['/kind', { kind: 'park' }],
    ['/zone_id', { zone_id: 'a b' }],
    ['/geometry', { geometry: null }],
    ['/geometry/type', { geometry: { type: 'Point', coordinates: [1, 2] } }],
    ['/geometry/coordinates/0', { geometry: { type: 'Polygon', coordinates: [ringAround(BERLIN, 500).slice(1)] } }],
    [
      '/geometry/coordinates/0/1',
      {
        geometry: {
          type: 'Polygon',
          coordinates: [
            [
              [179, 0],
              [-179, 0],
              [-179, 1],
              [179, 0],
            ],
          ],
        },
      },
    ],
    ['/dwell_s', { dwell_s: 1 }],
    ['/dwell_s', { kind: 'price_area', dwell_s: 60 }],
    ['/colour', { colour: 'red' }],
  ])('a wrong %s is named', async (path, change) => {
    const { status, body } = await draw({ name: 'Wrong', kind: 'geofence', geometry: around(BERLIN, 500), ...change })
    expect([status, body.code]).toEqual([422, 'invalid'])
    expect(pathsOf(body)).toContain(path)
  })

  test('what was done is in the audit log', async () => {
    const { body } = await draw({ zone_id: 'audited', name: 'A', kind: 'geofence', geometry: around(BERLIN, 500) })
    await node.call('PATCH', `/v1/zones/${body.zone_id}`, { name: 'B' })
    await node.call('DELETE', `/v1/zones/${body.zone_id}`)
    const acts = async () => (await node.call('GET', '/v1/audit-log?target=audited')).body.data as Body[]
    await until(async () => (await acts()).length === 3, 'all three are written with their target')
    expect((await acts()).map(act => act.action)).toEqual(['zone.delete', 'zone.update', 'zone.create'])
  })
})

describe('service areas', () => {
  const order = (pickup: object, dropoff: object) => node.call('POST', '/v1/orders', { pickup, dropoff })
  const quote = (pickup: object, dropoff: object) => node.call('POST', '/v1/quotes', { pickup, dropoff })

  test('everywhere is served while there is none; then only what is in one, also under a quote of before', async () => {
    const early = await quote(POTSDAM, near(POTSDAM))
    expect(early.status).toBe(201)
    await draw({ zone_id: 'berlin', name: 'Berlin', kind: 'service_area', geometry: around(BERLIN, 8_000) })

    expect((await order(BERLIN, near(BERLIN))).status).toBe(201)
    for (const [sent, paths] of [
      [await order(POTSDAM, BERLIN), ['/pickup']],
      [await order(BERLIN, POTSDAM), ['/dropoff']],
      [await quote(POTSDAM, near(POTSDAM)), ['/pickup', '/dropoff']],
      [await node.call('POST', '/v1/orders', { quote_id: early.body.quote_id }), ['/pickup', '/dropoff']],
    ] as const) {
      expect([sent.status, sent.body.code, pathsOf(sent.body)]).toEqual([422, 'outside_service_area', [...paths]])
    }

    await draw({ zone_id: 'potsdam', name: 'Potsdam', kind: 'service_area', geometry: around(POTSDAM, 5_000) })
    expect((await order(POTSDAM, BERLIN)).status).toBe(201)
    await node.call('PATCH', '/v1/zones/potsdam', { geometry: around(POTSDAM, 100) })
    expect((await order(near(POTSDAM), BERLIN)).status).toBe(422)
    await node.call('DELETE', '/v1/zones/potsdam')
    await node.call('DELETE', '/v1/zones/berlin')
    expect((await order(POTSDAM, near(POTSDAM))).status).toBe(201)
  })
})

describe('geofences', () => {
  const at = (driverId: string, place: typeof BERLIN) => node.call('POST', `/v1/drivers/${driverId}/location`, place)
  const FAR = { latitude: BERLIN.latitude + 0.002, longitude: BERLIN.longitude }

  test('who enters and leaves is told on the topics of zone and driver, once the zone is known', async () => {
    const { body } = await draw({ name: 'Yard', kind: 'geofence', geometry: around(BERLIN, 100) })
    const zone = String(body.zone_id)
    const change = async () => node.metric('waggle_zones_change')
    const before = await change()
    const from = Date.now()
    await draw({ name: 'Other', kind: 'geofence', geometry: around(POTSDAM, 300) })
    await until(async () => (await change()) > before, 'every thread knows of the last change')
    expect(Date.now() - from).toBeLessThan(2_000)

    const client = await openClient(node, '/v1/live')
    const topics = [`zone:${zone}`, 'driver:fenced', 'zone:nowhere']
    client.send({ type: 'subscribe', topics })
    const subscribed = await client.next(m => m.type === 'subscribed' && m.topic === topics[0])
    expect(subscribed.snapshot).toMatchObject({ zone_id: zone, name: 'Yard' })
    await client.next(m => m.type === 'subscribed' && m.topic === topics[1])
    const unknown = await client.next(m => m.topic === topics[2])
    expect([unknown.type, unknown.code]).toEqual(['error', 'not_found'])

    await at('fenced', FAR)
    await at('fenced', BERLIN)
    for (const topic of topics.slice(0, 2)) {
      const { data } = await client.next(m => m.type === 'geofence' && m.topic === topic)
      expect(data).toMatchObject({ event: 'entered', zone_id: zone, driver_id: 'fenced', zone_version: 1, ...BERLIN })
    }
    expect(await node.metric('waggle_geofence_events_total{event="entered"}')).toBe(1)
    expect(await node.metric('waggle_geofence_events_dropped_total{reason="not_stored"}')).toBe(0)

    await node.call('DELETE', `/v1/zones/${zone}`)
    const left = async () => {
      await at('fenced', BERLIN)
      return (await node.metric('waggle_geofence_events_total{event="left"}')) === 1
    }
    await until(left, 'the next position leaves what is gone')
    const { data } = await client.next(m => m.type === 'geofence' && (m.data as Body).event === 'left')
    expect(data).toMatchObject({ zone_id: zone, reason: 'zone_deleted' })
    await client.close()
  })
})

describe('price areas', () => {
  const RULES = {
    currency: 'EUR',
    base_minor: 300,
    per_km_minor: 100,
    per_minute_minor: 0,
    minimum_minor: 100,
    round_to_minor: 1,
  }
  const HAMBURG = { latitude: 53.55, longitude: 9.99 }
  const AIRPORT = { latitude: 53.56, longitude: 10.0 }
  const quote = async (pickup: object, dropoff: object) =>
    (await node.call('POST', '/v1/quotes', { pickup, dropoff })).body
  const linesOf = (body: Body, code: string) =>
    (body.breakdown as { code: string; label: string; amount: number }[])
      .filter(line => line.code === code)
      .map(({ label, amount }) => [label, amount])

  test('a ruleset prices the trips that begin or end in them, by the version that was drawn then', async () => {
    await draw({ zone_id: 'airport', name: 'Airport', kind: 'price_area', geometry: around(AIRPORT, 300) })
    await draw({ zone_id: 'centre', name: 'Centre', kind: 'price_area', geometry: around(HAMBURG, 300) })
    const areas = [
      { zone_id: 'airport', label: 'Airport fee', at: 'either', add_minor: 250 },
      { zone_id: 'centre', label: 'Centre', at: 'pickup', factor_permille: 1_200 },
    ]
    const rules = { ...RULES, version: 'hamburg', cells: [cellAt(HAMBURG, MATCHING_RES)], price_areas: areas }
    const wrong = await node.call('POST', '/v1/pricing/rulesets', {
      ...rules,
      price_areas: [...areas, { zone_id: 'none', label: 'x', at: 'pickup', add_minor: 1 }],
    })
    expect([wrong.status, pathsOf(wrong.body)]).toEqual([422, ['/price_areas/2/zone_id']])
    const made = await node.call('POST', '/v1/pricing/rulesets', rules)
    expect([made.status, made.body.price_areas]).toMatchObject([201, areas])

    const out = await quote(HAMBURG, AIRPORT)
    const home = await quote(AIRPORT, HAMBURG)
    expect(linesOf(home, 'price_area')).toEqual([['Airport fee', 250]])
    const plain = Number(home.amount) - 250
    expect(linesOf(out, 'price_area')).toEqual([
      ['Centre', Math.round(plain * 0.2)],
      ['Airport fee', 250],
    ])
    const away = moved(HAMBURG, -3_000, 0)
    expect(linesOf(await quote(away, moved(away, -900, 0)), 'price_area')).toEqual([])

    const order = await node.call('POST', '/v1/orders', { quote_id: out.quote_id })
    await node.call('PATCH', '/v1/zones/centre', { geometry: around(HAMBURG, 100), name: 'Small centre' })
    const later = await quote(moved(HAMBURG, 200, 0), AIRPORT)
    expect(linesOf(later, 'price_area')).toEqual([['Airport fee', 250]])

    const sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
    const [row] = await sql<{ areas: unknown }[]>`
      select terms->'pricing'->'inputs'->'areas' as areas from ${sql.unsafe(ORDERS_WITH_TERMS)} as o where order_id = ${String(order.body.order_id)}`
    expect(row?.areas).toEqual([
      { zoneId: 'airport', version: 1, ends: ['dropoff'] },
      { zoneId: 'centre', version: 1, ends: ['pickup'] },
    ])
    expect(await recomputeOrder(sql, String(order.body.order_id))).toMatchObject({ differences: [] })
    await sql`
      update order_terms set terms = jsonb_set(terms, '{pricing,inputs,areas,1,ends}', '["dropoff"]')
      where order_id = ${String(order.body.order_id)}`
    const differing = (await recomputeOrder(sql, String(order.body.order_id)))?.differences.map(({ what }) => what)
    expect(differing).toContain('area centre, version 1')
    await sql.end({ timeout: 5 })

    const used = await node.call('DELETE', '/v1/zones/centre')
    expect([used.status, used.body.code]).toEqual([409, 'in_use'])
    expect(String(used.body.detail)).toContain('hamburg')
  })
})
