/**
 * Everything that the node has acknowledged or told, kept in memory for the comparison with the record at the end.
 *
 * An order that is told to anybody (as an answer, with an offer, as an assignment, on a read) claims that the record has it so
 * at that version: that one rule covers what was acknowledged and lost, what was told before it was committed, and two
 * drivers that were given one order. What such a claim does not say (which offer won, which reason was given) is kept
 * besides, as an {@link Ack}.
 */
import { ENDED_STATUSES } from '../domain/order-lifecycle.ts'
import type { Findings } from './findings.ts'
import { OfferBook } from './offer-book.ts'
import { PositionBook } from './position-book.ts'
import type { OrderTerms, OrderTold } from './told.ts'

/** Acknowledged changes of orders, each to be found among the order's events. */
export type Ack =
  | { readonly kind: 'accept'; readonly orderId: string; readonly offerId: string; readonly driverId: string }
  | { readonly kind: 'decline'; readonly orderId: string; readonly offerId: string; readonly driverId: string }
  | { readonly kind: 'step'; readonly orderId: string; readonly status: string; readonly driverId: string | null }
  | { readonly kind: 'cancel'; readonly orderId: string; readonly reason: string }
  | { readonly kind: 'unassign'; readonly orderId: string; readonly reason: string }
  | { readonly kind: 'unreserve'; readonly orderId: string; readonly reason: string }
  | { readonly kind: 'amend'; readonly orderId: string; readonly notes: string }
  | { readonly kind: 'no_show'; readonly orderId: string; readonly driverId: string | null }
  /** By a dispatcher, an order for later. */
  | { readonly kind: 'reserve'; readonly orderId: string; readonly driverId: string }
  /** By a dispatcher. */
  | { readonly kind: 'assign'; readonly orderId: string; readonly driverId: string }
  /** Told to a driver: the order is no longer its own. */
  | { readonly kind: 'taken_back'; readonly orderId: string; readonly driverId: string }

export interface BookedOrder {
  readonly orderId: string
  readonly terms: OrderTerms
}

export class Ledger {
  readonly findings: Findings
  readonly offers = new OfferBook()
  readonly positions = new PositionBook()
  /** By reference, which is the idempotency key too. */
  readonly booked = new Map<string, BookedOrder>()
  /** By order: what was told of it, each state once. */
  readonly told = new Map<string, Map<string, OrderTold>>()
  readonly acks = new Map<string, Ack[]>()
  /** `order driver`: a dispatcher has asked for it. */
  readonly assignsSent = new Set<string>()
  /** Answers that the contract does not foresee here. */
  readonly unexpected = new Map<string, number>()
  /** By driver: the availability that was acknowledged last; null while another is under way. */
  readonly availability = new Map<string, string | null>()
  /** In the journal, as the comparison counts them. */
  dues = 0
  readonly #counts = new Map<Ack['kind'], number>()
  readonly #ended = new Set<string>()
  /** Booked, and not known to have ended. */
  readonly #open = new Set<string>()

  constructor(findings: Findings) {
    this.findings = findings
  }

  /** @param sent  the terms as they were asked for. */
  bookingAcked(sent: OrderTerms, told: OrderTold, terms: OrderTerms): void {
    this.saw(told)
    const reference = sent.reference ?? ''
    const known = this.booked.get(reference)
    if (known === undefined) {
      this.booked.set(reference, { orderId: told.orderId, terms: sent })
      if (!this.#ended.has(told.orderId)) this.#open.add(told.orderId)
    } else if (known.orderId !== told.orderId) {
      const about = { reference, orders: [known.orderId, told.orderId] }
      this.findings.add({ kind: 'repeated', what: 'one key, two orders', about })
    }
    if (Bun.deepEquals(sent, terms)) return
    this.findings.add({ kind: 'lost', what: 'booked with other terms', about: { order: told.orderId, sent, terms } })
  }

  saw(told: OrderTold): void {
    const states = this.told.get(told.orderId) ?? new Map<string, OrderTold>()
    if (states.size === 0) this.told.set(told.orderId, states)
    states.set(`${told.version} ${told.status} ${told.driverId}`, told)
    if (!isEnd(told.status)) return
    this.#ended.add(told.orderId)
    this.#open.delete(told.orderId)
  }

  acked(ack: Ack): void {
    const acks = this.acks.get(ack.orderId)
    if (acks === undefined) this.acks.set(ack.orderId, [ack])
    else acks.push(ack)
    this.#counts.set(ack.kind, this.count(ack.kind) + 1)
  }

  count(kind: Ack['kind']): number {
    return this.#counts.get(kind) ?? 0
  }

  /** As far as anybody was told. */
  openOrders(): string[] {
    return [...this.#open]
  }

  foundUnexpected(what: string): void {
    this.unexpected.set(what, (this.unexpected.get(what) ?? 0) + 1)
  }
}

function isEnd(status: string): boolean {
  return ENDED_STATUSES.some(ended => ended === status)
}
