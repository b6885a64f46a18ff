/**
 * (d), on the other side: no phone rings for an offer that is over. Whoever loses a broadcast, and whoever was asked about an order
 * that ended, is told so within a bound. The bound is checked while nothing goes wrong: a message may be lost otherwise, and then
 * a phone rings until the time of its offer, which it knows itself.
 */

import type { OrderEvent } from '../actors/order/order.messages.ts'
import type { OfferId, OrderId, UnixMs } from '../domain/ids.ts'
import type { Tally } from './tally.ts'
import { check } from './violation.ts'

/** A commit in a group behind another one, and some hops. */
export const TOLD_WITHIN_MS = 1_000
/** An offer that comes after its own revocation: its driver holds it until it asks. */
const ASKED_AFTER_MS = 8_000

interface Bell {
  readonly orderId: OrderId
  readonly expiresAtMs: UnixMs
  rangAtMs: UnixMs | null
  overAtMs: UnixMs | null
  toldAtMs: UnixMs | null
  /** It was over, and rings, since nothing was going wrong. */
  dueAtMs: UnixMs | null
}

export interface RingingParts {
  readonly nowMs: () => UnixMs
  /** Nothing goes wrong now, nor will. */
  readonly isQuiet: () => boolean
  readonly tally: Tally
}

export class Ringing {
  readonly #parts: RingingParts
  readonly #bells = new Map<OfferId, Bell>()
  readonly #openOf = new Map<OrderId, Set<OfferId>>()
  readonly #due = new Map<OfferId, Bell>()

  constructor(parts: RingingParts) {
    this.#parts = parts
  }

  onEvent(orderId: OrderId, event: OrderEvent): void {
    switch (event.type) {
      case 'offered':
        for (const { offerId, expiresAtMs } of event.offers) this.#made(orderId, offerId, expiresAtMs)
        return
      case 'offer_closed':
        this.#over(orderId, event.offerId)
        return
      case 'assigned':
        // The winner is told another way.
        this.#openOf.get(orderId)?.delete(event.offerId)
        this.#bells.delete(event.offerId)
        this.#allOver(orderId)
        return
      case 'unassigned':
      case 'cancelled':
      case 'expired':
        this.#allOver(orderId)
        return
      case 'status':
        if (event.status === 'en_route_to_dropoff') this.#allOver(orderId)
        return
    }
  }

  onRing(offerId: OfferId): void {
    const bell = this.#bells.get(offerId)
    if (!bell || bell.rangAtMs !== null) return
    bell.rangAtMs = this.#parts.nowMs()
    this.#arm(offerId, bell)
  }

  onTold(offerId: OfferId): void {
    const bell = this.#bells.get(offerId)
    if (!bell) return
    // Told before it rang: that is not heard.
    if (bell.rangAtMs === null) return
    bell.toldAtMs ??= this.#parts.nowMs()
    if (this.#due.delete(offerId)) this.#judge(offerId, bell)
  }

  /** Those whose time is up and who still ring. */
  check(): void {
    for (const [offerId, bell] of this.#due) {
      if (bell.dueAtMs !== null && bell.dueAtMs < this.#parts.nowMs()) this.#judge(offerId, bell)
    }
  }

  #made(orderId: OrderId, offerId: OfferId, expiresAtMs: UnixMs): void {
    this.#bells.set(offerId, { orderId, expiresAtMs, rangAtMs: null, overAtMs: null, toldAtMs: null, dueAtMs: null })
    this.#openOf.set(orderId, (this.#openOf.get(orderId) ?? new Set()).add(offerId))
  }

  #allOver(orderId: OrderId): void {
    for (const offerId of this.#openOf.get(orderId) ?? []) this.#over(orderId, offerId)
  }

  #over(orderId: OrderId, offerId: OfferId): void {
    this.#openOf.get(orderId)?.delete(offerId)
    const bell = this.#bells.get(offerId)
    if (!bell || bell.overAtMs !== null) return
    bell.overAtMs = this.#parts.nowMs()
    this.#arm(offerId, bell)
  }

  #arm(offerId: OfferId, bell: Bell): void {
    const { rangAtMs, overAtMs, toldAtMs, expiresAtMs } = bell
    if (rangAtMs === null || overAtMs === null || toldAtMs !== null || !this.#parts.isQuiet()) return
    const isLate = rangAtMs >= overAtMs
    bell.dueAtMs = isLate ? Math.max(expiresAtMs, rangAtMs) + ASKED_AFTER_MS : overAtMs + TOLD_WITHIN_MS
    this.#due.set(offerId, bell)
  }

  #judge(offerId: OfferId, { dueAtMs, toldAtMs, overAtMs }: Bell): void {
    const { nowMs, tally } = this.#parts
    const afterMs = (toldAtMs ?? nowMs()) - (overAtMs ?? 0)
    check(
      (toldAtMs ?? nowMs()) <= (dueAtMs ?? 0),
      () => `(d) ${offerId} is over, and its phone rings on for ${afterMs} ms`,
    )
    tally.count('losers_told')
  }
}
