/** Orders as the record has them. */
import { Type } from '@sinclair/typebox'
import type { OrderEvent } from '../../actors/order/order.messages.ts'
import type { OrderState } from '../../actors/order/order.state.ts'
import type { DriverId, OrderId } from '../../domain/ids.ts'
import { isEnded, type OrderStatus } from '../../domain/order-lifecycle.ts'
import { PAGE_MAX } from '../../store/records.ts'
import { type EventRecord, listOrders, orderDecisions, orderEvents } from '../../store/records-orders.ts'
import type { Principal } from '../access/principal.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { pageFrom, pageRequest, renderPage } from '../pages.ts'
import { notFound } from '../problem.ts'
import { readQuery } from '../query.ts'
import { currentOf, readOrder } from '../reads.ts'
import { renderDecision } from '../render/decision.ts'
import { renderEvent, statusAfter } from '../render/event.ts'
import { renderOrderFor } from '../render/order.ts'
import { renderCurrent } from '../render/position.ts'
import { orderState } from '../render/state.ts'
import { renderTracking } from '../render/tracking.ts'
import { parseInstant } from '../rfc3339.ts'
import { Page } from '../schemas/common.ts'
import { DecisionView, EventView, OrdersQuery, OrderView, ordersQuery, PageQuery, pageQuery } from '../schemas/order.ts'
import { CurrentLocation } from '../schemas/position.ts'
import { TrackingView } from '../schemas/tracking.ts'
import { orderIdOf } from './params.ts'

const TAG = 'Orders'

