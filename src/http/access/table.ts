/**
 * Who may do what, as data: a row for each route, each socket and each kind of live topic. The router, the sockets, the
 * OpenAPI document and the test of every route with every role read this table and nothing else.
 *
 * `any`: every object. `own`: only what is the caller's; another's is not found. A role that is not named is forbidden. An
 * admin may do everything, so no row names it. A route without a row is open to admins alone, and fails the test.
 */

import type { Scope } from '../../domain/scopes.ts'
import type { Caller } from './principal.ts'

export type Reach = 'any' | 'own'

export interface AccessRule {
  /**
   * What the path names, whose owner is asked for before the handler runs. `none`: nothing; there the handler narrows what
   * it lists, makes or takes in to the caller's own.
   */
  readonly object: 'none' | 'order' | 'offer' | 'driver' | 'customer'
  readonly reach: Readonly<Partial<Record<Exclude<Caller, 'admin'>, Reach>>>
  /** What a narrowed key needs; `any` of them, or null: no narrowed key will do. */
  readonly scope: Scope | 'any' | null
  /**
   * Whose keys may call. Live ones alone unless it says `both`: then its handler keeps the modes apart; so nobody forgets that for
   * the next route.
   */
  readonly modes?: 'live' | 'both' | 'test'
  /** For phones that can set no header: `?token=` is taken, of a driver. */
  readonly credential?: 'query'
  /** What the audit log calls it, where it is an act of administration. */
  readonly act?: string
}

const FLEET = { dispatcher: 'any', service: 'any' } as const
const FLEET_AND_DRIVER = { ...FLEET, driver: 'own' } as const
const FLEET_AND_CUSTOMER = { ...FLEET, customer: 'own' } as const
const FLEET_AND_PARTIES = { ...FLEET, customer: 'own', driver: 'own' } as const
const ADMIN_ONLY: AccessRule = { object: 'none', reach: {}, scope: null }

/** Positions come from the device that has them, or from a server that speaks for many. A dispatcher has none. */
const SENDS_POSITIONS: AccessRule = {
  object: 'driver',
  reach: { driver: 'own', service: 'any' },
  scope: 'positions:write',
  modes: 'both',
}
const PHONE_SENDS_POSITIONS: AccessRule = { ...SENDS_POSITIONS, object: 'none', credential: 'query' }
const READS_POSITION: AccessRule = { object: 'driver', reach: FLEET_AND_DRIVER, scope: 'positions:read', modes: 'both' }
const FINDS_DRIVERS: AccessRule = { object: 'none', reach: FLEET, scope: 'positions:read', modes: 'both' }
const READS_ORDER: AccessRule = { object: 'order', reach: FLEET_AND_PARTIES, scope: 'orders:read', modes: 'both' }
const FOLLOWS_ORDER: AccessRule = {
  object: 'order',
  reach: { ...FLEET_AND_PARTIES, link: 'own' },
  scope: 'orders:read',
  modes: 'both',
}
const ANSWERS_OFFER: AccessRule = { object: 'offer', reach: FLEET_AND_DRIVER, scope: 'offers:write', modes: 'both' }
/** Never by a narrowed key: it could make itself a wider one. */
const MANAGES_KEYS: AccessRule = ADMIN_ONLY
/** An endpoint outlives the credential that made it, so no server makes one; it looks after those that there are. */
const MANAGES_WEBHOOKS: AccessRule = { object: 'none', reach: {}, scope: 'webhooks:write', modes: 'both' }
const RUNS_WEBHOOKS: AccessRule = { object: 'none', reach: { service: 'any' }, scope: 'webhooks:write', modes: 'both' }
const READS_WEBHOOKS: AccessRule = { object: 'none', reach: { service: 'any' }, scope: 'webhooks:read', modes: 'both' }
const RUNS_COURIERS = { object: 'none', reach: FLEET, modes: 'test' } as const

