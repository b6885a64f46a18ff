/**
 * The order actor: the one authority over its own lifecycle and over *which driver has it*.
 *
 * A proposal of the matching cell becomes offers; a driver that can, holds; an accept of a held offer becomes an
 * assignment, and the commit of that turn is the decision. It names the driver's epoch and load version as they were
 * when the driver promised: whatever happened to the driver since (another order, a crash, a zombie) makes the record
 * refuse the claim, and the order goes back to matching as if the driver had said no.
 *
 * What can go wrong: an accept comes twice (the same offer gets the first answer), late (the offer is closed by its time,
 * not by its timer), before the hold is known (it waits for it), or after a crash (the offer is in the journal, `resume`
 * asks the driver to hold it again, and an accept meanwhile waits).
 */
import type { UnixMs } from '../../domain/ids.ts'
import { checkMove, isBeforePickup, isEnded } from '../../domain/order-lifecycle.ts'
import { asJson, type Effect, NOTHING, setTimer, type Turn, turn } from '../runtime/turn.ts'
import { toDriver } from '../send.ts'
import type { DispatchSettings } from '../settings.ts'
import { notMade, waitedFor } from './order.adjust.ts'
import { amend } from './order.amend.ts'
import { accept, assignDirectly, claimRefused, held } from './order.assign.ts'
import { freeSoon, freeSoonTimer } from './order.demand.ts'
import {
  announce,
  answer,
  answerOrder,
  changed,
  endAssignment,
  type OrderContext,
  publishOrder,
  recorded,
  releaseOf,
  revokeAll,
  taskOf,
  tellDriver,
  tellOfEnd,
  tellOfLoss,
} from './order.effects.ts'
import type { OrderCommand, OrderEvent, OrderMessage } from './order.messages.ts'
import { NO_SHOW, noShow, noShowDue, noShowTimer } from './order.no-show.ts'
import { askedAboutOffer, decline, notHeld, offerTimedOut, propose, resendOffer } from './order.offers.ts'
import { proofGiven, unproven } from './order.proof.ts'
import { rate } from './order.rate.ts'
import { askedAboutReservation, askReserved, endReservation, unreserve } from './order.reserve.ts'
import { due, timesOf } from './order.schedule.ts'
import type { Assignment, OrderState } from './order.state.ts'

type OrderTurn = Turn<OrderEvent>

/** One turn of an order. Pure: reads no clock and does no I/O. */
export function decide(
  state: OrderState | null,
  message: OrderMessage,
  nowMs: UnixMs,
  settings: DispatchSettings,
): OrderTurn {
  const context = { settings, nowMs }
  if (message.kind === 'order.place') return place(state, message, context)
  if (state === null) return absent(message)
  switch (message.kind) {
    case 'order.amend':
      return amend(state, message, context)
    case 'order.cancel':
      return cancel(state, message, context)
    case 'order.status':
      return moveOn(state, message, context)
    case 'order.no_show':
      return noShow(state, message, context)
    case 'order.rate':
      return rate(state, message, context)
    case 'order.unassign':
      return unassign(state, message, context)
    case 'order.accept':
      return accept(state, message, context)
    case 'order.decline':
      return decline(state, message, context)
    case 'order.assign':
      return assignDirectly(state, message, context)
    case 'order.proposal':
      return propose(state, message, context)
    case 'order.held':
      return held(state, message, context)
    case 'order.not_held':
      return notHeld(state, message, context)
    case 'order.ask_offer':
      return askedAboutOffer(state, message, context)
    case 'order.ask_assignment':
      return turn([], [tellAboutAssignment(state, message)])
    case 'order.ask_reservation':
      return askedAboutReservation(state, message)
    case 'order.due':
      return due(state, context)
    case 'timer':
      return timer(state, message.name, context)
    case 'write_refused':
      return writeRefused(state, message.reason, message.message, context)
  }
}

/**
 * After a crash, a take-over or a commit whose answer was lost: the outputs that follow from the state alone. Watchers are shown
 * it in any case: the commit that led here may have been taken, and its publication lost; and with it the word to the driver.
 */
export function resume(state: OrderState, nowMs: UnixMs, settings: DispatchSettings): Effect[] {
  if (isEnded(state.status)) return [publishOrder(state), ...tellOfEnd(state, nowMs)]
  return [
    publishOrder(state),
    ...state.offers.flatMap(offer => resendOffer(state, offer, nowMs)),
    ...(state.status === 'placed' ? [setTimer('expire', state.expiresAtMs)] : []),
    ...announce(state, nowMs, settings),
    ...(state.status === 'placed' && state.reservation ? [setTimer('reserved', nowMs)] : []),
    ...noShowTimer(state, settings),
    ...freeSoonTimer(state, nowMs),
    ...tellDriver(state),
    ...tellOfLoss(state, nowMs),
  ]
}

