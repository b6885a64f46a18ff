/** A node as a real Prometheus sees it: it scrapes with a key of role `service`, and answers for what the node did. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startTestNode, type TestNode } from '../http/node.ts'
import { type Prometheus, promtool, startPrometheus } from '../support/prometheus.ts'
import { until } from '../support/until.ts'
import { describeWithServices } from '../support/with-services.ts'

const PICKUP = { latitude: 37.77, longitude: -122.42 }
const DROPOFF = { latitude: 37.79, longitude: -122.41 }

await describeWithServices('Prometheus', ['prometheus', 'promtool'], () => {
  let node: TestNode
  let prometheus: Prometheus

  beforeAll(async () => {
    node = await startTestNode()
    const made = await node.call('POST', '/v1/keys', {
      name: 'prometheus',
      role: 'service',
      scopes: ['operations:read'],
    })
    const { host } = new URL(node.url)
    prometheus = await startPrometheus({
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        {
          job_name: 'waggle',
          authorization: { credentials: String(made.body.secret) },
          static_configs: [{ targets: [host] }],
        },
      ],
    })
  }, 60_000)

  afterAll(async () => {
    await prometheus?.stop()
    await node?.stop()
  }, 60_000)

  async function offered(driverId: string): Promise<string> {
    await node.call('POST', '/v1/drivers', { driver_id: driverId })
    await node.call('PUT', `/v1/drivers/${driverId}/availability`, { status: 'available' })
    await node.call('POST', `/v1/drivers/${driverId}/location`, PICKUP)
    let offerId = ''
    await until(async () => {
      const { body } = await node.call('GET', `/v1/offers?driver_id=${driverId}`)
      offerId = (body.data as { offer_id: string }[])[0]?.offer_id ?? ''
      return offerId !== ''
    }, `${driverId} has an offer`)
    return offerId
  }

  test('the key of a scraper may read the figures and nothing else, and Prometheus has them', async () => {
    await until(async () => (await prometheus.query('up{job="waggle"}'))[0]?.value === 1, 'the node is scraped', 20_000)
    const names = (await prometheus.get('/api/v1/label/__name__/values')) as { data: string[] }
    expect(names.data.filter(name => name.startsWith('waggle_')).length).toBeGreaterThan(60)
    const targets = JSON.stringify(await prometheus.get('/api/v1/targets'))
    expect(targets).toContain('"lastError":""')
  }, 40_000)

  test('orders, offers, commits and acknowledgements are counted where Prometheus can ask for them', async () => {
    await node.call('POST', '/v1/orders', { pickup: PICKUP, dropoff: DROPOFF })
    const declined = await offered('drv_no')
    expect((await node.call('POST', `/v1/offers/${declined}/decline`, { reason: 'expired tyres' })).status).toBe(200)
    const accepted = await offered('drv_yes')
    expect((await node.call('POST', `/v1/offers/${accepted}/accept`)).status).toBe(200)

    const value = async (expression: string) => (await prometheus.query(expression))[0]?.value
    await until(
      async () => (await value('sum(waggle_orders_total{event="assigned"})')) === 1,
      'the assignment is scraped',
      20_000,
    )
    expect(await value('sum(waggle_orders_total{event="placed"})')).toBe(1)
    expect(await value('sum(waggle_offers_total{result="made"})')).toBe(2)
    expect(await value('sum(waggle_offers_total{result="declined"})')).toBe(1)
    expect(await value('sum(waggle_offers_total{result="accepted"})')).toBe(1)
    expect(await value('sum(waggle_order_assignment_seconds_count)')).toBe(1)
    expect(await value('sum(waggle_turn_outcomes_total{outcome="committed"})')).toBeGreaterThan(5)
    expect(await value('sum(waggle_position_acknowledgement_seconds_count)')).toBe(2)
    const p99 = 'histogram_quantile(0.99, sum by (le) (waggle_gate_wait_seconds_bucket))'
    expect(await value(p99)).toBeGreaterThan(0)
    expect(await value('count(waggle_event_loop_lag_seconds_count)')).toBe(2)
  }, 40_000)

  test('promtool has nothing to say against the names, units and types', async () => {
    const { text } = await node.call('GET', '/metrics')
    expect(await promtool(['check', 'metrics'], text)).toEqual({ ok: true, said: '' })
  }, 20_000)
})
