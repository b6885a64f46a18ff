/** Changes of an order that was placed: `PATCH /v1/orders/{order_id}`. */
import type { OrderState } from '../../actors/order/order.state.ts'
import type { OrderId } from '../../domain/ids.ts'
import { readJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { changesOf } from '../order-changes.ts'
import { notFound } from '../problem.ts'
import { readOrder } from '../reads.ts'
import { renderOrderFor } from '../render/order.ts'
import { orderFrom } from '../replies.ts'
import { OrderPatch, OrderView, orderPatch } from '../schemas/order.ts'
import { checked } from '../validate.ts'
import { orderIdOf } from './params.ts'

/** An order that is just being offered changes its version every few seconds. */
const TRIES_MAX = 4

export function orderAmendRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'PATCH',
      path: '/v1/orders/{order_id}',
      access: 'key',
      operation: {
        tag: 'Orders',
        summary: 'Change an order.',
        description:
          'Its `notes` and `items` until it is over; `pickup` and `dropoff` until a driver has it; `scheduled_at` until its search has ' +
          'begun. Where the trip has another price by that, nothing is changed: 409 `price_changed` carries a `quote` for the ' +
          'changed trip, and the same request with its `quote_id` agrees to it. With `version` only that version is changed ' +
          '(409 `version_conflict`). A repeat of a change that is in changes nothing.',
        body: OrderPatch,
        answers: { 200: { description: 'The order after it.', schema: OrderView } },
        problems: [
          'not_found',
          'invalid_transition',
          'price_changed',
          'version_conflict',
          'quote_expired',
          'overloaded',
          'record_unavailable',
          'timeout',
        ],
      },
      handle: call => amend(http, call),
    },
  ]
}

async function amend(http: Http, call: Call): Promise<Response> {
  const patch = checked(orderPatch, await readJson(call.request, http.config.limits.bodyBytesMax))
  const orderId = orderIdOf(call)
  // Which fields, not what they say: a log of personal data would outlive it.
  if (call.act) call.act.detail = { fields: Object.keys(patch) }
  for (let triesLeft = TRIES_MAX; ; triesLeft--) {
    const order = await existing(http, orderId)
    const { changes, isPriced } = await changesOf(http, order, patch)
    // What was priced was priced for the order as it was read: if it is another one by now, it is looked at again.
    const ifVersion = patch.version ?? (isPriced ? order.version : null)
    const by = call.principal.actor
    const reply = await http.gateway.askOrder(orderId, { kind: 'order.amend', by, ifVersion, changes })
    if (reply.kind === 'version_conflict' && patch.version === undefined && triesLeft > 1) continue
    return json(200, renderOrderFor(call.principal, orderFrom(reply), http.links))
  }
}

async function existing(http: Http, orderId: OrderId): Promise<OrderState> {
  const order = await readOrder(http.sql, orderId)
  if (order === null) throw notFound('order')
  return order
}
