/** A node for tests of prices, and what they ask it. */
import { cellAt, MATCHING_RES, PRICE_RES } from '../../src/domain/h3.ts'
import { connect, type Sql } from '../../src/store/postgres.ts'
import { type Body, startTestNode, type TestNode } from './node.ts'

/** Cities far from each other: what one test makes of its prices is not seen by the others. */
export const BERLIN = { latitude: 52.52, longitude: 13.405 }
export const LYON = { latitude: 45.76, longitude: 4.84 }
export const OSLO = { latitude: 59.91, longitude: 10.75 }
export const metropolis = (place: typeof BERLIN) => cellAt(place, MATCHING_RES)
export const priceCell = (place: typeof BERLIN) => cellAt(place, PRICE_RES)

export const PLAIN = {
  version: 'plain',
  currency: 'EUR',
  base_minor: 300,
  per_km_minor: 150,
  per_minute_minor: 30,
  minimum_minor: 700,
  round_to_minor: 10,
}

export interface PricingRig {
  readonly node: TestNode
  readonly sql: Sql
  readonly create: (rules: Body, headers?: Record<string, string>) => ReturnType<TestNode['call']>
  /** Of a way out of the middle of that city. */
  readonly quote: (place: typeof BERLIN, more?: Body) => Promise<Body>
  stop(): Promise<void>
}

export async function startPricing(): Promise<PricingRig> {
  const node = await startTestNode()
  const sql = connect(node.postgresUrl, { max: 1, applicationName: 'test' })
  return {
    node,
    sql,
    create: (rules, headers = {}) => node.call('POST', '/v1/pricing/rulesets', rules, headers),
    async quote(pickup, more = {}) {
      const dropoff = { latitude: pickup.latitude + 0.02, longitude: pickup.longitude + 0.01 }
      return (await node.call('POST', '/v1/quotes', { pickup, dropoff, ...more })).body
    },
    async stop() {
      await sql.end({ timeout: 5 })
      await node.stop()
    },
  }
}

export function pathsOf(body: Body): string[] {
  return (body.errors as { path: string }[]).map(({ path }) => path)
}