const RULES: Readonly<Record<string, AccessRule>> = {
  'GET /metrics': { object: 'none', reach: { service: 'any' }, scope: 'operations:read' },
  'GET /v1/cluster': { object: 'none', reach: {}, scope: 'operations:read' },
  // How the whole fleet does is for those who look after it.
  'GET /v1/figures': { object: 'none', reach: { dispatcher: 'any' }, scope: 'operations:read' },
  // Positions, as they came.
  'GET /v1/dead-letters': { object: 'none', reach: {}, scope: 'operations:read' },
  'GET /v1/me': { object: 'none', reach: { ...FLEET, customer: 'own', driver: 'own' }, scope: 'any', modes: 'both' },

  'POST /v1/drivers/{driver_id}/location': SENDS_POSITIONS,
  'POST /api/v1/drivers/{driver_id}/location': SENDS_POSITIONS,
  'POST /v1/locations': { ...SENDS_POSITIONS, object: 'none' },
  'GET /v1/osmand': PHONE_SENDS_POSITIONS,
  'POST /v1/osmand': PHONE_SENDS_POSITIONS,
  'GET /v1/drivers/nearby': FINDS_DRIVERS,
  'GET /api/v1/drivers/nearby': FINDS_DRIVERS,
  'GET /v1/drivers/{driver_id}/location': READS_POSITION,
  'GET /api/v1/drivers/{driver_id}/location': READS_POSITION,
  'GET /v1/drivers/{driver_id}/route': READS_POSITION,
  'GET /api/v1/drivers/{driver_id}/route': READS_POSITION,

  'POST /v1/drivers': { object: 'none', reach: FLEET, scope: 'drivers:write', act: 'driver.create', modes: 'both' },
  'GET /v1/drivers': { object: 'none', reach: FLEET, scope: 'drivers:read', modes: 'both' },
  'GET /v1/drivers/{driver_id}': { object: 'driver', reach: FLEET_AND_DRIVER, scope: 'drivers:read', modes: 'both' },
  // Its own capacity or rating is not for a driver to set.
  'PATCH /v1/drivers/{driver_id}': {
    object: 'driver',
    reach: FLEET,
    scope: 'drivers:write',
    act: 'driver.update',
    modes: 'both',
  },
  'PUT /v1/drivers/{driver_id}/availability': {
    object: 'driver',
    reach: FLEET_AND_DRIVER,
    scope: 'drivers:write',
    act: 'driver.availability',
    modes: 'both',
  },

  // What the fleet is made of and where it works is the company's to say; who drives what today is the dispatcher's, by the
  // driver's own `vehicle_id`. Vehicles are real: no test key sees one, and no test driver has one.
  'POST /v1/vehicles': { object: 'none', reach: {}, scope: 'vehicles:write', act: 'vehicle.create' },
  'GET /v1/vehicles': { object: 'none', reach: FLEET, scope: 'vehicles:read' },
  'GET /v1/vehicles/{vehicle_id}': { object: 'none', reach: FLEET, scope: 'vehicles:read' },
  'PATCH /v1/vehicles/{vehicle_id}': { object: 'none', reach: {}, scope: 'vehicles:write', act: 'vehicle.update' },
  'DELETE /v1/vehicles/{vehicle_id}': { object: 'none', reach: {}, scope: 'vehicles:write', act: 'vehicle.delete' },
  'POST /v1/zones': { object: 'none', reach: {}, scope: 'zones:write', act: 'zone.create' },
  // Zones are of the place and not of a mode, and hold for test orders and drivers, too: so tests may look where they are.
  'GET /v1/zones': { object: 'none', reach: FLEET, scope: 'zones:read', modes: 'both' },
  'GET /v1/zones/{zone_id}': { object: 'none', reach: FLEET, scope: 'zones:read', modes: 'both' },
  'PATCH /v1/zones/{zone_id}': { object: 'none', reach: {}, scope: 'zones:write', act: 'zone.update' },
  'DELETE /v1/zones/{zone_id}': { object: 'none', reach: {}, scope: 'zones:write', act: 'zone.delete' },

  'POST /v1/pricing/rulesets': { object: 'none', reach: {}, scope: 'pricing:write', act: 'ruleset.create' },
  // Reads what past quotes were priced from, and makes nothing.
  'POST /v1/pricing/rulesets/preview': { object: 'none', reach: {}, scope: 'pricing:read' },
  'GET /v1/pricing/rulesets': { object: 'none', reach: {}, scope: 'pricing:read' },
  'GET /v1/pricing/rulesets/{version}': { object: 'none', reach: {}, scope: 'pricing:read' },
  'GET /v1/surge': { object: 'none', reach: FLEET, scope: 'pricing:read' },

  'POST /v1/quotes': { object: 'none', reach: FLEET_AND_CUSTOMER, scope: 'quotes:write', modes: 'both' },
  'POST /v1/orders': { object: 'none', reach: FLEET_AND_CUSTOMER, scope: 'orders:write', modes: 'both' },
  'GET /v1/orders': { object: 'none', reach: FLEET_AND_PARTIES, scope: 'orders:read', modes: 'both' },
  'GET /v1/orders/{order_id}': READS_ORDER,
  'PATCH /v1/orders/{order_id}': {
    object: 'order',
    reach: FLEET_AND_CUSTOMER,
    scope: 'orders:write',
    act: 'order.update',
    modes: 'both',
  },
  'POST /v1/orders/{order_id}/ratings': {
    object: 'order',
    reach: FLEET_AND_PARTIES,
    scope: 'orders:write',
    modes: 'both',
  },
  'GET /v1/orders/{order_id}/ratings': READS_ORDER,
  'GET /v1/customers/{customer_id}': {
    object: 'customer',
    reach: FLEET_AND_CUSTOMER,
    scope: 'orders:read',
    modes: 'both',
  },
  'GET /v1/orders/{order_id}/events': READS_ORDER,
  // Names every driver that was considered, with its costs.
  'GET /v1/orders/{order_id}/decisions': { object: 'order', reach: FLEET, scope: 'orders:read', modes: 'both' },
  'GET /v1/orders/{order_id}/driver-location': FOLLOWS_ORDER,
  'POST /v1/orders/{order_id}/cancel': {
    object: 'order',
    reach: FLEET_AND_PARTIES,
    scope: 'orders:write',
    act: 'order.cancel',
    modes: 'both',
  },
  'POST /v1/orders/{order_id}/status': {
    object: 'order',
    reach: FLEET_AND_DRIVER,
    scope: 'orders:write',
    modes: 'both',
  },
  'POST /v1/orders/{order_id}/assign': {
    object: 'order',
    reach: FLEET,
    scope: 'orders:write',
    act: 'order.assign',
    modes: 'both',
  },
  'POST /v1/orders/{order_id}/no-show': {
    object: 'order',
    reach: FLEET_AND_DRIVER,
    scope: 'orders:write',
    act: 'order.no_show',
    modes: 'both',
  },
  'POST /v1/orders/{order_id}/unassign': {
    object: 'order',
    reach: FLEET_AND_DRIVER,
    scope: 'orders:write',
    act: 'order.unassign',
    modes: 'both',
  },

  'GET /v1/offers': { object: 'none', reach: FLEET_AND_DRIVER, scope: 'offers:read', modes: 'both' },
  'POST /v1/offers/{offer_id}/accept': ANSWERS_OFFER,
  'POST /v1/offers/{offer_id}/decline': ANSWERS_OFFER,

  'POST /v1/keys': { ...MANAGES_KEYS, act: 'key.create' },
  'GET /v1/keys': MANAGES_KEYS,
  'GET /v1/keys/{key_id}': MANAGES_KEYS,
  'POST /v1/keys/{key_id}/rotate': { ...MANAGES_KEYS, act: 'key.rotate' },
  'DELETE /v1/keys/{key_id}': { ...MANAGES_KEYS, act: 'key.revoke' },
  'POST /v1/webhooks': { ...MANAGES_WEBHOOKS, act: 'webhook.create' },
  'GET /v1/webhooks': READS_WEBHOOKS,
  'GET /v1/webhooks/{webhook_id}': READS_WEBHOOKS,
  'PATCH /v1/webhooks/{webhook_id}': { ...MANAGES_WEBHOOKS, act: 'webhook.update' },
  'DELETE /v1/webhooks/{webhook_id}': { ...MANAGES_WEBHOOKS, act: 'webhook.delete' },
  'POST /v1/webhooks/{webhook_id}/rotate-secret': { ...MANAGES_WEBHOOKS, act: 'webhook.rotate' },
  'POST /v1/webhooks/{webhook_id}/test': RUNS_WEBHOOKS,
  'GET /v1/webhooks/{webhook_id}/deliveries': READS_WEBHOOKS,
  'POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay': { ...RUNS_WEBHOOKS, act: 'webhook.replay' },

  'POST /v1/test/drivers': { ...RUNS_COURIERS, scope: 'drivers:write' },
  'GET /v1/test/drivers': { ...RUNS_COURIERS, scope: 'drivers:read' },
  'PATCH /v1/test/drivers/{driver_id}': { ...RUNS_COURIERS, object: 'driver', scope: 'drivers:write' },
  'DELETE /v1/test/drivers/{driver_id}': { ...RUNS_COURIERS, object: 'driver', scope: 'drivers:write' },

  'GET /v1/audit-log': { object: 'none', reach: {}, scope: 'audit:read' },

  // A driver's own connection also answers its offers; a server's may carry any driver.
  'WS /v1/stream': { ...SENDS_POSITIONS, object: 'none' },
  // Each topic is judged by its own row below.
  'WS /v1/live': { object: 'none', reach: { ...FLEET_AND_PARTIES, link: 'own' }, scope: 'any', modes: 'both' },
  'WS /v1/orders/{order_id}/driver-location': FOLLOWS_ORDER,
  'WS /api/v1/drivers/orders/{order_id}/driver-location': FOLLOWS_ORDER,

  'TOPIC order': FOLLOWS_ORDER,
  'TOPIC driver': READS_POSITION,
  'TOPIC cell': FINDS_DRIVERS,
  // Who enters and leaves, and where exactly.
  'TOPIC zone': FINDS_DRIVERS,
  'TOPIC fleet': FINDS_DRIVERS,
}

export const ACCESS: ReadonlyMap<string, AccessRule> = new Map(Object.entries(RULES))

/** @param name  the method, or `WS` or `TOPIC`, and the path's pattern or the topic's kind. */
export function ruleOf(name: string): AccessRule {
  return ACCESS.get(name) ?? ADMIN_ONLY
}

export function reachOf({ reach }: AccessRule, role: Caller): Reach | undefined {
  return role === 'admin' ? 'any' : reach[role]
}
