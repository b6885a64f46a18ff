/** What customers and drivers thought of each other. */
import { Type } from '@sinclair/typebox'
import type { OrderState, RatingSide } from '../../actors/order/order.state.ts'
import { ratingsOfCustomer } from '../../store/ratings.ts'
import type { Principal } from '../access/principal.ts'
import { readJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { claimOf } from '../idempotency.ts'
import { invalidField, notFound, Refusal } from '../problem.ts'
import { readOrder } from '../reads.ts'
import { ratingsFor, renderRating, renderRatingSum } from '../render/rating.ts'
import { orderState } from '../render/state.ts'
import { orderFrom } from '../replies.ts'
import { CustomerView, NewRating, newRating, RatingView } from '../schemas/rating.ts'
import { checked } from '../validate.ts'
import { nameIn, orderIdOf } from './params.ts'

const TAG = 'Ratings'

export function ratingRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/orders/{order_id}/ratings',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Rate the other side of an order that is over.',
        description:
          'Once per side; another one is 409 `already_exists`. Its words are shown to its author and to dispatchers, never to whom they are about.',
        body: NewRating,
        idempotent: true,
        answers: { 201: { description: 'The rating.', schema: RatingView } },
        problems: ['not_found', 'invalid_transition', 'already_exists', 'overloaded', 'record_unavailable', 'timeout'],
      },
      handle: call => rate(http, call),
    },
    {
      method: 'GET',
      path: '/v1/orders/{order_id}/ratings',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'The ratings of an order: to each side its own, to dispatchers both.',
        answers: {
          200: {
            description: 'At most two.',
            schema: Type.Object({ data: Type.Array(RatingView), next_cursor: Type.Null() }),
          },
        },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => list(http, call),
    },
    {
      method: 'GET',
      path: '/v1/customers/{customer_id}',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'What drivers thought of a customer, summed up.',
        answers: { 200: { description: 'The customer.', schema: CustomerView } },
        problems: ['not_found', 'record_unavailable'],
      },
      handle: call => readCustomer(http, call),
    },
  ]
}

async function rate(http: Http, call: Call): Promise<Response> {
  const orderId = orderIdOf(call)
  const body = checked(newRating, await readJson(call.request, http.config.limits.bodyBytesMax))
  const side = sideOf(call.principal, body)
  const claim = claimOf({ ...call, route: `POST /v1/orders/${orderId}/ratings`, body })
  const order = await http.idempotency.once(
    claim,
    async key => {
      const { stars, comment = null } = body
      const command = { kind: 'order.rate', by: call.principal.actor, side, stars, comment, key } as const
      const reply = await http.gateway.askOrder(orderId, command)
      return reply.kind === 'key_taken' ? reply : { kind: 'done', value: orderFrom(reply) }
    },
    orderState,
  )
  return json(201, ratingOf(order, side))
}

function ratingOf(order: OrderState, side: RatingSide): RatingView {
  const rating = renderRating(order, side)
  if (rating === null) throw new Error(`an order that was just rated by its ${side} has no such rating`)
  return rating
}

/** @throws {Refusal} `forbidden` for the other side; `invalid` where whoever speaks for both does not say for which. */
function sideOf({ role }: Principal, { side }: NewRating): RatingSide {
  if (role === 'customer' || role === 'driver') {
    if ((side ?? role) !== role) throw new Refusal('forbidden', 'A side rates for itself, not for the other one.')
    return role
  }
  if (side === undefined || side === null) throw invalidField('/side', 'Required: customer or driver')
  return side
}

async function list(http: Http, call: Call): Promise<Response> {
  const order = await readOrder(http.sql, orderIdOf(call))
  if (order === null) throw notFound('order')
  return json(200, { data: ratingsFor(call.principal, order), next_cursor: null })
}

async function readCustomer(http: Http, call: Call): Promise<Response> {
  const customerId = nameIn(call.params.customer_id, CUSTOMER_ID_MAX)
  const sum = customerId === null ? null : await ratingsOfCustomer(http.sql, call.principal.mode, customerId)
  if (sum === null) throw notFound('customer')
  return json(200, { customer_id: customerId, ratings: renderRatingSum(sum) })
}

const CUSTOMER_ID_MAX = 64
