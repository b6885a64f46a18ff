/** How an order gets its driver: an accept, a promise, or a dispatcher's word becomes an assignment, by one commit. */

import { travelTimeS } from '../../domain/eta.ts'
import { type OrderId, offerIdOf, type UnixMs } from '../../domain/ids.ts'
import { leavesPickupAtMs } from '../../domain/stops.ts'
import { asJson, type Effect, NOTHING, reply, type Turn, turn, type Writes } from '../runtime/turn.ts'
import { toDriver } from '../send.ts'
import { WAITING_MAX } from '../settings.ts'
import {
  answer,
  answerOrder,
  changed,
  closedReply,
  driverOf,
  endAssignment,
  type OrderContext,
  releaseOf,
  revokeAll,
  taskOf,
} from './order.effects.ts'
import { canBeAssigned, evolve } from './order.evolve.ts'
import type { OrderCommand, OrderEvent, OrderMessage } from './order.messages.ts'
import {
  aboutClosedOffer,
  closed,
  closeOffer,
  closingEffects,
  DIRECT_TTL_MS,
  isOver,
  isOwn,
  isSameMode,
  makeOffer,
  offered,
  offerFor,
  offerTimedOut,
  timedOut,
  tooLate,
} from './order.offers.ts'
import { endReservation, reserved } from './order.reserve.ts'
import type { Actor, Awaiting, OpenOffer, OrderState } from './order.state.ts'

type OrderTurn = Turn<OrderEvent>
type Accept = OrderCommand & { kind: 'order.accept' }
type Assign = OrderCommand & { kind: 'order.assign' }
type Held = OrderMessage & { kind: 'order.held' }

const SYSTEM: Actor = { role: 'system', id: 'dispatch' }

/** The same driver's second accept gets the first answer; any other comes too late once the offer is closed. */
export function accept(state: OrderState, message: Accept, context: OrderContext): OrderTurn {
  const { assignment } = state
  if (assignment?.offerId === message.offerId && isOwn(message, assignment.driverId)) {
    return turn([], answerOrder(message.replyTo, state))
  }
  const offer = offerFor(state, message)
  if (!offer) return turn([], answer(message.replyTo, { kind: 'offer_closed' }))
  if (isOver(offer, context)) return tooLate(state, offer, message, context)
  return awaitOrAssign(state, offer, message, context)
}

/** The driver promises; where nobody needs to be asked, or somebody has answered already, that is the assignment. */
export function held(state: OrderState, message: Held, context: OrderContext): OrderTurn {
  const offer = state.offers.find(o => o.offerId === message.offerId)
  if (!offer) return turn([], aboutClosedOffer(state, message))
  if (isOver(offer, context)) return offerTimedOut(state, offer, context)
  const { driverEpoch, loadVersion, driverShard, driverName, vehicleType } = message
  if (offer.hold && isOlder(message, offer.hold)) return NOTHING
  if (offer.mode === 'reserve') return reserved(state, offer, message, context)
  const pickupEtaS = offer.mode === 'direct' ? etaOf(state, message) : offer.pickupEtaS
  const hold = { driverEpoch, loadVersion, driverShard, driverName, vehicleType, pickupEtaS }
  const event: OrderEvent = { type: 'held', atMs: context.nowMs, offerId: offer.offerId, hold }
  if (offer.mode === 'ask' && !offer.accepted) return turn([event])
  return assign(evolve(state, event), [event], { ...offer, hold }, undefined, context)
}

/** Promises overtake each other on their way; the one from before a crash or another order is void. */
function isOlder(a: Held, b: NonNullable<OpenOffer['hold']>): boolean {
  return a.driverEpoch < b.driverEpoch || (a.driverEpoch === b.driverEpoch && a.loadVersion < b.loadVersion)
}

/** A dispatcher names the driver: an offer like any other, accepted as soon as it is held. */
export function assignDirectly(state: OrderState, message: Assign, context: OrderContext): OrderTurn {
  if (!canBeAssigned(state.status) && state.status !== 'scheduled') {
    return turn([], answer(message.replyTo, { kind: 'invalid_transition', status: state.status }))
  }
  if (!isSameMode(state, message.driverId)) {
    return turn([], answer(message.replyTo, { kind: 'driver_unavailable', reason: 'other_mode' }))
  }
  const has = state.assignment?.driverId ?? (state.status === 'scheduled' ? state.reservation?.driverId : undefined)
  if (has === message.driverId) return turn([], answerOrder(message.replyTo, state))
  const asked = state.offers.find(o => o.driverId === message.driverId)
  if (asked && !isOver(asked, context)) return awaitOrAssign(state, asked, message, context)
  return offerDirectly(state, asked, message, context)
}

/** @param lapsed  an offer to the same driver whose time is over: the new one takes its place. */
function offerDirectly(
  state: OrderState,
  lapsed: OpenOffer | undefined,
  message: Assign,
  context: OrderContext,
): OrderTurn {
  const { nowMs } = context
  const candidate = { driverId: message.driverId, driverShard: message.driverShard, pickupEtaS: 0 }
  const offerId = offerIdOf(state.terms.orderId, state.offersMade + 1)
  const events: OrderEvent[] = [
    ...(lapsed ? [closed(lapsed, timedOut(lapsed), nowMs)] : []),
    // For later it takes none of the driver's load yet.
    offered(state, [candidate], state.status === 'scheduled' ? 'reserve' : 'direct', nowMs + DIRECT_TTL_MS, nowMs),
    { type: 'answer_awaited', atMs: nowMs, offerId, awaiting: awaitingOf(message) },
  ]
  return changed(state, events, undefined, context, after => ({
    effects: [
      ...(lapsed ? closingEffects(lapsed, timedOut(lapsed)) : []),
      ...after.offers.filter(o => o.offerId === offerId).flatMap(o => makeOffer(after, o, nowMs)),
    ],
  }))
}

