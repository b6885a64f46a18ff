/** What is asked of orders. Each answer is what the order's actor says once its turn is committed. */
import type { Ask } from '../../actors/gateway.ts'
import type { OrderCommand } from '../../actors/order/order.messages.ts'
import type { ProofClaim } from '../../domain/delivery-proof.ts'
import type { DriverId } from '../../domain/ids.ts'
import { driverById } from '../../store/records-drivers.ts'
import { checkDriverMode } from '../access/own-mode.ts'
import type { Principal } from '../access/principal.ts'
import { readJson } from '../body.ts'
import type { Http } from '../context.ts'
import { type Call, type Endpoint, json, type Operation } from '../endpoint.ts'
import { countTurnedAway, isTurnedAway } from '../fares.ts'
import { claimOf } from '../idempotency.ts'
import { checkWhereTo, termsOf } from '../order-terms.ts'
import { invalidField, notFound, Refusal } from '../problem.ts'
import { renderOrderFor } from '../render/order.ts'
import { orderState } from '../render/state.ts'
import { orderFrom, quoteUsed } from '../replies.ts'
import {
  AssignBody,
  assignBody,
  NewOrder,
  newOrder,
  OrderView,
  type ProofBody,
  ReasonBody,
  reasonBody,
  StatusBody,
  statusBody,
} from '../schemas/order.ts'
import { checked } from '../validate.ts'
import { orderIdOf } from './params.ts'

const TAG = 'Orders'
const ASKED = ['not_found', 'invalid_transition', 'overloaded', 'record_unavailable', 'timeout'] as const

export function orderRoutes(http: Http): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/v1/orders',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Book a trip.',
        description:
          'Either by `quote_id`, or with `pickup` and `dropoff`, priced as a quote would be. Answered once it is committed. A quote ' +
          'is good for one order: another request for it is 409 `already_exists`, and names that order.',
        body: NewOrder,
        idempotent: true,
        answers: { 201: { description: 'The order.', schema: OrderView } },
        problems: [
          'not_found',
          'already_exists',
          'quote_expired',
          'outside_service_area',
          'overloaded',
          'record_unavailable',
          'timeout',
        ],
      },
      handle: call => create(http, call),
    },
    {
      method: 'POST',
      path: '/v1/orders/{order_id}/cancel',
      access: 'key',
      operation: commanded('Cancel an order.', ReasonBody),
      handle: async call => {
        const { reason } = checked(reasonBody, await readBody(http, call))
        return ask(http, call, { kind: 'order.cancel', by: call.principal.actor, reason })
      },
    },
    {
      method: 'POST',
      path: '/v1/orders/{order_id}/status',
      access: 'key',
      operation: {
        ...commanded('The next step of a trip. No step is skipped; a repeat changes nothing.', StatusBody),
        description:
          'An order that asks for proof is `delivered` with it: 409 `proof_required` says what is missing, `pin_wrong` how many tries are ' +
          'left, and after `pin_locked` a dispatcher delivers it with `waived_because`.',
        problems: [...ASKED, 'proof_required', 'pin_wrong', 'pin_locked'],
      },
      handle: async call => {
        const { status, proof } = checked(statusBody, await readBody(http, call))
        if (isGiven(proof) && status !== 'delivered') throw invalidField('/proof', 'Goes with delivered')
        const claim = isGiven(proof) ? { proof: proofFrom(proof, call.principal) } : {}
        return ask(http, call, { kind: 'order.status', by: call.principal.actor, status, ...claim })
      },
    },
    {
      method: 'POST',
      path: '/v1/orders/{order_id}/no-show',
      access: 'key',
      operation: {
        tag: TAG,
        summary: 'Nobody has come to the pickup.',
        description:
          'The order is `cancelled` for `no_show`, with the fee that its ruleset has for that. Not before its driver has waited as long as the ' +
          'ruleset says: 409 `too_early` tells until when.',
        answers: { 200: { description: 'The order after it.', schema: OrderView } },
        problems: [...ASKED, 'too_early'],
      },
      handle: call => ask(http, call, { kind: 'order.no_show', by: call.principal.actor }),
    },
    {
      method: 'POST',
      path: '/v1/orders/{order_id}/assign',
      access: 'key',
      operation: {
        ...commanded('Give an order to a driver, or to another one.', AssignBody),
        description:
          'A `scheduled` order is promised to the driver, which works on until then and is offered nothing that would make it late; when the ' +
          'order is due, that driver has it first. `unassign` takes it back.',
        problems: [...ASKED, 'driver_unavailable'],
      },
      handle: call => assign(http, call),
    },
    {
      method: 'POST',
      path: '/v1/orders/{order_id}/unassign',
      access: 'key',
      operation: commanded('Take an order back from its driver, before pickup; it looks for another one.', ReasonBody),
      handle: async call => {
        const { reason } = checked(reasonBody, await readBody(http, call))
        return ask(http, call, { kind: 'order.unassign', by: call.principal.actor, reason })
      },
    },
  ]
}

function commanded(summary: string, body: NonNullable<Operation['body']>): Operation {
  return {
    tag: TAG,
    summary,
    body,
    answers: { 200: { description: 'The order after it.', schema: OrderView } },
    problems: ASKED,
  }
}

function proofFrom(body: ProofBody, { role }: Principal): ProofClaim {
  const waivedBecause = body.waived_because ?? null
  if (role === 'driver' && waivedBecause !== null) {
    throw new Refusal('forbidden', 'Proof is waived by a dispatcher, not by the driver who owes it.')
  }
  return { pin: body.pin ?? null, photo: body.photo ?? null, signature: body.signature ?? null, waivedBecause }
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined
}

function readBody(http: Http, call: Call): Promise<unknown> {
  return readJson(call.request, http.config.limits.bodyBytesMax)
}

async function ask(http: Http, call: Call, command: Ask<OrderCommand>): Promise<Response> {
  const reply = await http.gateway.askOrder(orderIdOf(call), command)
  return json(200, renderOrderFor(call.principal, orderFrom(reply), http.links))
}

async function create(http: Http, call: Call): Promise<Response> {
  const body = checked(newOrder, await readBody(http, call))
  checkWhereTo(body)
  const claim = claimOf({ ...call, route: 'POST /v1/orders', body })
  const order = await http.idempotency.once(
    claim,
    async key => {
      const terms = await termsOf(http, body, call.principal)
      const reply = await http.gateway.askOrder(terms.orderId, {
        kind: 'order.place',
        by: call.principal.actor,
        terms,
        key,
      })
      if (isTurnedAway(reply)) countTurnedAway(http, terms)
      if (reply.kind === 'already_ordered') return { kind: 'taken', refusal: quoteUsed(reply.orderId) }
      return reply.kind === 'key_taken' ? reply : { kind: 'done', value: orderFrom(reply) }
    },
    orderState,
  )
  return json(201, renderOrderFor(call.principal, order, http.links))
}

async function assign(http: Http, call: Call): Promise<Response> {
  const driverId = checked(assignBody, await readBody(http, call)).driver_id as DriverId
  // Said apart from a driver that cannot: a mistyped id would otherwise look like a busy one.
  if (call.act) call.act.detail = { driver_id: driverId }
  checkDriverMode(driverId, call.principal.mode)
  if ((await driverById(http.sql, driverId)) === null) throw notFound('driver')
  const driverShard = http.gateway.homeOf(driverId)
  return ask(http, call, { kind: 'order.assign', by: call.principal.actor, driverId, driverShard })
}