function absent(message: OrderMessage): OrderTurn {
  switch (message.kind) {
    case 'order.ask_offer':
      return turn([], [toDriver(message, { kind: 'driver.revoke', offerId: message.offerId, reason: 'order_unknown' })])
    case 'write_refused':
      return message.message.kind === 'order.place'
        ? turn([], answer(message.message.replyTo, { kind: 'key_taken' }))
        : NOTHING
    case 'order.amend':
    case 'order.rate':
    case 'order.no_show':
    case 'order.cancel':
    case 'order.status':
    case 'order.accept':
    case 'order.decline':
    case 'order.assign':
    case 'order.unassign':
      return turn([], answer(message.replyTo, { kind: 'not_found' }))
    default:
      return NOTHING
  }
}

function place(
  state: OrderState | null,
  message: OrderCommand & { kind: 'order.place' },
  context: OrderContext,
): OrderTurn {
  const { nowMs, settings } = context
  if (state) return placeAgain(state, message)
  const event: OrderEvent = {
    type: 'placed',
    atMs: nowMs,
    terms: message.terms,
    ...timesOf(message.terms, nowMs, settings),
    by: message.by,
  }
  return changed(state, [event], message.replyTo, context, next => ({
    effects: next.status === 'placed' ? [setTimer('expire', next.expiresAtMs)] : [],
    writes: message.key ? { key: { ...message.key, response: asJson(next) } } : {},
  }))
}

/** The same command again, after a commit whose answer was lost; or another one, for a quote that is used. */
function placeAgain(state: OrderState, { terms, replyTo }: OrderCommand & { kind: 'order.place' }): OrderTurn {
  const { orderId, requestId } = state.terms
  const isSame = terms.requestId === requestId
  return turn([], isSame ? answerOrder(replyTo, state) : answer(replyTo, { kind: 'already_ordered', orderId }))
}

function cancel(state: OrderState, message: OrderCommand & { kind: 'order.cancel' }, context: OrderContext): OrderTurn {
  // It had the order when it was last looked at, and has lost it since.
  if (message.by.role === 'driver' && state.assignment?.driverId !== message.by.id) {
    return turn([], answer(message.replyTo, { kind: 'not_found' }))
  }
  if (state.status === 'cancelled') return turn([], answerOrder(message.replyTo, state))
  if (isEnded(state.status)) return invalid(state, message)
  const { nowMs } = context
  const event: OrderEvent = { type: 'cancelled', atMs: nowMs, reason: message.reason, by: message.by }
  return changed(state, [event, ...notMade(state, message.by.role, nowMs)], message.replyTo, context, () => ({
    effects: [
      ...revokeAll(state.offers, 'cancelled'),
      ...endReservation(state),
      ...endAssignment(state, message.reason, 'cancelled'),
    ],
    writes: releaseOf(state),
  }))
}

function moveOn(state: OrderState, message: OrderCommand & { kind: 'order.status' }, context: OrderContext): OrderTurn {
  const assignment = state.assignment
  if (message.by.role === 'driver' && assignment?.driverId !== message.by.id) {
    return turn([], answer(message.replyTo, { kind: 'not_found' }))
  }
  const move = checkMove(state.status, message.status)
  if (move === 'same') return turn([], answerOrder(message.replyTo, state))
  if (move === 'invalid' || !assignment) return invalid(state, message)
  const refused = unproven(state, message, context)
  if (refused) return refused
  const event: OrderEvent = {
    type: 'status',
    atMs: context.nowMs,
    status: message.status,
    driverId: assignment.driverId,
    by: message.by,
    ...proofGiven(state, message),
  }
  const delivered = message.status === 'delivered'
  const charged = waitedFor(state, message.status, context.nowMs)
  return changed(state, [event, ...charged], message.replyTo, context, after => ({
    effects: [
      // A dispatcher may just be asking another driver: with the goods on board that is over.
      ...(after.offers.length === 0 ? revokeAll(state.offers, 'picked_up') : []),
      ...(delivered ? endAssignment(state, 'delivered', 'delivered') : []),
      ...freeSoonTimer(after, context.nowMs),
      ...noShowTimer(after, context.settings),
      ...pickedUp(after, assignment),
    ],
    writes: delivered ? releaseOf(state) : {},
  }))
}

