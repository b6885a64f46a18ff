/**
 * The driver actor: the one authority over its availability and over *which offer it holds*.
 *
 * Why a hold and not a lock: the order may die after we answer. A hold that lapses is settled by asking the order, then
 * the record, so a lost `revoke` costs seconds of an idle driver, never a stuck one. A hold is not in the record: a crash
 * forgets it, and because every activation raises the driver's epoch, a commit that relies on it is refused.
 *
 * Load is known from confirmations (each raises the load version by one, so a missed one shows as a gap) and from the
 * record. Whenever the two could differ the driver reloads itself and adopts what is committed, always.
 */
import { asOfMs } from '../../domain/freshness.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { type Effect, NOTHING, setTimer, type Turn, turn, unhurried } from '../runtime/turn.ts'
import { toOrder } from '../send.ts'
import { type DispatchSettings, SKEW_MARGIN_MS, WORK_KEPT_WITHIN_MS } from '../settings.ts'
import {
  announce,
  answer,
  answerDriver,
  asTold,
  changed,
  type DriverContext,
  phone,
  publishStatus,
} from './driver.effects.ts'
import { evolve } from './driver.evolve.ts'
import { crossFences } from './driver.fences.ts'
import { askAboutAssignments, confirmed, ended, pickedUp, recheck, stillAssigned, verifyLater } from './driver.load.ts'
import type { DriverCommand, DriverEvent, DriverMessage } from './driver.messages.ts'
import { move } from './driver.move.ts'
import { noLongerHeld, offer, revoked, stillOpen, verifyHold } from './driver.offers.ts'
import { askAboutReservations, reservationOver, reservationStands } from './driver.reservations.ts'
import type { DriverHold, DriverState } from './driver.state.ts'
import { changeVehicle } from './driver.vehicle.ts'

type DriverTurn = Turn<DriverEvent>

/** One turn of a driver. Pure: reads no clock and does no I/O. */
export function decide(
  state: DriverState | null,
  message: DriverMessage,
  nowMs: UnixMs,
  settings: DispatchSettings,
): DriverTurn {
  const context = { settings, nowMs }
  if (state === null) return absent(message)
  switch (message.kind) {
    case 'driver.register':
      return register(state, message, context)
    case 'driver.patch':
      return changed(state, [{ type: 'updated', atMs: nowMs, patch: message.patch }], context, after => ({
        effects: answerDriver(message.replyTo, after),
      }))
    case 'driver.availability':
      return setAvailability(state, message, context)
    case 'driver.vehicle':
      return changeVehicle(state, message, context)
    case 'driver.read':
      return turn([], answerDriver(message.replyTo, state))
    case 'driver.hello':
      return turn([], [...tellPhone(state, nowMs), ...answerDriver(message.replyTo, state)])
    case 'driver.fix':
      return move(state, message, context)
    case 'driver.fences':
      return crossFences(state, message, nowMs)
    case 'driver.offer':
      return offer(state, message, context)
    case 'driver.revoke':
      return revoked(state, message, context)
    case 'driver.offer_open':
      return stillOpen(state, message, nowMs)
    case 'driver.recheck':
      return recheck(state, message)
    case 'driver.confirmed':
      return confirmed(state, message, context)
    case 'driver.ended':
      return ended(state, message, context)
    case 'driver.still_assigned':
      return stillAssigned(state, message, context)
    case 'driver.picked_up':
      return pickedUp(state, message, context)
    case 'driver.reservation_stands':
      return reservationStands(state, message, context)
    case 'driver.reservation_over':
      return reservationOver(state, message, context)
    case 'timer':
      return timer(state, message.name, context)
    case 'write_refused':
      return 'replyTo' in message.message ? turn([], answer(message.message.replyTo, { kind: 'key_taken' })) : NOTHING
  }
}

/** After an activation, as after a crash: what follows from the state alone. The cells are told the truth in a turn. */
export function resume(state: DriverState, nowMs: UnixMs): Effect[] {
  return [
    publishStatus(state),
    ...askAboutAssignments(state),
    ...verifyLater(state, nowMs),
    ...askAboutReservations(state, nowMs),
    ...(state.announced ? [setTimer('announce', nowMs)] : []),
  ]
}

