/** Callers of each role at a test node, with tokens of the node's own secret. */

import type { Scope } from '../../src/domain/scopes.ts'
import type { Role } from '../../src/http/access/principal.ts'
import { mintToken } from '../../src/http/access/tokens.ts'
import type { Answer, TestNode } from './node.ts'

export const JWT_SECRET = 'a-secret-of-the-tests-with-more-than-32-characters'
/** For nodes that are to honour the tokens made here. */
export const TOKEN_ENV = { WAGGLE_JWT_SECRET: JWT_SECRET }

const HERE = { latitude: 37.77, longitude: -122.42 }
const THERE = { latitude: 37.79, longitude: -122.41 }

export interface Caller {
  readonly token: string
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

export function caller(node: TestNode, token: string): Caller {
  return {
    token,
    call: (method, path, body, headers) =>
      node.call(method, path, body, { authorization: `Bearer ${token}`, ...headers }),
  }
}

export async function callerAs(
  node: TestNode,
  role: Role,
  subject: string,
  options: { readonly ttlS?: number; readonly scopes?: readonly Scope[] } = {},
): Promise<Caller> {
  const request = { role, subject, scopes: options.scopes ?? null, ttlS: options.ttlS ?? 600 }
  return caller(node, await mintToken(JWT_SECRET, request, Date.now()))
}

/** With room for everything, on duty, and of a kind that no order asks for: it gets what it is given by hand. */
export async function workingDriver(node: TestNode, driverId: string): Promise<void> {
  await node.call('POST', '/v1/drivers', { driver_id: driverId, name: `Name of ${driverId}`, capacity: 1_000 })
  await node.call('POST', `/v1/drivers/${driverId}/location`, HERE)
  await node.call('PUT', `/v1/drivers/${driverId}/availability`, { status: 'available' })
}

export interface Placed {
  readonly orderId: string
  readonly offerId: string
  readonly trackingUrl: string
}

/** An order of that customer, given to that driver. */
export async function assignedOrder(node: TestNode, customerId: string, driverId: string): Promise<Placed> {
  const wish = { pickup: { ...HERE, address: 'Secret Street 1' }, dropoff: THERE, vehicle_type: 'nobody_has_it' }
  const { body } = await node.call('POST', '/v1/orders', { ...wish, customer_id: customerId, notes: 'ring twice' })
  const orderId = String(body.order_id)
  const assigned = await node.call('POST', `/v1/orders/${orderId}/assign`, { driver_id: driverId })
  if (assigned.status !== 200) throw new Error(`could not be assigned: ${assigned.text}`)
  const events = (await node.call('GET', `/v1/orders/${orderId}/events`)).body.data as Record<string, unknown>[]
  const offerId = String(events.find(({ type }) => type === 'assigned')?.offer_id)
  return { orderId, offerId, trackingUrl: String(body.tracking_url) }
}

/** The path and query of a link, for a node whose address the test knows. */
export function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return `${pathname}${search}`
}
