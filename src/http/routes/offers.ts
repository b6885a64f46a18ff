/** What drivers are asked, and what they answer. Which offer wins is decided by the order alone. */
import { Type } from '@sinclair/typebox'
import { type DriverId, type OfferId, orderOfOffer } from '../../domain/ids.ts'
import { checkDriverMode } from '../access/own-mode.ts'
import { readOptionalJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json } from '../endpoint.ts'
import { notFound } from '../problem.ts'
import { readQuery } from '../query.ts'
import { isJsonObject } from '../render/json.ts'
import { renderOpenOffers } from '../render/offer.ts'
import { renderOrderFor } from '../render/order.ts'
import { orderState } from '../render/state.ts'
import { driverFrom, orderFrom } from '../replies.ts'
import {
  OffersQuery,
  OfferView,
  OptionalReasonBody,
  OrderView,
  offersQuery,
  optionalReasonBody,
} from '../schemas/order.ts'
import { checked } from '../validate.ts'

const TAG = 'Offers'

export function offerRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/v1/offers',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'The offers that a driver can accept now.',
        query: OffersQuery,
        answers: {
          200: {
            description: 'The open ones.',
            schema: Type.Object({ data: Type.Array(OfferView), next_cursor: Type.Null() }),
          },
        },
        problems: ['not_found', 'overloaded'],
      },
      handle: call => openOffers(http, call),
    },
    {
      method: 'POST',
      path: '/v1/offers/{offer_id}/accept',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Accept an offer for its driver.',
        description: 'Of any number of accepts one wins; a repeat of the winner’s is answered as the first.',
        answers: { 200: { description: 'The order, assigned.', schema: OrderView } },
        problems: ['not_found', 'offer_closed', 'overloaded', 'record_unavailable', 'timeout'],
      },
      handle: call => accept(http, call),
    },
    {
      method: 'POST',
      path: '/v1/offers/{offer_id}/decline',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Decline an offer for its driver.',
        description: 'The driver is not asked again for this order.',
        body: OptionalReasonBody,
        bodyOptional: true,
        answers: { 200: { description: 'The order, which looks for another driver.', schema: OrderView } },
        problems: ['not_found', 'offer_closed', 'overloaded', 'record_unavailable', 'timeout'],
      },
      handle: call => decline(http, call),
    },
  ]
}

/** A driver holds one offer at a time, and only its actor knows which. */
async function openOffers(http: Http, call: Call): Promise<Response> {
  const driverId = readQuery(offersQuery, call.request).driver_id as DriverId
  checkDriverMode(driverId, call.principal.mode)
  if (call.principal.role === 'driver' && call.principal.id !== driverId) throw notFound('driver')
  const { hold } = driverFrom(await http.gateway.askDriver(driverId, { kind: 'driver.read' }))
  const order = hold?.offer.order
  const data = isJsonObject(order) ? renderOpenOffers(orderState(order), driverId, http.clock.nowMs()) : []
  return json(200, { data: data.filter(offer => offer.offer_id === hold?.offerId), next_cursor: null })
}

async function accept(http: Http, call: Call): Promise<Response> {
  const { offerId, orderId } = offerOf(call)
  const reply = await http.gateway.askOrder(orderId, { kind: 'order.accept', by: call.principal.actor, offerId })
  return json(200, renderOrderFor(call.principal, orderFrom(reply), http.links))
}

async function decline(http: Http, call: Call): Promise<Response> {
  const { offerId, orderId } = offerOf(call)
  const body = checked(optionalReasonBody, await readOptionalJson(call.request, http.config.limits.bodyBytesMax))
  const reply = await http.gateway.askOrder(orderId, {
    kind: 'order.decline',
    by: call.principal.actor,
    offerId,
    reason: body.reason ?? null,
  })
  return json(200, renderOrderFor(call.principal, orderFrom(reply), http.links))
}

/** @throws {Refusal} `not_found` where the text is the id of no offer. */
function offerOf(call: Call) {
  const text = call.params.offer_id ?? ''
  const orderId = orderOfOffer(text)
  if (orderId === null) throw notFound('offer')
  return { offerId: text as OfferId, orderId }
}
