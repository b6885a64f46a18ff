/** The offers of an order: made, held, accepted or closed. See `order.ts` for the protocol. */
import { type OfferId, offerIdOf, type UnixMs } from '../../domain/ids.ts'
import { isEnded } from '../../domain/order-lifecycle.ts'
import { asJson, type Effect, NOTHING, setTimer, type Turn, turn } from '../runtime/turn.ts'
import { toDriver } from '../send.ts'
import { RETRY_MS } from '../settings.ts'
import {
  announce,
  answer,
  answerOrder,
  changed,
  endAssignment,
  type OrderContext,
  recorded,
  releaseOf,
  revokeAll,
  waits,
} from './order.effects.ts'
import { evolve } from './order.evolve.ts'
import type { Candidate, OrderCommand, OrderEvent, OrderMessage } from './order.messages.ts'
import type { Actor, OpenOffer, OrderState } from './order.state.ts'

type OrderTurn = Turn<OrderEvent>

/** A dispatcher's assignment that no driver holds within this is answered `driver_unavailable`. */
const DIRECT_TTL_MS = 4_000

const SYSTEM: Actor = { role: 'system', id: 'dispatch' }

/** The matching cell proposes; the order asks, unless it has moved on meanwhile. */
export function propose(
  state: OrderState,
  message: OrderMessage & { kind: 'order.proposal' },
  context: OrderContext,
): OrderTurn {
  const decision = { orderId: state.terms.orderId, atMs: context.nowMs, body: message.decision }
  const askable = message.drivers.filter(d => !state.refusedBy.includes(d.driverId))
  if (message.drivers.length === 0) return turn([], [], { decision })
  if (!waits(state) || context.nowMs >= state.expiresAtMs) return NOTHING
  if (askable.length === 0) return turn([], announce(state, context.nowMs, context.settings))
  const { acceptAutomatically, offersAtOnce, offerTtlMs } = context.settings
  const mode = acceptAutomatically ? 'auto' : 'ask'
  const event = offered(state, askable.slice(0, offersAtOnce), mode, context.nowMs + offerTtlMs, context.nowMs)
  return changed(state, [event], undefined, context, after => ({
    effects: after.offers.flatMap(offer => makeOffer(after, offer, context.nowMs)),
    writes: { decision },
  }))
}

/** A dispatcher names the driver: an offer like any other, accepted as soon as it is held. */
export function assignDirectly(
  state: OrderState,
  message: OrderCommand & { kind: 'order.assign' },
  context: OrderContext,
): OrderTurn {
  if (isEnded(state.status) || state.status === 'en_route_to_dropoff') {
    return turn([], answer(message.replyTo, { kind: 'invalid_transition', status: state.status }))
  }
  if (state.assignment?.driverId === message.driverId) return turn([], answerOrder(message.replyTo, state))
  const asked = state.offers.find(o => o.driverId === message.driverId)
  if (asked) return awaitOrAssign(state, asked, message, context)
  const nowMs = context.nowMs
  const due: OrderEvent[] = state.status === 'scheduled' ? [{ type: 'due', atMs: nowMs }] : []
  const candidate = { driverId: message.driverId, driverShard: message.driverShard, pickupEtaS: 0 }
  const offer = offered(state, [candidate], 'direct', nowMs + DIRECT_TTL_MS, nowMs)
  const offerId = offerIdOf(state.terms.orderId, state.offersMade + 1)
  const awaited: OrderEvent = {
    type: 'answer_awaited',
    atMs: nowMs,
    offerId,
    replyTo: message.replyTo ?? null,
    accepted: true,
  }
  return changed(state, [...due, offer, awaited], undefined, context, after => ({
    effects: [
      ...after.offers.filter(o => o.offerId === offerId).flatMap(o => makeOffer(after, o, nowMs)),
      ...(due.length > 0 ? [setTimer('expire', after.expiresAtMs)] : []),
    ],
  }))
}

