/** The orders that a driver has: told by their orders, kept in the record, and asked about now and then. */
import type { OfferId, UnixMs } from '../../domain/ids.ts'
import { type Effect, NOTHING, setTimer, type Turn } from '../runtime/turn.ts'
import { toOrder } from '../send.ts'
import { VERIFY_LOAD_EVERY_MS } from '../settings.ts'
import { changed, type DriverContext, phone } from './driver.effects.ts'
import type { DriverEvent, DriverMessage } from './driver.messages.ts'
import { lookAgain } from './driver.offers.ts'
import type { DriverState, DriverTask } from './driver.state.ts'

type DriverTurn = Turn<DriverEvent>

export function confirmed(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.confirmed' },
  context: DriverContext,
): DriverTurn {
  const { orderId, offerId, size, loadVersion, task } = message
  const atMs = context.nowMs
  // The confirmations between are still under way, or lost.
  if (loadVersion > state.loadVersion + 1) return lookAgain(state, offerId)
  const release: DriverEvent[] = state.hold?.offerId === offerId ? [{ type: 'released', atMs }] : []
  const isKnown = loadVersion <= state.loadVersion
  // Came twice: it may be over by now, and what is not was told when it was new.
  if (isKnown && !isAssigned(state, message)) return changed(state, release, context)
  const taken: DriverEvent[] = isKnown ? [] : [{ type: 'load_taken', atMs, orderId, offerId, size, loadVersion, task }]
  return changed(state, [...release, ...taken], context, () => ({
    effects: [phone(state, 'assignment', { order: message.order }), setTimer('verify', atMs + VERIFY_LOAD_EVERY_MS)],
  }))
}

export function ended(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.ended' },
  context: DriverContext,
): DriverTurn {
  if (!isAssigned(state, message)) return NOTHING
  const { orderId, offerId, reason, status } = message
  const event: DriverEvent = {
    type: 'load_given_back',
    atMs: context.nowMs,
    offerId,
    delivered: status === 'delivered',
  }
  return changed(state, [event], context, () => ({
    effects: status === 'delivered' ? [] : [phone(state, 'order_cancelled', { order_id: orderId, reason })],
  }))
}

export function stillAssigned(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.still_assigned' },
  context: DriverContext,
): DriverTurn {
  if (!isAssigned(state, message)) return lookAgain(state, message.offerId)
  return changed(state, [taskKnown(message, context)], context, () => ({
    effects: [phone(state, 'assignment', { order: message.order })],
  }))
}

/** The order says so, too, where it was asked while the offer won: then its confirmation came first, and nothing is amiss. */
export function recheck(state: DriverState, message: DriverMessage & { kind: 'driver.recheck' }): DriverTurn {
  return isAssigned(state, message) ? NOTHING : lookAgain(state, message.offerId)
}

export function pickedUp(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.picked_up' },
  context: DriverContext,
): DriverTurn {
  // Overtaken by its end, or before its confirmation: whoever asks next is told.
  return isAssigned(state, message) ? changed(state, [taskKnown(message, context)], context) : NOTHING
}

function taskKnown(
  { offerId, task }: { readonly offerId: OfferId; readonly task: DriverTask },
  { nowMs }: DriverContext,
): DriverEvent {
  return { type: 'task_known', atMs: nowMs, offerId, task }
}

function isAssigned(state: DriverState, { offerId }: { readonly offerId: string }): boolean {
  return state.assignments.some(a => a.offerId === offerId)
}

export function askAboutAssignments({ driverId, homeShard, assignments }: DriverState): Effect[] {
  return assignments.map(({ orderId, offerId }) =>
    toOrder(orderId, { kind: 'order.ask_assignment', offerId, driverId, driverShard: homeShard }),
  )
}

export function verifyLater(state: DriverState, nowMs: UnixMs): Effect[] {
  return state.assignments.length > 0 ? [setTimer('verify', nowMs + VERIFY_LOAD_EVERY_MS)] : []
}
