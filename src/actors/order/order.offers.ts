/** The offers of an order: made, repeated, held, closed. What comes of them is decided in `order.assign.ts`. */
import { type DriverId, type OfferId, offerIdOf, type ShardId, type UnixMs } from '../../domain/ids.ts'
import { modeOfDriver, modeOfOrder } from '../../domain/mode.ts'
import { isEnded } from '../../domain/order-lifecycle.ts'
import { asJson, type Effect, NOTHING, setTimer, type Turn, turn } from '../runtime/turn.ts'
import { toDriver } from '../send.ts'
import { RETRY_MS } from '../settings.ts'
import {
  announce,
  answer,
  answerClosed,
  answerOrder,
  changed,
  driverOf,
  type OrderContext,
  recorded,
  taskOf,
  waits,
} from './order.effects.ts'
import type { AnswersOffer, Candidate, OrderCommand, OrderEvent, OrderMessage } from './order.messages.ts'
import type { OpenOffer, OrderState } from './order.state.ts'

type OrderTurn = Turn<OrderEvent>

/** The matching cell proposes; the order asks, unless it has moved on meanwhile. */
export function propose(
  state: OrderState,
  message: OrderMessage & { kind: 'order.proposal' },
  context: OrderContext,
): OrderTurn {
  const decision = { orderId: state.terms.orderId, atMs: context.nowMs, body: message.decision }
  const askable = message.drivers.filter(d => !state.refusedBy.includes(d.driverId) && isSameMode(state, d.driverId))
  if (!waits(state)) return NOTHING
  if (message.drivers.length === 0) return turn([], [], { decision })
  if (context.nowMs >= state.expiresAtMs) return NOTHING
  if (askable.length === 0) return turn([], announce(state, context.nowMs, context.settings))
  const { acceptAutomatically, offersAtOnce, offerTtlMs } = context.settings
  const mode = acceptAutomatically ? 'auto' : 'ask'
  const event = offered(state, askable.slice(0, offersAtOnce), mode, context.nowMs + offerTtlMs, context.nowMs)
  return changed(state, [event], undefined, context, after => ({
    effects: after.offers.flatMap(offer => makeOffer(after, offer, context.nowMs)),
    writes: { decision },
  }))
}

/** A test order is no driver's but a test driver's, nor the other way round. */
export function isSameMode({ terms: { orderId } }: OrderState, driverId: DriverId): boolean {
  return modeOfOrder(orderId) === modeOfDriver(driverId)
}

export function offered(
  state: OrderState,
  drivers: readonly Candidate[],
  mode: OpenOffer['mode'],
  expiresAtMs: UnixMs,
  atMs: UnixMs,
): OrderEvent {
  const offers = drivers.map((driver, i) => ({
    offerId: offerIdOf(state.terms.orderId, state.offersMade + i + 1),
    driverId: driver.driverId,
    driverShard: driver.driverShard,
    pickupEtaS: driver.pickupEtaS,
    expiresAtMs,
    mode,
  }))
  return { type: 'offered', atMs, offers }
}

export function makeOffer(state: OrderState, offer: OpenOffer, nowMs: UnixMs): Effect[] {
  return [offerMessage(state, offer, false), ...offerTimers(offer, nowMs)]
}

/** The driver has not answered, or this order has just come back to life: ask again. The driver drops repeats. */
export function resendOffer(state: OrderState, offer: OpenOffer, nowMs: UnixMs): Effect[] {
  if (nowMs >= offer.expiresAtMs) return [setTimer(`offer:${offer.offerId}`, nowMs)]
  return [offerMessage(state, offer, true), ...offerTimers(offer, nowMs)]
}

function offerTimers({ offerId, expiresAtMs }: OpenOffer, nowMs: UnixMs): Effect[] {
  return [setTimer(`offer:${offerId}`, expiresAtMs), setTimer(`hold:${offerId}`, nowMs + RETRY_MS)]
}

/** A dispatcher's assignment that no driver holds within this is answered `driver_unavailable`. */
export const DIRECT_TTL_MS = 4_000

function offerMessage(state: OrderState, offer: OpenOffer, again: boolean): Effect {
  return toDriver(driverOf(offer), {
    kind: 'driver.offer',
    offerId: offer.offerId,
    orderId: state.terms.orderId,
    size: state.terms.size,
    expiresAtMs: offer.expiresAtMs,
    mode: offer.mode,
    again,
    task: taskOf(state),
    ...(offer.mode === 'reserve' ? { wantedAtMs: state.terms.scheduledAtMs ?? state.dueAtMs } : {}),
    offer: {
      offer_id: offer.offerId,
      // Who else is asked is nobody's business, and of a thousand each would be sent all.
      order: asJson(recorded({ ...state, offers: [offer] })),
      pickup_eta_s: offer.pickupEtaS,
      expires_at_ms: offer.expiresAtMs,
    },
  })
}