function offered(
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

function makeOffer(state: OrderState, offer: OpenOffer, nowMs: UnixMs): Effect[] {
  return [
    offerMessage(state, offer, false),
    setTimer(`offer:${offer.offerId}`, offer.expiresAtMs),
    setTimer(`hold:${offer.offerId}`, nowMs + RETRY_MS),
  ]
}

/** The driver has not answered, or this order has just come back to life: ask again. The driver drops repeats. */
export function resendOffer(state: OrderState, offer: OpenOffer, nowMs: UnixMs): Effect[] {
  if (nowMs >= offer.expiresAtMs) return [setTimer(`offer:${offer.offerId}`, nowMs)]
  return [
    offerMessage(state, offer, true),
    setTimer(`offer:${offer.offerId}`, offer.expiresAtMs),
    setTimer(`hold:${offer.offerId}`, nowMs + RETRY_MS),
  ]
}

function offerMessage(state: OrderState, offer: OpenOffer, again: boolean): Effect {
  return toDriver(offer, {
    kind: 'driver.offer',
    offerId: offer.offerId,
    orderId: state.terms.orderId,
    size: state.terms.size,
    expiresAtMs: offer.expiresAtMs,
    mode: offer.mode,
    again,
    offer: {
      offer_id: offer.offerId,
      order: asJson(recorded(state)),
      pickup_eta_s: offer.pickupEtaS,
      expires_at_ms: offer.expiresAtMs,
    },
  })
}

/** The driver promises; where nobody needs to be asked, that is the assignment. */
export function held(
  state: OrderState,
  message: OrderMessage & { kind: 'order.held' },
  context: OrderContext,
): OrderTurn {
  const offer = state.offers.find(o => o.offerId === message.offerId)
  if (!offer || context.nowMs >= offer.expiresAtMs) {
    return turn([], tellAboutOffer(state, message, context.nowMs))
  }
  const { driverEpoch, loadVersion, driverName, vehicleType, driverShard } = message
  const event: OrderEvent = {
    type: 'held',
    atMs: context.nowMs,
    offerId: offer.offerId,
    driverShard,
    hold: { driverEpoch, loadVersion, driverName, vehicleType },
  }
  const after = evolve(state, event)
  const now = after.offers.find(o => o.offerId === offer.offerId)
  if (!now || (now.mode === 'ask' && !now.accepted)) return turn([event])
  return assign(state, [event], now, undefined, context)
}

/** The driver cannot hold the offer, or no longer: not a refusal, it may be asked again when it can. */
export function notHeld(
  state: OrderState,
  message: OrderMessage & { kind: 'order.not_held' },
  context: OrderContext,
): OrderTurn {
  const offer = state.offers.find(o => o.offerId === message.offerId)
  if (!offer) return NOTHING
  return closeOffer(state, offer, { reason: message.reason, refused: false, tellDriver: false }, context)
}

/** The same driver's second accept gets the first answer; any other comes too late once the offer is closed. */
export function accept(
  state: OrderState,
  message: OrderCommand & { kind: 'order.accept' },
  context: OrderContext,
): OrderTurn {
  if (state.assignment?.offerId === message.offerId) return turn([], answerOrder(message.replyTo, state))
  const offer = openOffer(state, message.offerId, message.by, context.nowMs)
  if (!offer) return turn([], answer(message.replyTo, { kind: 'offer_closed' }))
  return awaitOrAssign(state, offer, message, context)
}

export function decline(
  state: OrderState,
  message: OrderCommand & { kind: 'order.decline' },
  context: OrderContext,
): OrderTurn {
  const offer = openOffer(state, message.offerId, message.by, context.nowMs)
  if (!offer) return turn([], answer(message.replyTo, { kind: 'offer_closed' }))
  const how = { reason: message.reason ?? 'declined', refused: true, tellDriver: true }
  return closeOffer(state, offer, how, context, message)
}

/** Open by its time, not by its timer, and for the driver that it was made to. */
function openOffer(state: OrderState, offerId: OfferId, by: Actor, nowMs: UnixMs): OpenOffer | undefined {
  return state.offers.find(
    o => o.offerId === offerId && nowMs < o.expiresAtMs && (by.role !== 'driver' || by.id === o.driverId),
  )
}

function awaitOrAssign(
  state: OrderState,
  offer: OpenOffer,
  message: OrderCommand & { kind: 'order.accept' | 'order.assign' },
  context: OrderContext,
): OrderTurn {
  if (offer.hold) return assign(state, [], offer, message, context)
  const replyTo = message.replyTo ?? null
  return turn([{ type: 'answer_awaited', atMs: context.nowMs, offerId: offer.offerId, replyTo, accepted: true }])
}

/** The decision. Everything that it tells anybody waits until the record has taken it. */
function assign(
  state: OrderState,
  before: readonly OrderEvent[],
  offer: OpenOffer,
  message: OrderCommand | undefined,
  context: OrderContext,
): OrderTurn {
  const hold = offer.hold
  if (!hold) return NOTHING
  const { orderId, size, durationS } = state.terms
  const pickupAtMs = context.nowMs + offer.pickupEtaS * 1000
  const event: OrderEvent = {
    type: 'assigned',
    atMs: context.nowMs,
    offerId: offer.offerId,
    driverId: offer.driverId,
    driverShard: offer.driverShard,
    driverName: hold.driverName,
    vehicleType: hold.vehicleType,
    size,
    pickupAtMs,
    dropoffAtMs: pickupAtMs + durationS * 1000,
    by: message?.by ?? SYSTEM,
  }
  const { driverEpoch, loadVersion } = hold
  const claim = { orderId, offerId: offer.offerId, driverId: offer.driverId, driverEpoch, loadVersion, size }
  const others = { ...state, offers: state.offers.filter(o => o.offerId !== offer.offerId) }
  return changed(state, [...before, event], message?.replyTo, context, after => ({
    effects: [
      ...offer.waiting.flatMap(to => answerOrder(to, after)),
      toDriver(offer, {
        kind: 'driver.confirmed',
        offerId: offer.offerId,
        orderId,
        size,
        loadVersion: loadVersion + 1,
        order: asJson(after),
      }),
      ...revokeAll(others, 'taken'),
      ...endAssignment(state, 'reassigned', 'reassigned'),
    ],
    writes: { claim, ...releaseOf(state) },
  }))
}

/** The record says that the driver is not as it was when it promised: this offer cannot be won any more. */
export function claimRefused(
  state: OrderState,
  message: OrderMessage & { kind: 'order.accept' | 'order.held' },
  context: OrderContext,
): OrderTurn {
  const offer = state.offers.find(o => o.offerId === message.offerId)
  const replyTo = 'replyTo' in message ? message.replyTo : undefined
  if (!offer) return turn([], answer(replyTo, { kind: 'offer_closed' }))
  const closing = closeOffer(state, offer, { reason: 'claim_refused', refused: false, tellDriver: true }, context)
  return turn(closing.events, [
    ...answer(replyTo, offer.mode === 'direct' ? unavailable('claim_refused') : { kind: 'offer_closed' }),
    ...closing.effects,
    toDriver(offer, { kind: 'driver.recheck', offerId: offer.offerId }),
  ])
}

export function offerTimedOut(state: OrderState, offer: OpenOffer, context: OrderContext): OrderTurn {
  if (context.nowMs < offer.expiresAtMs) return turn([], [setTimer(`offer:${offer.offerId}`, offer.expiresAtMs)])
  // Silence of a driver that was asked counts as a refusal; one that never answered was perhaps not there at all.
  const refused = offer.mode === 'ask' && offer.hold !== null
  return closeOffer(state, offer, { reason: 'expired', refused, tellDriver: true }, context)
}

interface Closing {
  readonly reason: string
  readonly refused: boolean
  readonly tellDriver: boolean
}

function closeOffer(
  state: OrderState,
  offer: OpenOffer,
  { reason, refused, tellDriver }: Closing,
  context: OrderContext,
  message?: OrderCommand,
): OrderTurn {
  const { offerId, driverId } = offer
  const event: OrderEvent = { type: 'offer_closed', atMs: context.nowMs, offerId, driverId, reason, refused }
  return changed(state, [event], message?.replyTo, context, () => ({
    effects: [
      ...offer.waiting.flatMap(to =>
        answer(to, offer.mode === 'direct' ? unavailable(reason) : { kind: 'offer_closed' }),
      ),
      ...(tellDriver ? [toDriver(offer, { kind: 'driver.revoke', offerId, reason })] : []),
    ],
  }))
}

/** To a driver in doubt. Where its offer won, it is sent to the record: that has the load version too. */
export function tellAboutOffer(
  state: OrderState,
  asker: Pick<OrderMessage & { kind: 'order.ask_offer' }, 'offerId' | 'driverId' | 'driverShard'>,
  nowMs: UnixMs,
): Effect[] {
  const { offerId } = asker
  const offer = state.offers.find(o => o.offerId === offerId)
  if (offer && nowMs < offer.expiresAtMs) {
    return [toDriver(asker, { kind: 'driver.offer_open', offerId, expiresAtMs: offer.expiresAtMs })]
  }
  if (state.assignment?.offerId === offerId && !isEnded(state.status)) {
    return [toDriver(asker, { kind: 'driver.recheck', offerId })]
  }
  return [toDriver(asker, { kind: 'driver.revoke', offerId, reason: 'closed' })]
}

function unavailable(reason: string): { kind: 'driver_unavailable'; reason: string } {
  return { kind: 'driver_unavailable', reason }
}
