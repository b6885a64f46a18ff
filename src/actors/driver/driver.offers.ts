/** The hold of a driver: given, taken back, and what becomes of it in doubt. */
import { asOfMs } from '../../domain/freshness.ts'
import type { OfferId, UnixMs } from '../../domain/ids.ts'
import { type Effect, NOTHING, setTimer, type Turn, turn } from '../runtime/turn.ts'
import { toOrder } from '../send.ts'
import { RETRY_MS, SKEW_MARGIN_MS, VERIFY_HOLD_EVERY_MS } from '../settings.ts'
import { assumeAnnounced, changed, type DriverContext, heldBy, phone } from './driver.effects.ts'
import { dueToAnnounce, loadOf } from './driver.evolve.ts'
import type { DriverEvent, DriverMessage } from './driver.messages.ts'
import { reserve, wouldBeLate } from './driver.reservations.ts'
import { soonIdle } from './driver.soon-idle.ts'
import type { DriverHold, DriverState } from './driver.state.ts'
import { isInMaintenance } from './driver.vehicle-state.ts'

type DriverTurn = Turn<DriverEvent>
type Offer = DriverMessage & { kind: 'driver.offer' }

/** So often a silent order is asked what became of an offer before the record is. */
const ASKS_MAX = 4

export function offer(state: DriverState, message: Offer, context: DriverContext): DriverTurn {
  const { offerId, orderId, size, expiresAtMs, mode } = message
  if (mode === 'reserve') return reserve(state, message, context)
  const held = heldBy(state, orderId, offerId)
  if (state.hold?.offerId === offerId) return turn([], [held])
  const reason = whyNot(state, message, context)
  if (reason) return refuse(state, toOrder(orderId, { kind: 'order.not_held', offerId, reason, rings: false }), context)
  const hold = { offerId, orderId, size, expiresAtMs, offer: message.offer, asked: 0 }
  return changed(state, [{ type: 'held', atMs: context.nowMs, hold }], context, after => ({
    effects: [
      held,
      verifyHoldLater(hold, context.nowMs),
      ...(mode === 'ask' ? [phone(after, 'offer', message.offer)] : []),
    ],
  }))
}

/** Whoever asks in vain believes something old of this driver, so the cells are told the truth again. */
function refuse(state: DriverState, refusal: Effect, context: DriverContext): DriverTurn {
  const believed = state.announced ? dueToAnnounce(state) : assumeAnnounced(state, context.settings)
  return changed(believed, [], context, () => ({ effects: [refusal] }))
}

function whyNot(state: DriverState, message: Offer, context: DriverContext): string | null {
  const { nowMs, settings } = context
  if (nowMs >= message.expiresAtMs) return 'expired'
  if (state.hold) return 'busy'
  if (state.assignments.some(a => a.orderId === message.orderId)) return 'already_assigned'
  if (state.availability === 'offline') return 'offline'
  if (loadOf(state) + message.size > state.profile.capacity) return 'full'
  if (isInMaintenance(state, nowMs)) return 'maintenance'
  if (message.mode === 'direct') return null
  if (state.availability === 'paused') return 'paused'
  if (message.again) return null
  if (state.isOutside === true) return 'outside_service_area'
  if (!state.position || nowMs - asOfMs(state.position) >= settings.staleMs) return 'stale'
  if (wouldBeLate(state, message, context)) return 'reservation'
  // A cell that has not heard of its order yet took it for free: the customer must not wait behind that order's whole way.
  return state.assignments.length > 0 && soonIdle(state, context) === null ? 'busy' : null
}

export function revoked(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.revoke' },
  context: DriverContext,
): DriverTurn {
  const { offerId, reason, refused } = message
  // Without a hold, too: it may have been lost in a crash, and the phone rings on.
  const tell = phone(state, 'offer_revoked', { offer_id: offerId, reason })
  if (state.hold?.offerId !== offerId) return turn([], [tell])
  const event: DriverEvent = { type: 'released', atMs: context.nowMs, ...(refused ? { refused } : {}) }
  return changed(state, [event], context, () => ({ effects: [tell] }))
}

export function stillOpen(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.offer_open' },
  nowMs: UnixMs,
): DriverTurn {
  if (state.hold?.offerId !== message.offerId) return NOTHING
  const { expiresAtMs } = message
  return turn([{ type: 'hold_extended', atMs: nowMs, expiresAtMs }], [verifyHoldLater(message, nowMs)])
}

/** In doubt: first the order is asked, then the record; the order now and then before that, too, since its word that it is over may be lost. */
export function verifyHold(state: DriverState, nowMs: UnixMs): DriverTurn {
  const { hold } = state
  if (!hold) return NOTHING
  const { driverId, homeShard } = state
  const { offerId, orderId } = hold
  const ask = toOrder(orderId, { kind: 'order.ask_offer', offerId, driverId, driverShard: homeShard })
  if (nowMs < lapsesAtMs(hold)) return turn([], [ask, verifyHoldLater(hold, nowMs)])
  if (hold.asked >= ASKS_MAX) return lookAgain(state, offerId)
  return turn([{ type: 'asked', atMs: nowMs }], [ask, setTimer('hold', nowMs + RETRY_MS)])
}

type Expiring = Pick<DriverHold, 'expiresAtMs'>

/** Not while the offer ends by itself: the phone would be told of that twice. */
function verifyHoldLater(hold: Expiring, nowMs: UnixMs): Effect {
  const nextMs = nowMs + VERIFY_HOLD_EVERY_MS
  const isOpenThen = nextMs + SKEW_MARGIN_MS < hold.expiresAtMs
  return setTimer('hold', isOpenThen ? nextMs : Math.max(nowMs + RETRY_MS, lapsesAtMs(hold)))
}

function lapsesAtMs({ expiresAtMs }: Expiring): UnixMs {
  return expiresAtMs + SKEW_MARGIN_MS
}

/**
 * The record is not what this driver believes, because of that offer. Loading it anew raises the epoch, which voids every
 * hold for good: an order that relies on another one is told at once, rather than at its accept.
 */
export function lookAgain(state: DriverState, becauseOf: OfferId): DriverTurn {
  const { hold } = state
  const voided = hold && hold.offerId !== becauseOf ? [noLongerHeld(hold, 'reloaded')] : []
  return turn([], [...voided, { kind: 'reload' }])
}

/** Only the order says that an offer is over, so that nobody hears it before the record has it. */
export function noLongerHeld({ orderId, offerId }: DriverHold, reason: string): Effect {
  return toOrder(orderId, { kind: 'order.not_held', offerId, reason, rings: true })
}
