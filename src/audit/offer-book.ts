/** What drivers were told of their offers, and when they said yes. Times are by the clock of this machine, as the node's. */
export interface OfferFacts {
  readonly offerId: string
  readonly orderId: string
  readonly driverId: string
  readonly expiresAtMs: number
  /** Of the first accept that was sent, whether or not it arrived. */
  acceptSentAtMs: number | null
  /** Where an `offer_closed` may be the answer to that. */
  isDeclineSent: boolean
  /** Told first: the order is yours. */
  wonAtMs: number | null
  /** Told first: revoked, or closed. */
  closedAtMs: number | null
  closedAs: 'offer_revoked' | 'offer_closed' | 'declined' | null
}

type Offered = Pick<OfferFacts, 'offerId' | 'orderId' | 'driverId' | 'expiresAtMs'>

export class OfferBook {
  readonly #offers = new Map<string, OfferFacts>()

  get size(): number {
    return this.#offers.size
  }

  all(): IterableIterator<OfferFacts> {
    return this.#offers.values()
  }

  get(offerId: string): OfferFacts | null {
    return this.#offers.get(offerId) ?? null
  }

  /** @returns false where it was offered before. */
  offered(offer: Offered): boolean {
    if (this.#offers.has(offer.offerId)) return false
    this.#offers.set(offer.offerId, {
      ...offer,
      acceptSentAtMs: null,
      isDeclineSent: false,
      wonAtMs: null,
      closedAtMs: null,
      closedAs: null,
    })
    return true
  }

  acceptSent(offerId: string): void {
    const offer = this.#offers.get(offerId)
    if (offer !== undefined) offer.acceptSentAtMs ??= Date.now()
  }

  declineSent(offerId: string): void {
    const offer = this.#offers.get(offerId)
    if (offer !== undefined) offer.isDeclineSent = true
  }

  won(offerId: string): void {
    const offer = this.#offers.get(offerId)
    if (offer !== undefined) offer.wonAtMs ??= Date.now()
  }

  closed(offerId: string, as: NonNullable<OfferFacts['closedAs']>): void {
    const offer = this.#offers.get(offerId)
    if (offer === undefined || offer.closedAtMs !== null) return
    offer.closedAtMs = Date.now()
    offer.closedAs = as
  }

  isOver(offerId: string): boolean {
    const offer = this.#offers.get(offerId)
    return offer !== undefined && (offer.wonAtMs !== null || offer.closedAtMs !== null)
  }

  /** Accepts that were first sent when the driver had been told that it is too late, or when the time was over. */
  lateAccepts(): number {
    let late = 0
    for (const { acceptSentAtMs, closedAtMs, expiresAtMs } of this.#offers.values()) {
      if (acceptSentAtMs !== null && acceptSentAtMs > Math.min(closedAtMs ?? expiresAtMs, expiresAtMs)) late++
    }
    return late
  }
}
