/**
 * What happens to an order and changes its fare: a line per fact, in the same turn as the fact, by the rules that the order was
 * priced with. An order without such rules is never adjusted.
 */
import type { UnixMs } from '../../domain/ids.ts'
import type { OrderStatus } from '../../domain/order-lifecycle.ts'
import { type Adjustment, cancellationLines, noShowLines, waitingCharge } from '../../domain/pricing/adjustments.ts'
import type { OrderEvent } from './order.messages.ts'
import type { Assignment, OrderState } from './order.state.ts'

/** The driver leaves the pickup: it has waited since it came, but not for somebody who ordered it for later, nor for the kitchen. */
export function waitedFor(state: OrderState, next: OrderStatus, atMs: UnixMs): OrderEvent[] {
  const { pricing } = state.terms
  if (!pricing || !state.assignment || next !== 'en_route_to_dropoff') return []
  const line = waitingCharge(pricing.rules, waitsSinceMs(state, state.assignment), atMs)
  return adjusted(line ? [line] : [], atMs)
}

/** Of a driver that has arrived. */
export function waitsSinceMs({ terms: { scheduledAtMs, readyAtMs = 0 } }: OrderState, driver: Assignment): UnixMs {
  return Math.max(driver.pickupAtMs, scheduledAtMs ?? 0, readyAtMs)
}

/** The driver has waited for nobody: the price is given back and the fee for that stays, instead of what the waiting would cost. */
export function neverCame(state: OrderState, atMs: UnixMs): OrderEvent[] {
  const { pricing, price } = state.terms
  if (!pricing || !state.assignment) return []
  const fromMs = waitsSinceMs(state, state.assignment)
  return adjusted(noShowLines(pricing.rules, { quotedMinor: price.amount, fromMs, atMs }), atMs)
}

/** What was charged for waiting stays: it was waited. @param role  of whoever ended it; the system, where no driver was found. */
export function notMade(state: OrderState, role: string, atMs: UnixMs): OrderEvent[] {
  const { pricing, price } = state.terms
  if (!pricing) return []
  const assignedAtMs = state.assignment?.assignedAtMs ?? null
  const cancelled = { quotedMinor: price.amount, status: state.status, role, assignedAtMs, atMs }
  return adjusted(cancellationLines(pricing.rules, cancelled), atMs)
}

function adjusted(lines: readonly Adjustment[], atMs: UnixMs): OrderEvent[] {
  return lines.length === 0 ? [] : [{ type: 'adjusted', atMs, lines }]
}