/** No such driver in the record. */
function absent(message: DriverMessage): DriverTurn {
  if (message.kind === 'driver.offer') {
    const { offerId, orderId } = message
    return turn([], [toOrder(orderId, { kind: 'order.not_held', offerId, reason: 'unknown_driver', rings: false })])
  }
  return 'replyTo' in message ? turn([], answer(message.replyTo, { kind: 'not_found' })) : NOTHING
}

/** First sight makes an anonymous row; registration completes it, once. */
function register(
  state: DriverState,
  message: DriverCommand & { kind: 'driver.register' },
  context: DriverContext,
): DriverTurn {
  if (state.isRegistered) return turn([], answer(message.replyTo, { kind: 'already_exists' }))
  const event: DriverEvent = { type: 'registered', atMs: context.nowMs, profile: message.profile }
  return changed(state, [event], context, after => ({
    effects: answerDriver(message.replyTo, after),
    writes: message.key ? { key: { ...message.key, response: asTold(after) } } : {},
  }))
}

function setAvailability(
  state: DriverState,
  message: DriverCommand & { kind: 'driver.availability' },
  context: DriverContext,
): DriverTurn {
  if (state.availability === message.status) return turn([], answerDriver(message.replyTo, state))
  const { nowMs } = context
  // Whoever goes off duty is pinged no more: the order takes the offer back, and looks for another at once.
  const dropped = message.status === 'offline' ? state.hold : null
  const events: DriverEvent[] = [{ type: 'availability', atMs: nowMs, status: message.status }]
  if (dropped) events.push({ type: 'released', atMs: nowMs })
  return changed(state, events, context, after => ({
    effects: [
      ...answerDriver(message.replyTo, after),
      ...(dropped ? [noLongerHeld(dropped, 'offline'), settleAfter(dropped)] : []),
    ],
  }))
}

/**
 * The order may have been given to us before it heard that we let go, and its word of that may be lost. Once the offer cannot be
 * accepted any more the record has the last word.
 */
function settleAfter({ expiresAtMs }: DriverHold): Effect {
  return setTimer('doubt', expiresAtMs + SKEW_MARGIN_MS)
}

function settleDoubt(state: DriverState): DriverTurn {
  // What is held now would be forgotten: later.
  return turn([], [state.hold ? settleAfter(state.hold) : { kind: 'reload' }])
}

/** A phone that has just connected is told again what it may have missed. */
function tellPhone(state: DriverState, nowMs: UnixMs): Effect[] {
  return [
    ...(state.hold && nowMs < state.hold.expiresAtMs ? [phone(state, 'offer', state.hold.offer)] : []),
    ...askAboutAssignments(state),
  ]
}

function timer(state: DriverState, name: string, context: DriverContext): DriverTurn {
  switch (name) {
    case 'hold':
      return verifyHold(state, context.nowMs)
    case 'verify':
      return turn([], [...askAboutAssignments(state), ...verifyLater(state, context.nowMs)])
    case 'reservations':
      return turn([], askAboutReservations(state, context.nowMs))
    case 'doubt':
      return settleDoubt(state)
    case 'work':
      return keepWork(state, context.nowMs)
    case 'announce':
    case 'soon_idle':
      return tellCells(state, context)
    default:
      return NOTHING
  }
}

/** The turn has no other effect, so nobody waits for its commit. */
function keepWork({ record, workSinceMs }: DriverState, nowMs: UnixMs): DriverTurn {
  if (workSinceMs === null) return NOTHING
  const dueAtMs = workSinceMs + WORK_KEPT_WITHIN_MS
  if (nowMs < dueAtMs) return turn([], [setTimer('work', dueAtMs)])
  return unhurried(turn([{ type: 'work_kept', atMs: nowMs, record }]))
}

/** Just activated, or not heard of for long: the cells are told what that means for them. */
function tellCells(state: DriverState, context: DriverContext): DriverTurn {
  const told = announce(state, context)
  const after = told.events.reduce<DriverState>(evolve, state)
  const isAnnounced = after.announced !== null && after.position !== null
  const staleAtMs = (after.position ? asOfMs(after.position) : 0) + context.settings.staleMs
  return turn(told.events, [...told.effects, ...(isAnnounced ? [setTimer('announce', staleAtMs)] : [])])
}