/** The driver cannot hold the offer, or no longer: not a refusal, it may be asked again when it can. */
export function notHeld(
  state: OrderState,
  message: OrderMessage & { kind: 'order.not_held' },
  context: OrderContext,
): OrderTurn {
  const offer = state.offers.find(o => o.offerId === message.offerId)
  if (!offer) return NOTHING
  const { reason, rings } = message
  return closeOffer(state, offer, { reason, refused: false, tellDriver: rings }, context)
}

export function decline(
  state: OrderState,
  message: OrderCommand & { kind: 'order.decline' },
  context: OrderContext,
): OrderTurn {
  const offer = offerFor(state, message)
  if (!offer) return turn([], answer(message.replyTo, { kind: 'offer_closed' }))
  if (isOver(offer, context)) return tooLate(state, offer, message, context)
  const how = { reason: message.reason ?? 'declined', refused: true, tellDriver: true }
  return closeOffer(state, offer, how, context, after => answerOrder(message.replyTo, after))
}

/** The offer that is still open here, for whoever it was made to. */
export function offerFor(state: OrderState, answer: AnswersOffer): OpenOffer | undefined {
  return state.offers.find(o => o.offerId === answer.offerId && isOwn(answer, o.driverId))
}

/** A driver answers for itself only; whoever answers on a driver's own connection, for that driver only. */
export function isOwn({ by, driverId }: AnswersOffer, offered: string): boolean {
  return (by.role !== 'driver' || by.id === offered) && (driverId === undefined || driverId === offered)
}

/** By its time, not by its timer. */
export function isOver(offer: OpenOffer, { nowMs }: OrderContext): boolean {
  return nowMs >= offer.expiresAtMs
}

/**
 * An answer came after the time of its offer, but before the timer. The offer is closed first, so that the refusal waits
 * behind that commit: if an earlier accept, of unknown outcome, has landed after all, the record refuses to close it.
 */
export function tooLate(state: OrderState, offer: OpenOffer, message: OrderCommand, context: OrderContext): OrderTurn {
  return closeOffer(state, offer, timedOut(offer), context, () => answer(message.replyTo, { kind: 'offer_closed' }))
}

export function offerTimedOut(state: OrderState, offer: OpenOffer, context: OrderContext): OrderTurn {
  if (!isOver(offer, context)) return turn([], [setTimer(`offer:${offer.offerId}`, offer.expiresAtMs)])
  return closeOffer(state, offer, timedOut(offer), context)
}

/** Silence of a driver that was asked counts as a refusal; one that never answered was perhaps not there at all. */
export function timedOut({ mode, hold }: OpenOffer): Closing {
  return { reason: 'expired', refused: mode === 'ask' && hold !== null, tellDriver: true }
}

export interface Closing {
  readonly reason: string
  readonly refused: boolean
  readonly tellDriver: boolean
}

export function closed({ offerId, driverId }: OpenOffer, { reason, refused }: Closing, atMs: UnixMs): OrderEvent {
  return { type: 'offer_closed', atMs, offerId, driverId, reason, refused }
}

export function closingEffects(offer: OpenOffer, { reason, refused, tellDriver }: Closing): Effect[] {
  const { offerId } = offer
  const said = refused ? ({ refused } as const) : {}
  return [
    ...answerClosed(offer, reason),
    ...(tellDriver ? [toDriver(driverOf(offer), { kind: 'driver.revoke', offerId, reason, ...said })] : []),
  ]
}

export function closeOffer(
  state: OrderState,
  offer: OpenOffer,
  how: Closing,
  context: OrderContext,
  more: (after: OrderState) => readonly Effect[] = () => [],
): OrderTurn {
  return changed(state, [closed(offer, how, context.nowMs)], undefined, context, after => ({
    effects: [...more(after), ...closingEffects(offer, how)],
  }))
}

/** A driver in doubt asks what became of its offer. */
export function askedAboutOffer(
  state: OrderState,
  asker: OrderMessage & { kind: 'order.ask_offer' },
  context: OrderContext,
): OrderTurn {
  const { offerId } = asker
  const offer = state.offers.find(o => o.offerId === offerId)
  if (!offer) return turn([], aboutClosedOffer(state, asker))
  if (isOver(offer, context)) return offerTimedOut(state, offer, context)
  return turn([], [toDriver(asker, { kind: 'driver.offer_open', offerId, expiresAtMs: offer.expiresAtMs })])
}

/**
 * Where the offer won, its driver is sent to the record: that has the load version too. An offer that this order has not
 * made yet was made by a later owner of its shard, and is not this one's to take back.
 */
export function aboutClosedOffer(
  state: OrderState,
  asker: { readonly offerId: OfferId; readonly driverId: DriverId; readonly driverShard: ShardId },
): Effect[] {
  const { offerId } = asker
  if (numberOfOffer(offerId) > state.offersMade) return [{ kind: 'reload' }]
  return state.assignment?.offerId === offerId && !isEnded(state.status)
    ? [toDriver(asker, { kind: 'driver.recheck', offerId })]
    : [toDriver(asker, { kind: 'driver.revoke', offerId, reason: 'closed' })]
}

function numberOfOffer(offerId: OfferId): number {
  return Number(offerId.slice(offerId.lastIndexOf('-') + 1))
}