/** When its driver will be free, and where, is reckoned from here on by the way to the drop-off alone. */
function pickedUp(after: OrderState, assignment: Assignment): Effect[] {
  if (after.status !== 'en_route_to_dropoff') return []
  const { offerId } = assignment
  const { orderId } = after.terms
  return [toDriver(assignment, { kind: 'driver.picked_up', orderId, offerId, task: taskOf(after) })]
}

function unassign(
  state: OrderState,
  message: OrderCommand & { kind: 'order.unassign' },
  context: OrderContext,
): OrderTurn {
  const assignment = state.assignment
  const its = assignment?.driverId ?? state.reservation?.driverId
  if (message.by.role === 'driver' && its !== message.by.id) {
    return turn([], answer(message.replyTo, { kind: 'not_found' }))
  }
  const letGo = assignment ? null : unreserve(state, message.reason, message.by, context)
  if (letGo) return changed(state, [letGo], message.replyTo, context, () => ({ effects: endReservation(state) }))
  if (!assignment || !isBeforePickup(state.status)) return invalid(state, message)
  const event: OrderEvent = {
    type: 'unassigned',
    atMs: context.nowMs,
    driverId: assignment.driverId,
    reason: message.reason,
    refused: true,
    // The search starts anew, with the fare it had.
    expiresAtMs: Math.max(state.expiresAtMs, context.nowMs + context.settings.orderTtlMs),
    by: message.by,
  }
  return changed(state, [event], message.replyTo, context, next => ({
    effects: [
      ...revokeAll(state.offers, 'unassigned'),
      ...endAssignment(state, message.reason, 'unassigned'),
      setTimer('expire', next.expiresAtMs),
    ],
    writes: releaseOf(state),
  }))
}

function tellAboutAssignment(state: OrderState, asker: OrderMessage & { kind: 'order.ask_assignment' }): Effect {
  const { orderId } = state.terms
  const { offerId } = asker
  return state.assignment?.offerId === offerId && !isEnded(state.status)
    ? toDriver(asker, {
        kind: 'driver.still_assigned',
        orderId,
        offerId,
        task: taskOf(state),
        order: asJson(recorded(state)),
      })
    : toDriver(asker, { kind: 'driver.ended', orderId, offerId, reason: 'not_assigned', status: state.status })
}

function timer(state: OrderState, name: string, context: OrderContext): OrderTurn {
  if (name === 'announce') return turn([], announce(state, context.nowMs, context.settings))
  if (name === 'reserved') return askReserved(state, context)
  if (name === 'expire') return expire(state, context)
  if (name === NO_SHOW) return noShowDue(state, context)
  if (name === 'soon') return turn([], freeSoon(state, context))
  const offer = state.offers.find(o => name === `offer:${o.offerId}` || name === `hold:${o.offerId}`)
  if (!offer) return NOTHING
  return name.startsWith('offer:')
    ? offerTimedOut(state, offer, context)
    : turn([], offer.hold ? [] : resendOffer(state, offer, context.nowMs))
}

function expire(state: OrderState, context: OrderContext): OrderTurn {
  if (state.status !== 'placed') return NOTHING
  if (context.nowMs < state.expiresAtMs) return turn([], [setTimer('expire', state.expiresAtMs)])
  const { nowMs } = context
  const events: OrderEvent[] = [{ type: 'expired', atMs: nowMs }, ...notMade(state, 'system', nowMs)]
  return changed(state, events, undefined, context, () => ({
    effects: [...revokeAll(state.offers, 'expired'), ...endReservation(state)],
  }))
}

/** The record refused the turn of `message`; the state is as it was before. */
function writeRefused(
  state: OrderState,
  reason: 'claim_refused' | 'key_taken',
  message: OrderMessage,
  context: OrderContext,
): OrderTurn {
  switch (message.kind) {
    case 'order.accept':
    case 'order.assign':
    case 'order.held':
      return reason === 'claim_refused' ? claimRefused(state, message, context) : NOTHING
    default:
      return 'replyTo' in message ? turn([], answer(message.replyTo, { kind: 'key_taken' })) : NOTHING
  }
}

function invalid(state: OrderState, message: OrderCommand): OrderTurn {
  return turn([], answer(message.replyTo, { kind: 'invalid_transition', status: state.status }))
}
