/**
 * Orders for later. They rest in the record, not in memory, until the poll of their shard finds them due: a lead time ahead, which
 * is what the deployment takes to find a driver and what a driver would take to come, as far as was known when it was booked.
 *
 * What was due while nobody served its shard is found by the first poll afterwards. It is dispatched with the whole time of a search,
 * unless it is so late that nobody waits for it any more: that one expires, and says that it was missed.
 */
import type { UnixMs } from '../../domain/ids.ts'
import { NOTHING, setTimer, type Turn } from '../runtime/turn.ts'
import type { DispatchSettings } from '../settings.ts'
import { notMade } from './order.adjust.ts'
import { changed, type OrderContext, revokeAll } from './order.effects.ts'
import type { OrderEvent } from './order.messages.ts'
import { endReservation } from './order.reserve.ts'
import type { OrderState, OrderTerms } from './order.state.ts'

export interface OrderTimes {
  /** When the search begins. */
  readonly dueAtMs: UnixMs
  /** Without a driver by then it ends. */
  readonly expiresAtMs: UnixMs
}

/** @param nowMs  the search begins now at the earliest. */
export function timesOf(terms: OrderTerms, nowMs: UnixMs, settings: DispatchSettings): OrderTimes {
  const scheduledAtMs = terms.scheduledAtMs ?? 0
  const dueAtMs = Math.max(nowMs, scheduledAtMs - leadMs(terms, settings), readyDueAtMs(terms, settings))
  return { dueAtMs, expiresAtMs: Math.max(dueAtMs, scheduledAtMs) + settings.orderTtlMs }
}

/**
 * When to look for the driver of what is not ready yet: in time for one that has the longest way there is. Any sooner, it would
 * stand in the kitchen; with drivers about the nearest one is sent however long that is.
 */
function readyDueAtMs({ readyAtMs = 0 }: OrderTerms, { scheduleLeadMs, pickupMaxS }: DispatchSettings): UnixMs {
  return readyAtMs - scheduleLeadMs - pickupMaxS * 1_000
}

/** Nobody is asked who is farther away than the farthest that would be. */
function leadMs({ pickupEtaS = 0 }: OrderTerms, { scheduleLeadMs, pickupMaxS }: DispatchSettings): number {
  return scheduleLeadMs + Math.min(pickupEtaS, pickupMaxS) * 1_000
}

export function due(state: OrderState, context: OrderContext): Turn<OrderEvent> {
  const { nowMs, settings } = context
  if (state.status !== 'scheduled' || nowMs < state.dueAtMs) return NOTHING
  const wantedAtMs = state.terms.scheduledAtMs ?? state.dueAtMs
  if (nowMs > wantedAtMs + settings.scheduleLateMs) return missed(state, context)
  const searchEndsAtMs = nowMs + settings.orderTtlMs
  const more = searchEndsAtMs > state.expiresAtMs ? { expiresAtMs: searchEndsAtMs } : {}
  return changed(state, [{ type: 'due', atMs: nowMs, ...more }], undefined, context, next => ({
    effects: [
      setTimer('expire', next.expiresAtMs),
      // Whoever it is promised to is asked at once, and first.
      ...(next.reservation ? [setTimer('reserved', nowMs)] : []),
    ],
  }))
}

function missed(state: OrderState, context: OrderContext): Turn<OrderEvent> {
  const { nowMs } = context
  const event: OrderEvent = { type: 'expired', atMs: nowMs, reason: 'missed' }
  return changed(state, [event, ...notMade(state, 'system', nowMs)], undefined, context, () => ({
    effects: [...revokeAll(state.offers, 'expired'), ...endReservation(state)],
  }))
}
