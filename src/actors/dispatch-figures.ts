/**
 * What became of orders and offers, counted from the events of committed turns: nothing is counted that a crash could take
 * back. Of an order that is loaded anew (a take-over, a crash) the open offers are not known here; what closes them then
 * counts, and which of them were taken back does not. Test orders are not counted: a courier that is told to stall is no alarm.
 */

import type { OrderId } from '../domain/ids.ts'
import { modeOfOrder } from '../domain/mode.ts'
import type { OrderEvent } from './order/order.messages.ts'
import { Histogram, type HistogramFigures } from './runtime/histogram.ts'
import type { JournalEvent, JournalTurn } from './runtime/ports.ts'

/** `made`, and each ends as one of the others. `refused`: its driver could not have it any more. */
export type OfferResult = 'made' | 'accepted' | 'declined' | 'expired' | 'refused' | 'revoked'

export type OrderEventType =
  | Extract<OrderEvent['type'], 'placed' | 'assigned' | 'unassigned' | 'cancelled' | 'expired'>
  | 'delivered'

export interface DispatchFigures {
  readonly offers: Readonly<Record<OfferResult, number>>
  readonly orders: Readonly<Record<OrderEventType, number>>
  /** From when an order wanted a driver until it had one, in seconds. */
  readonly assignmentS: HistogramFigures
}

/** Open offers of so many orders are remembered; of more, those of the longest known are forgotten. */
const ORDERS_MAX = 50_000
const ASSIGNMENT_BOUNDS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600]

export class DispatchMeter {
  readonly #offers: Record<OfferResult, number> = {
    made: 0,
    accepted: 0,
    declined: 0,
    expired: 0,
    refused: 0,
    revoked: 0,
  }
  readonly #orders: Record<OrderEventType, number> = {
    placed: 0,
    assigned: 0,
    unassigned: 0,
    delivered: 0,
    cancelled: 0,
    expired: 0,
  }
  readonly #assignmentS = new Histogram(ASSIGNMENT_BOUNDS_S)
  readonly #open = new Map<string, number>()

  get figures(): DispatchFigures {
    return { offers: this.#offers, orders: this.#orders, assignmentS: this.#assignmentS.figures }
  }

  committed(turn: JournalTurn): void {
    if (turn.row.kind !== 'order' || modeOfOrder(turn.actorId as OrderId) === 'test') return
    for (const event of turn.events) this.#count(turn.actorId, event, turn.row.dueAtMs)
  }

  #count(orderId: string, { type, atMs, data }: JournalEvent, dueAtMs: number): void {
    switch (type as OrderEvent['type']) {
      case 'offered':
        this.#offered(orderId, (data.offers as readonly unknown[]).length)
        break
      case 'offer_closed':
        this.#closed(orderId, closedAs(data.reason, data.refused === true))
        break
      case 'assigned':
        this.#orders.assigned++
        this.#assignmentS.observeMs(atMs - dueAtMs)
        this.#closed(orderId, 'accepted')
        this.#revokeOthers(orderId)
        break
      case 'placed':
      case 'unassigned':
        this.#orders[type as 'placed' | 'unassigned']++
        break
      case 'cancelled':
      case 'expired':
        this.#orders[type as 'cancelled' | 'expired']++
        this.#revokeOthers(orderId)
        break
      case 'status':
        if (data.status === 'delivered') this.#orders.delivered++
        break
      // What changes neither an offer nor where the order stands.
      case 'due':
      case 'adjusted':
      case 'held':
      case 'answer_awaited':
        break
    }
  }

  #offered(orderId: string, count: number): void {
    this.#offers.made += count
    this.#open.set(orderId, (this.#open.get(orderId) ?? 0) + count)
    if (this.#open.size <= ORDERS_MAX) return
    const [oldest] = this.#open.keys()
    if (oldest !== undefined) this.#open.delete(oldest)
  }

  #closed(orderId: string, result: OfferResult): void {
    this.#offers[result]++
    const left = (this.#open.get(orderId) ?? 1) - 1
    if (left > 0) this.#open.set(orderId, left)
    else this.#open.delete(orderId)
  }

  #revokeOthers(orderId: string): void {
    this.#offers.revoked += this.#open.get(orderId) ?? 0
    this.#open.delete(orderId)
  }
}

/** The reason of a driver that declines is its own words; whoever could not take it has not refused it. */
function closedAs(reason: unknown, isRefusal: boolean): OfferResult {
  if (reason === 'expired') return 'expired'
  return isRefusal ? 'declined' : 'refused'
}
