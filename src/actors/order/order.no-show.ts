/**
 * The driver is there and nobody comes. Once it has waited as long as the rules of the price say, or the deployment where they say
 * nothing, it may give the order up: the order is cancelled for `no_show`, with the fee that the rules have for that, and the driver is
 * free in the same commit. Where the rules want it the order does so by itself: its timer is armed when the driver arrives, and again
 * after a crash, when its driver asks whether it still has the order.
 */
import type { UnixMs } from '../../domain/ids.ts'
import type { ReplyTo } from '../runtime/envelope.ts'
import { type Effect, NOTHING, setTimer, type Turn, turn } from '../runtime/turn.ts'
import type { DispatchSettings } from '../settings.ts'
import { neverCame, waitsSinceMs } from './order.adjust.ts'
import {
  answer,
  answerOrder,
  changed,
  endAssignment,
  type OrderContext,
  releaseOf,
  revokeAll,
} from './order.effects.ts'
import type { OrderCommand, OrderEvent } from './order.messages.ts'
import type { Actor, OrderState } from './order.state.ts'

export const NO_SHOW = 'no_show'

const SYSTEM: Actor = { role: 'system', id: 'dispatch' }

export function noShow(
  state: OrderState,
  { by, replyTo }: OrderCommand & { kind: 'order.no_show' },
  context: OrderContext,
): Turn<OrderEvent> {
  if (by.role === 'driver' && state.assignment?.driverId !== by.id) {
    return turn([], answer(replyTo, { kind: 'not_found' }))
  }
  if (state.status === 'cancelled' && state.reason === NO_SHOW) return turn([], answerOrder(replyTo, state))
  const allowedAtMs = noShowFromMs(state, context.settings)
  if (allowedAtMs === null) return turn([], answer(replyTo, { kind: 'invalid_transition', status: state.status }))
  if (context.nowMs < allowedAtMs) return turn([], answer(replyTo, { kind: 'too_early', allowedAtMs }))
  return giveUp(state, by, replyTo, context)
}

/** Armed wherever an order that waits at its pickup comes to life. */
export function noShowTimer(state: OrderState, settings: DispatchSettings): Effect[] {
  const allowedAtMs = state.terms.pricing?.rules.noShow?.automatic ? noShowFromMs(state, settings) : null
  return allowedAtMs === null ? [] : [setTimer(NO_SHOW, allowedAtMs)]
}

export function noShowDue(state: OrderState, context: OrderContext): Turn<OrderEvent> {
  const [timer] = noShowTimer(state, context.settings)
  if (timer?.kind !== 'set_timer') return NOTHING
  return context.nowMs < timer.atMs ? turn([], [timer]) : giveUp(state, SYSTEM, undefined, context)
}

/** @returns null while no driver waits at the pickup. */
function noShowFromMs(state: OrderState, { noShowAfterMs }: DispatchSettings): UnixMs | null {
  if (state.status !== 'at_pickup' || !state.assignment) return null
  const afterS = state.terms.pricing?.rules.noShow?.afterS
  return waitsSinceMs(state, state.assignment) + (afterS === undefined ? noShowAfterMs : afterS * 1_000)
}

function giveUp(state: OrderState, by: Actor, replyTo: ReplyTo | undefined, context: OrderContext): Turn<OrderEvent> {
  const { nowMs } = context
  const event: OrderEvent = { type: 'cancelled', atMs: nowMs, reason: NO_SHOW, by }
  return changed(state, [event, ...neverCame(state, nowMs)], replyTo, context, () => ({
    effects: [...revokeAll(state.offers, 'cancelled'), ...endAssignment(state, NO_SHOW, 'cancelled')],
    writes: releaseOf(state),
  }))
}
