/**
 * Which driver an order for later is promised to: a dispatcher names it, the driver says whether it can, and that is an event of the
 * order. It takes none of the driver's load, so the driver works on until then, and is given nothing that would make it late.
 *
 * When the order is due its driver is asked first, as by a dispatcher, again and again while it may still be on its way from something
 * else. Half a lead time ahead at the latest the order looks for anybody: a driver that has gone home must not cost the customer the trip.
 */
import type { UnixMs } from '../../domain/ids.ts'
import type { Reservation } from '../../domain/reservations.ts'
import { type Effect, NOTHING, setTimer, type Turn, turn } from '../runtime/turn.ts'
import { toDriver } from '../send.ts'
import { type DispatchSettings, RESERVED_RETRY_MS } from '../settings.ts'
import { answerOrder, changed, type OrderContext } from './order.effects.ts'
import type { OrderEvent, OrderMessage } from './order.messages.ts'
import { closeOffer, DIRECT_TTL_MS, makeOffer, offered } from './order.offers.ts'
import type { Actor, OpenOffer, OrderState } from './order.state.ts'

type OrderTurn = Turn<OrderEvent>
type Held = OrderMessage & { kind: 'order.held' }

const SYSTEM: Actor = { role: 'system', id: 'dispatch' }

/** Its driver can: the promise is the order's from here on. */
export function reserved(state: OrderState, offer: OpenOffer, message: Held, context: OrderContext): OrderTurn {
  if (state.status !== 'scheduled') {
    // Due meanwhile: whoever wants that driver now assigns it.
    const how = { reason: 'due', refused: false, tellDriver: false }
    return closeOffer(state, offer, how, context, () => [tellOver(state, message)])
  }
  const { driverId, driverShard, driverName, vehicleType } = message
  const { offerId, waiting } = offer
  const by = waiting[0]?.by ?? SYSTEM
  const about = { offerId, driverId, driverShard, driverName, vehicleType }
  return changed(state, [{ type: 'reserved', atMs: context.nowMs, ...about, by }], undefined, context, after => ({
    effects: [
      ...waiting.flatMap(({ to }) => answerOrder(to ?? undefined, after)),
      ...(state.reservation?.driverId === driverId ? [] : endReservation(state)),
      ...tellReserved(after),
    ],
  }))
}

/** Given up by a dispatcher, or by the driver itself. @returns null where nobody is reserved. */
export function unreserve(state: OrderState, reason: string, by: Actor, context: OrderContext): OrderEvent | null {
  const { reservation } = state
  if (!reservation) return null
  return { type: 'unreserved', atMs: context.nowMs, driverId: reservation.driverId, reason, by }
}

/** The order is due: its driver first. */
export function askReserved(state: OrderState, context: OrderContext): OrderTurn {
  const { reservation, status } = state
  if (status !== 'placed' || !reservation) return NOTHING
  const { nowMs, settings } = context
  const again = setTimer('reserved', nowMs + RESERVED_RETRY_MS)
  if (nowMs >= reservedUntilMs(state, settings)) return giveUpOn(state, context)
  if (state.offers.length > 0) return turn([], [again])
  const candidate = { driverId: reservation.driverId, driverShard: reservation.driverShard, pickupEtaS: 0 }
  const event = offered(state, [candidate], 'direct', nowMs + DIRECT_TTL_MS, nowMs)
  return changed(state, [event], undefined, context, after => ({
    effects: [...tellReserved(after), ...after.offers.flatMap(offer => makeOffer(after, offer, nowMs)), again],
  }))
}

function giveUpOn(state: OrderState, context: OrderContext): OrderTurn {
  const event = unreserve(state, 'driver_unavailable', SYSTEM, context)
  if (!event) return NOTHING
  return changed(state, [event], undefined, context, () => ({ effects: endReservation(state) }))
}

function reservedUntilMs({ terms, dueAtMs }: OrderState, { scheduleLeadMs }: DispatchSettings): UnixMs {
  return (terms.scheduledAtMs ?? dueAtMs) - scheduleLeadMs / 2
}

/** A driver in doubt: am I still promised to it? */
export function askedAboutReservation(
  state: OrderState,
  asker: OrderMessage & { kind: 'order.ask_reservation' },
): OrderTurn {
  const isIts = state.reservation?.driverId === asker.driverId
  return turn([], isIts ? tellReserved(state) : [tellOver(state, asker)])
}

/** Also what has changed about it: the driver's copy is the last that it was told. */
export function tellReserved(state: OrderState): Effect[] {
  const reservation = reservationOf(state)
  const { reservation: driver } = state
  return driver && reservation ? [toDriver(driver, { kind: 'driver.reservation_stands', reservation })] : []
}

export function endReservation(state: OrderState): Effect[] {
  return state.reservation ? [tellOver(state, state.reservation)] : []
}

function tellOver({ terms: { orderId } }: OrderState, driver: Parameters<typeof toDriver>[0]): Effect {
  return toDriver(driver, { kind: 'driver.reservation_over', orderId })
}

function reservationOf({ terms, dueAtMs }: OrderState): Reservation | null {
  const { orderId, pickup, dropoff, durationS, scheduledAtMs } = terms
  const place = ({ latitude, longitude }: typeof pickup) => ({ latitude, longitude })
  return { orderId, pickup: place(pickup), dropoff: place(dropoff), driveS: durationS, atMs: scheduledAtMs ?? dueAtMs }
}