export function orderReadRoutes(http: Http): Endpoint[] {
  const { pages } = http
  return [
    {
      method: 'GET',
      path: '/v1/orders',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Orders, newest first.',
        query: OrdersQuery,
        answers: { 200: { description: 'A page.', schema: Page(OrderView) } },
        problems: ['record_unavailable'],
      },
      handle: call => list(http, call),
    },
    {
      method: 'GET',
      path: '/v1/orders/{order_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'One order.',
        answers: { 200: { description: 'The order.', schema: OrderView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: async call => json(200, renderOrderFor(call.principal, await existing(http, call), http.links)),
    },
    {
      method: 'GET',
      path: '/v1/orders/{order_id}/events',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'What happened to an order, oldest first.',
        query: PageQuery,
        answers: { 200: { description: 'A page.', schema: Page(EventView) } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => events(http, call),
    },
    {
      method: 'GET',
      path: '/v1/orders/{order_id}/decisions',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Why this driver, and why not the others.',
        query: PageQuery,
        answers: { 200: { description: 'A page, oldest first.', schema: Page(DecisionView) } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => decisions(http, call),
    },
    {
      method: 'GET',
      path: '/v1/orders/{order_id}/driver-location',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Where the driver of an order is. As a socket: follow it.',
        description:
          'This is the `tracking_url`: whoever holds one needs no key, and is shown the order’s status, its ETA and its driver’s ' +
          'position, nothing else, whether or not there is a driver yet. A browser that opens it is shown the tracking page, as is whoever accepts `text/html` and nothing else.',
        answers: {
          200: {
            description: 'The newest position; to the holder of a tracking link, how the order stands.',
            schema: Type.Union([CurrentLocation, TrackingView]),
            also: { 'text/html': Type.String() },
          },
        },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => driverLocation(http, call),
      ...(pages === undefined ? {} : { page: answer => pages.tracking(answer) }),
    },
  ]
}

async function list(http: Http, call: Call): Promise<Response> {
  const query = readQuery(ordersQuery, call.request)
  const { customerId, driverId, isNobodys } = whose(call.principal, query)
  if (isNobodys) return json(200, { data: [], next_cursor: null })
  const filter = {
    mode: call.principal.mode,
    statuses: query.status?.split(','),
    customerId,
    driverId,
    reference: query.reference,
    createdAfterMs: instantOf(query.created_after),
    createdBeforeMs: instantOf(query.created_before),
    dueAfterMs: instantOf(query.due_after),
    dueBeforeMs: instantOf(query.due_before),
  }
  const page = await pageFrom(listOrders(http.sql, filter, pageRequest(query)))
  return json(
    200,
    renderPage(page, row => renderOrderFor(call.principal, orderState(row.state), http.links)),
  )
}

/** Whoever reaches only its own gets those of what it asked for that are its own: of another's, none. */
function whose({ role, id }: Principal, query: { customer_id?: string; driver_id?: string }) {
  const asked = { customerId: query.customer_id, driverId: query.driver_id }
  if (role === 'customer') return { ...asked, customerId: id, isNobodys: (asked.customerId ?? id) !== id }
  if (role === 'driver') return { ...asked, driverId: id, isNobodys: (asked.driverId ?? id) !== id }
  return { ...asked, isNobodys: false }
}

function instantOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : (parseInstant(text) ?? undefined)
}

/** @throws {Refusal} `not_found` */
async function existing(http: Http, call: Call): Promise<OrderState> {
  const order = call.order ?? (await readOrder(http.sql, orderIdOf(call)))
  if (order === null) throw notFound('order')
  return order
}

async function events(http: Http, call: Call): Promise<Response> {
  const orderId = orderIdOf(call)
  const page = await pageFrom(orderEvents(http.sql, orderId, pageRequest(readQuery(pageQuery, call.request))))
  const first = page.data[0]
  if (first === undefined) await existing(http, call)
  let status = first === undefined ? null : await statusBefore(http, orderId, first.version)
  return json(
    200,
    renderPage(page, row => {
      const event = eventOf(row)
      const view = renderEvent(event, row.version, status)
      status = view.status
      return view
    }),
  )
}

/** The journal's events carry no status, so that of a later page is found by folding the pages before it. */
async function statusBefore(http: Http, orderId: OrderId, version: number): Promise<OrderStatus | null> {
  let status: OrderStatus | null = null
  let cursor: string | null = null
  if (version === 1) return null
  do {
    const page: Awaited<ReturnType<typeof orderEvents>> = await orderEvents(http.sql, orderId, {
      limit: PAGE_MAX,
      cursor,
    })
    for (const row of page.data) {
      if (row.version >= version) return status
      status = statusAfter(eventOf(row), status)
    }
    cursor = page.nextCursor
  } while (cursor !== null)
  return status
}

/** Written by the order's decider, without the two fields that have columns of their own. */
function eventOf({ type, atMs, data }: EventRecord): OrderEvent {
  return { ...data, type, atMs } as unknown as OrderEvent
}

async function decisions(http: Http, call: Call): Promise<Response> {
  const orderId = orderIdOf(call)
  const page = await pageFrom(orderDecisions(http.sql, orderId, pageRequest(readQuery(pageQuery, call.request))))
  if (page.data.length === 0) await existing(http, call)
  return json(
    200,
    renderPage(page, row => renderDecision(row.atMs, row.body)),
  )
}

async function driverLocation(http: Http, call: Call): Promise<Response> {
  const order = await existing(http, call)
  const driverId: DriverId | null = isEnded(order.status) ? null : (order.assignment?.driverId ?? null)
  if (call.principal.role === 'link') return tracking(http, order, driverId)
  if (driverId === null) throw notFound('driver on this order now')
  const driver = await currentOf(http, driverId)
  if (driver === null) throw notFound('position of this driver')
  const view = renderCurrent(driver, http.clock.nowMs(), http.config.staleS * 1_000)
  // Which other order the driver may be on is not the customer's business.
  return json(200, call.principal.role === 'customer' ? { ...view, order_id: order.terms.orderId } : view)
}

async function tracking(http: Http, order: OrderState, driverId: DriverId | null): Promise<Response> {
  const [driver, page] = await Promise.all([
    driverId === null ? null : currentOf(http, driverId),
    // Beyond one page there are only more offers of an order that nobody takes.
    orderEvents(http.sql, order.terms.orderId, { limit: PAGE_MAX, cursor: null }),
  ])
  const events = page.data.map(eventOf)
  return json(
    200,
    renderTracking(order, { driver, events, nowMs: http.clock.nowMs(), staleMs: http.config.staleS * 1_000 }),
  )
}
