/**
 * The offer on the screen. It leaves at once when the node takes it back or its time is over, unless the courier has accepted: then it stays,
 * as a question, until the node has answered, however often that has to be asked.
 */
import { withErrand, withoutErrand } from './errands.ts'
import type { Heard, Now } from './events.ts'
import { jobOf } from './jobs.ts'
import { withNotice } from './notices.ts'
import type { CourierState, ShownOffer } from './state.ts'
import { offerGone } from './words.ts'

const DECLINED_MAX = 32

export function offered(state: CourierState, told: Heard & { type: 'offer' }, now: Now): CourierState {
  const { offer_id: offerId, order, pickup_eta_s: pickupEtaS } = told
  const expiresAtMs = Date.parse(told.expires_at)
  if (jobOf(state, order.order_id) !== null || state.declined.includes(offerId)) return state
  const isUnderWay = state.errands.some(({ what }) => what.kind === 'accept' && what.offerId === offerId)
  if (expiresAtMs <= now.serverMs && !isUnderWay) return state
  const sinceTurn = state.offer?.offerId === offerId ? state.offer.sinceTurn : state.turn
  const offer: ShownOffer = {
    offerId,
    order,
    pickupEtaS,
    expiresAtMs,
    answer: isUnderWay ? 'accepting' : 'none',
    sinceTurn,
  }
  return { ...state, offer }
}

export function revoked(state: CourierState, offerId: string, reason: string): CourierState {
  if (state.offer?.offerId !== offerId) return state
  // An accept of it that is on its way is still waited for: should it have won, the node says so, and only the node.
  return withNotice({ ...state, offer: null }, 'lost', offerGone(reason))
}

export function accepted(state: CourierState, offerId: string, now: Now): CourierState {
  const { offer } = state
  if (offer?.offerId !== offerId || offer.answer !== 'none' || offer.expiresAtMs <= now.serverMs) return state
  const asked: CourierState = { ...state, offer: { ...offer, answer: 'accepting' } }
  return withErrand(asked, { kind: 'accept', offerId, orderId: offer.order.order_id })
}

export function declined(state: CourierState, offerId: string): CourierState {
  const { offer } = state
  if (offer?.offerId !== offerId || offer.answer !== 'none') return state
  const without: CourierState = { ...state, offer: null, declined: [...state.declined, offerId].slice(-DECLINED_MAX) }
  const { expiresAtMs } = offer
  return withErrand(without, { kind: 'decline', offerId, orderId: offer.order.order_id, expiresAtMs })
}

/** What time alone does. */
export function expired(state: CourierState, now: Now): CourierState {
  const { offer } = state
  // A decline that could not be said in time is as good as silence.
  const late = state.errands.find(
    ({ what, state }) => what.kind === 'decline' && state !== 'asking' && what.expiresAtMs <= now.serverMs,
  )
  const after = late === undefined ? state : withoutErrand(state, late.id)
  if (offer === null || offer.answer === 'accepting' || offer.expiresAtMs > now.serverMs) return after
  return withNotice({ ...after, offer: null }, 'info', offerGone('expired'))
}