function awaitOrAssign(
  state: OrderState,
  offer: OpenOffer,
  message: Accept | Assign,
  context: OrderContext,
): OrderTurn {
  if (offer.hold) return assign(state, [], offer, message, context)
  if (offer.waiting.length >= WAITING_MAX) return turn([], reply(message.replyTo, { kind: 'busy' }))
  const { offerId } = offer
  return turn([{ type: 'answer_awaited', atMs: context.nowMs, offerId, awaiting: awaitingOf(message) }])
}

function awaitingOf({ kind, replyTo, by }: Accept | Assign): Awaiting {
  return { to: replyTo ?? null, by, ifClosed: kind === 'order.accept' ? 'offer_closed' : 'driver_unavailable' }
}

/** A dispatcher names a driver without knowing how far away it is; the driver does. */
function etaOf(state: OrderState, { position }: Held): number {
  return position === null ? 0 : Math.round(travelTimeS(position, state.terms.pickup))
}

/** The decision. Everything that it tells anybody waits until the record has taken it. */
function assign(
  state: OrderState,
  before: readonly OrderEvent[],
  offer: OpenOffer,
  message: Accept | Assign | undefined,
  context: OrderContext,
): OrderTurn {
  const { hold, offerId, driverId } = offer
  if (!hold) return NOTHING
  const { orderId, size, durationS, readyAtMs = null } = state.terms
  const { driverEpoch, loadVersion, driverShard, driverName, vehicleType } = hold
  // A booking for later is not picked up before its time.
  const pickupAtMs = Math.max(context.nowMs + hold.pickupEtaS * 1000, state.terms.scheduledAtMs ?? 0)
  const { stops } = context.settings.ruleset
  const event: OrderEvent = {
    type: 'assigned',
    atMs: context.nowMs,
    offerId,
    driverId,
    driverShard,
    driverName,
    vehicleType,
    size,
    pickupAtMs,
    dropoffAtMs: leavesPickupAtMs({ arrivesAtMs: pickupAtMs, readyAtMs }, stops) + durationS * 1000,
    ...(stops.pickupS === 0 ? {} : { pickupStopMs: stops.pickupS * 1000 }),
    by: message?.by ?? offer.waiting[0]?.by ?? SYSTEM,
  }
  const claim = { orderId, offerId, driverId, driverEpoch, loadVersion, size }
  const others = state.offers.filter(o => o.offerId !== offerId)
  // Given to a driver ahead of its time: due from this instant, in the same commit.
  const due: OrderEvent[] = state.status === 'scheduled' ? [{ type: 'due', atMs: context.nowMs }] : []
  const assigned = changed(state, [...due, event], message?.replyTo, context, after => ({
    effects: [
      ...offer.waiting.flatMap(({ to }) => answerOrder(to ?? undefined, after)),
      toDriver(driverOf(offer), {
        kind: 'driver.confirmed',
        offerId,
        orderId,
        size,
        loadVersion: loadVersion + 1,
        task: taskOf(after),
        order: asJson(after),
      }),
      ...revokeAll(others, 'taken'),
      ...(state.reservation?.driverId === driverId ? [] : endReservation(state)),
      ...endAssignment(state, 'reassigned', 'reassigned'),
    ],
    writes: { claim, ...releaseOf(state) },
  }))
  const writes = { ...assigned.writes, ...chosenBy(message, offer, orderId, context.nowMs) }
  return { ...assigned, events: [...before, ...assigned.events], writes }
}

/** A dispatcher's choice is a decision too: nobody else was weighed. */
function chosenBy(message: Accept | Assign | undefined, offer: OpenOffer, orderId: OrderId, atMs: UnixMs): Writes {
  const by = message?.kind === 'order.assign' ? message.by : offer.mode === 'direct' ? offer.waiting[0]?.by : undefined
  const { hold, driverId } = offer
  if (!by || !hold) return {}
  const chosen = { driver_id: driverId, pickup_eta_s: hold.pickupEtaS, cost: hold.pickupEtaS }
  const body = asJson({
    cell: null,
    window_ms: 0,
    chosen_by: by,
    chosen,
    candidates: [{ ...chosen, terms: { pickup_eta_s: hold.pickupEtaS }, excluded_by: null }],
  })
  return { decision: { orderId, atMs, body } }
}

/** The record says that the driver is not as it was when it promised: this offer cannot be won any more. */
export function claimRefused(state: OrderState, message: Accept | Assign | Held, context: OrderContext): OrderTurn {
  const offer =
    message.kind === 'order.assign'
      ? state.offers.find(o => o.driverId === message.driverId)
      : state.offers.find(o => o.offerId === message.offerId)
  const refusal = refusalOf(message)
  if (!offer) return turn([], refusal)
  const how = { reason: 'claim_refused', refused: false, tellDriver: true }
  const closing = closeOffer(state, offer, how, context, () => refusal)
  const recheck = toDriver(driverOf(offer), { kind: 'driver.recheck', offerId: offer.offerId })
  return { ...closing, effects: [...closing.effects, recheck] }
}

function refusalOf(message: Accept | Assign | Held): Effect[] {
  switch (message.kind) {
    case 'order.accept':
      return answer(message.replyTo, closedReply('offer_closed', 'claim_refused'))
    case 'order.assign':
      return answer(message.replyTo, closedReply('driver_unavailable', 'claim_refused'))
    case 'order.held':
      return []
  }
}
