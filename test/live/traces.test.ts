/** One order's life as an endpoint of OTLP receives it: each step a trace, down to its commit, and all of them linked. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TEST_KEY } from '../support/answer.ts'
import { NodeProcess } from '../support/node-process.ts'
import { OtlpEndpoint, type ReceivedSpan } from '../support/otlp-endpoint.ts'
import { testDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'

const PICKUP = { latitude: 37.77, longitude: -122.42, address: 'Verborgene Gasse 7' }
const DROPOFF = { latitude: 37.79, longitude: -122.41 }
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER_SPAN = '00f067aa0ba902b7'
/** Such as apps choose. */
const DRIVER = '491715550123'
const SEND_EVERY_MS = 50
/** Each span begins by a clock of milliseconds. */
const CLOCK_NS = 2_000_000n

let database: Awaited<ReturnType<typeof testDatabase>>
let dataDir: string
let node: NodeProcess
const endpoint = new OtlpEndpoint()

beforeAll(async () => {
  database = await testDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'waggle-traces-'))
  node = await NodeProcess.start({
    WAGGLE_POSTGRES_URL: database.url,
    WAGGLE_DATA_DIR: dataDir,
    WAGGLE_SHARDS: '8',
    WAGGLE_WORKERS: '2',
    WAGGLE_NODE: 'traced',
    WAGGLE_MATCH_WINDOW_MS: '20',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.url,
    OTEL_BSP_SCHEDULE_DELAY: `${SEND_EVERY_MS}`,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    // Of what nobody has decided about nothing is followed.
    OTEL_TRACES_SAMPLER: 'parentbased_always_off',
  })
}, 60_000)

afterAll(async () => {
  await node.stop()
  await endpoint.stop()
  await database.drop()
  await rm(dataDir, { recursive: true, force: true })
}, 60_000)

async function offer(): Promise<string> {
  let offerId = ''
  await until(async () => {
    const { body } = await node.ask('GET', `/v1/offers?driver_id=${DRIVER}`)
    offerId = body.data?.[0]?.offer_id ?? ''
    return offerId !== ''
  }, 'the driver has an offer')
  return offerId
}

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const span = spans.find(candidate => candidate.name === name)
  if (span === undefined) throw new Error(`no span ${name} among ${spans.map(s => s.name).join(', ')}`)
  return span
}

test('what nobody follows makes no spans', async () => {
  await node.ask('GET', '/v1/orders?limit=1')
  await node.ask('GET', '/v1/orders?limit=1', undefined, { traceparent: `00-${'b'.repeat(32)}-${CALLER_SPAN}-00` })
  await Bun.sleep(4 * SEND_EVERY_MS)
  expect(endpoint.spans).toEqual([])
})

test('an order is followed from the request through its actors to the commits, each step linked to where it was placed', async () => {
  const traceparent = `00-${TRACE_ID}-${CALLER_SPAN}-01`
  const placed = await node.ask('POST', '/v1/orders', { pickup: PICKUP, dropoff: DROPOFF }, { traceparent })
  const orderId = String(placed.body.order_id)
  // The driver comes later, so that the solver begins by itself; neither it nor its accept is followed, the order is.
  await node.ask('POST', '/v1/drivers', { driver_id: DRIVER, name: 'Anneliese', phone: '+49 171 5550123' })
  await node.ask('PUT', `/v1/drivers/${DRIVER}/availability`, { status: 'available' })
  await node.ask('POST', `/v1/drivers/${DRIVER}/location`, PICKUP)
  expect((await node.ask('POST', `/v1/offers/${await offer()}/accept`)).status).toBe(200)
  await until(() => endpoint.ofOrder(orderId).some(({ name }) => name === 'order.accept'), 'the accept is received')
  await until(
    () => ['POST /v1/orders', 'matching.order'].every(name => endpoint.inTrace(TRACE_ID).some(s => s.name === name)),
    'the placing is received',
  )

  // Placing: request → turn of the order → its commit, and its matching cell.
  const placing = endpoint.inTrace(TRACE_ID)
  const request = named(placing, 'POST /v1/orders')
  expect(request.parentSpanId).toBe(CALLER_SPAN)
  expect(request.attributes).toMatchObject({ 'http.route': '/v1/orders', 'waggle.request_id': expect.any(String) })
  expect(request.resource).toMatchObject({
    'service.name': 'waggle',
    'service.instance.id': 'traced',
    'waggle.thread': 'gateway',
    'deployment.environment.name': 'test',
  })
  const place = named(placing, 'order.place')
  expect(place.parentSpanId).toBe(request.spanId)
  expect(place.resource['waggle.thread']).toMatch(/^[01]$/)
  const commit = placing.find(({ name, parentSpanId }) => name === 'commit' && parentSpanId === place.spanId)
  expect(commit?.attributes['waggle.outcome']).toBe('committed')
  expect(commit && commit.startNs >= place.startNs - CLOCK_NS && commit.endNs <= place.endNs + CLOCK_NS).toBe(true)
  expect(named(placing, 'matching.order').parentSpanId).toBe(place.spanId)

  // The offer: begun by the solver for many orders at once, and linked to the placing of this one.
  const driverAsked = () => endpoint.spans.find(({ name }) => name === 'driver.offer')
  await until(() => driverAsked() !== undefined, 'the turn of the driver is received')
  const offering = endpoint.inTrace(driverAsked()?.traceId ?? '')
  const proposed = named(offering, 'order.proposal')
  expect(proposed.traceId).not.toBe(TRACE_ID)
  expect(proposed.attributes['waggle.order_id']).toBe(orderId)
  expect(proposed.links).toMatchObject([{ traceId: TRACE_ID, spanId: place.spanId }])
  expect(named(offering, 'driver.offer').parentSpanId).toBe(proposed.spanId)
  expect(named(offering, 'order.held').parentSpanId).toBe(named(offering, 'driver.offer').spanId)

  // The answer, whose commit is the decision.
  const accept = named(endpoint.ofOrder(orderId), 'order.accept')
  expect(accept.links).toMatchObject([{ traceId: TRACE_ID }])
  await until(() => endpoint.spans.some(span => span.parentSpanId === accept.spanId), 'its commit is received')
  const decision = endpoint.spans.find(({ parentSpanId, name }) => parentSpanId === accept.spanId && name === 'commit')
  expect(decision?.attributes['waggle.outcome']).toBe('committed')
  await until(
    () => endpoint.inTrace(accept.traceId).some(({ name }) => name === 'driver.confirmed'),
    'the driver learns of it',
  )
}, 60_000)

test('the log names the trace of a request that is followed', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${CALLER_SPAN}-01`
  await node.ask('GET', '/v1/orders?limit=1', undefined, { traceparent })
  await until(() => endpoint.inTrace('a'.repeat(32)).length === 1, 'the request is received')
  expect(endpoint.inTrace('a'.repeat(32))[0]?.attributes).toMatchObject({ 'http.response.status_code': 200 })
}, 30_000)

test('neither a secret nor a person is in what is sent', () => {
  const text = endpoint.raw.join('\n')
  for (const secret of [DRIVER, 'Anneliese', '5550123', 'Verborgene', TEST_KEY, '37.77']) {
    expect([secret, text.includes(secret)]).toEqual([secret, false])
  }
  expect(endpoint.refused).toEqual([])
})
