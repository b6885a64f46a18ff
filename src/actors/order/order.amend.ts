/**
 * What of an order is changed after it was placed: its words until it is over, its trip until a driver has it, its time until the
 * search begins.
 *
 * A trip that is changed has another price, and that was made for the order as it was at one version: if the order has moved on
 * meanwhile (a driver has it, or somebody else has changed it) the change is refused, so nothing is ever priced by a trip that it is not.
 * A change that is in already is answered as done, whatever its version says: so a repeat after a lost answer, or after a commit of
 * unknown outcome, is no conflict. Whoever was asked about the trip of before is told that the offer is over.
 */
import type { LatLng } from '../../domain/geo.ts'
import { isEnded } from '../../domain/order-lifecycle.ts'
import { type Effect, setTimer, type Turn, turn } from '../runtime/turn.ts'
import {
  announce,
  answer,
  answerOrder,
  changed,
  leaveCells,
  type OrderContext,
  tellDriver,
  waits,
} from './order.effects.ts'
import type { OrderCommand, OrderEvent } from './order.messages.ts'
import { closed, closingEffects } from './order.offers.ts'
import { tellReserved } from './order.reserve.ts'
import { timesOf } from './order.schedule.ts'
import type { AmendedTerms, OrderState, OrderTerms, Place } from './order.state.ts'

type Amend = OrderCommand & { kind: 'order.amend' }

const AMENDED = { reason: 'amended', refused: false, tellDriver: true } as const

export function amend(state: OrderState, message: Amend, context: OrderContext): Turn<OrderEvent> {
  const { replyTo, changes, ifVersion } = message
  if (isIn(state.terms, changes)) return turn([], answerOrder(replyTo, state))
  if (!mayChange(state, changes)) return turn([], answer(replyTo, { kind: 'invalid_transition', status: state.status }))
  if (ifVersion !== null && ifVersion !== state.version) {
    return turn([], answer(replyTo, { kind: 'version_conflict', version: state.version }))
  }
  return isTrip(changes) ? amendTrip(state, message, context) : amendWords(state, message, context)
}

function amendWords(state: OrderState, message: Amend, context: OrderContext): Turn<OrderEvent> {
  const { dueAtMs, expiresAtMs } = state
  const event = amendedBy(message, { dueAtMs, expiresAtMs }, context)
  // Its driver reads them on its phone.
  return changed(state, [event], message.replyTo, context, after => ({ effects: tellDriver(after) }))
}

function amendTrip(state: OrderState, message: Amend, context: OrderContext): Turn<OrderEvent> {
  const { nowMs, settings } = context
  const isScheduled = state.status === 'scheduled'
  const { dueAtMs, expiresAtMs } = state
  const terms = { ...state.terms, ...message.changes }
  const times = isScheduled ? timesOf(terms, nowMs, settings) : { dueAtMs, expiresAtMs }
  const isDue = isScheduled && times.dueAtMs <= nowMs
  const events: OrderEvent[] = [
    ...state.offers.map(offer => closed(offer, AMENDED, nowMs)),
    amendedBy(message, times, context),
    ...(isDue ? [{ type: 'due', atMs: nowMs } as const] : []),
  ]
  return changed(state, events, message.replyTo, context, after => ({
    effects: [
      ...state.offers.flatMap(offer => closingEffects(offer, AMENDED)),
      ...(isDue ? [setTimer('expire', after.expiresAtMs)] : []),
      ...(after.reservation ? [...tellReserved(after), setTimer('reserved', nowMs)] : []),
      ...(waits(state) ? waitsElsewhere(state, after, context) : []),
    ],
  }))
}

/** It waited and still does: the cells hear of the new trip, and those that it is not near any more that it is gone. */
function waitsElsewhere(before: OrderState, after: OrderState, { nowMs, settings }: OrderContext): Effect[] {
  return [...leaveCells(before, after, settings), ...announce(after, nowMs, settings)]
}

function amendedBy(
  { changes, by }: Amend,
  times: { readonly dueAtMs: number; readonly expiresAtMs: number },
  { nowMs }: OrderContext,
): OrderEvent {
  return { type: 'amended', atMs: nowMs, terms: changes, ...times, by }
}

function isTrip(changes: AmendedTerms): boolean {
  return 'pickup' in changes || 'dropoff' in changes || 'scheduledAtMs' in changes
}

function mayChange({ status }: OrderState, changes: AmendedTerms): boolean {
  if ('scheduledAtMs' in changes) return status === 'scheduled'
  return isTrip(changes) ? status === 'scheduled' || status === 'placed' : !isEnded(status)
}

/** By what somebody asked for; the price follows from it, and from the quote that is named. */
function isIn(terms: OrderTerms, changes: AmendedTerms): boolean {
  const { pickup, dropoff, scheduledAtMs, notes, items, quoteId } = { ...terms, ...changes }
  return (
    isSamePlace(pickup, terms.pickup) &&
    isSamePlace(dropoff, terms.dropoff) &&
    scheduledAtMs === terms.scheduledAtMs &&
    notes === terms.notes &&
    isSameItems(items, terms.items) &&
    quoteId === terms.quoteId
  )
}

export function isSamePlace(a: Place, b: Place): boolean {
  return isSamePoint(a, b) && a.address === b.address
}

function isSamePoint(a: LatLng, b: LatLng): boolean {
  return a.latitude === b.latitude && a.longitude === b.longitude
}

export function isSameItems(a: OrderTerms['items'], b: OrderTerms['items']): boolean {
  return a.length === b.length && a.every((item, i) => item.name === b[i]?.name && item.quantity === b[i]?.quantity)
}
