/**
 * The orders of later that the driver is promised to. The order is the authority: what is known here is a copy, read from the record at
 * each activation, told by the order, and asked about now and then, so that a lost word leaves neither a driver that refuses work for
 * nobody nor, for longer than that, one that forgets. A copy that is behind costs the reserved driver being late, and then the order finds
 * another one: never two drivers, since a reservation takes no load and decides nothing.
 */

import { travelTimeS } from '../../domain/eta.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { lateFor, overlaps, RESERVATIONS_MAX, type Reservation } from '../../domain/reservations.ts'
import { type Effect, NOTHING, setTimer, type Turn, turn } from '../runtime/turn.ts'
import { toOrder } from '../send.ts'
import { VERIFY_RESERVATIONS_EVERY_MS } from '../settings.ts'
import { changed, type DriverContext, heldBy } from './driver.effects.ts'
import type { DriverEvent, DriverMessage } from './driver.messages.ts'
import { whenFree } from './driver.soon-idle.ts'
import type { DriverState, DriverTask } from './driver.state.ts'

type DriverTurn = Turn<DriverEvent>
type Offer = DriverMessage & { kind: 'driver.offer' }

/** Not a hold: the order decides, and the driver may have its hands full until then. */
export function reserve(state: DriverState, message: Offer, context: DriverContext): DriverTurn {
  const { offerId, orderId, size } = message
  const wanted = reservationOf(message)
  const reason = wanted === null || size > state.profile.capacity ? 'full' : whyNot(state, wanted, context)
  if (wanted === null || reason !== null) {
    return turn([], [toOrder(orderId, { kind: 'order.not_held', offerId, reason: reason ?? 'full', rings: false })])
  }
  return changed(state, [{ type: 'reservation_known', atMs: context.nowMs, reservation: wanted }], context, () => ({
    effects: [heldBy(state, orderId, offerId), askSoon(context.nowMs)],
  }))
}

function whyNot({ reservations = [] }: DriverState, wanted: Reservation, { settings }: DriverContext): string | null {
  const others = reservations.filter(({ orderId }) => orderId !== wanted.orderId)
  if (others.length >= RESERVATIONS_MAX) return 'full'
  return others.some(other => overlaps(other, wanted, settings.ruleset.stops)) ? 'reservation' : null
}

function reservationOf({ orderId, task, wantedAtMs }: Offer): Reservation | null {
  if (task === undefined || wantedAtMs === undefined) return null
  const { pickup, dropoff, driveS } = task
  return { orderId, pickup, dropoff, driveS, atMs: wantedAtMs }
}

export function reservationStands(
  state: DriverState,
  { reservation }: DriverMessage & { kind: 'driver.reservation_stands' },
  context: DriverContext,
): DriverTurn {
  return changed(state, [{ type: 'reservation_known', atMs: context.nowMs, reservation }], context, () => ({
    effects: [verifyReservationsLater(context.nowMs)],
  }))
}

export function reservationOver(
  state: DriverState,
  { orderId }: DriverMessage & { kind: 'driver.reservation_over' },
  context: DriverContext,
): DriverTurn {
  const isKnown = state.reservations?.some(known => known.orderId === orderId) === true
  return isKnown ? changed(state, [{ type: 'reservation_over', atMs: context.nowMs, orderId }], context) : NOTHING
}

/** The work that is offered would make it late for one of them. */
export function wouldBeLate(state: DriverState, { orderId, task }: Offer, context: DriverContext): boolean {
  const others = (state.reservations ?? []).filter(known => known.orderId !== orderId)
  const free = others.length === 0 || task === undefined ? null : whenFree(state, context)
  if (task === undefined || free === null) return false
  return lateFor(others, jobOf(task, free, context.nowMs), context.settings.ruleset.stops) !== null
}

function jobOf(task: DriverTask, free: NonNullable<ReturnType<typeof whenFree>>, nowMs: UnixMs) {
  const arrivesAtMs = Math.max(nowMs, free.atMs) + travelTimeS(free.place, task.pickup) * 1_000
  return { arrivesAtMs, readyAtMs: task.readyAtMs ?? null, driveS: task.driveS, dropoff: task.dropoff }
}

/** Whatever was told or lost: the orders know. */
export function askAboutReservations({ driverId, homeShard, reservations = [] }: DriverState, nowMs: UnixMs): Effect[] {
  if (reservations.length === 0) return []
  return [
    ...reservations.map(({ orderId }) =>
      toOrder(orderId, { kind: 'order.ask_reservation', driverId, driverShard: homeShard }),
    ),
    verifyReservationsLater(nowMs),
  ]
}

function verifyReservationsLater(nowMs: UnixMs): Effect {
  return setTimer('reservations', nowMs + VERIFY_RESERVATIONS_EVERY_MS)
}

/** It was promised just now, and whether the order has taken that is not known yet. */
function askSoon(nowMs: UnixMs): Effect {
  return setTimer('reservations', nowMs + ASK_AFTER_MS)
}

const ASK_AFTER_MS = 10_000
