/** What a driver did with the offers it saw lately. */
export interface RememberedOffer {
  readonly offerId: string
  readonly orderId: string
  answer: 'accepting' | 'accepted' | 'declined' | 'silent' | 'late' | 'revoked' | 'closed'
  askedAtMs: number
  tries: number
}

/** A driver who sees more than this many offers forgets the oldest: its answer came long ago. */
const REMEMBERED_MAX = 32

export class OfferMemory {
  private readonly offers = new Map<string, RememberedOffer>()

  get(offerId: string): RememberedOffer | null {
    return this.offers.get(offerId) ?? null
  }

  add(offer: RememberedOffer): void {
    this.offers.set(offer.offerId, offer)
    if (this.offers.size <= REMEMBERED_MAX) return
    const [oldest] = this.offers.keys()
    if (oldest !== undefined) this.offers.delete(oldest)
  }

  /** Offers whose acceptance is not answered yet. */
  pending(): RememberedOffer[] {
    return [...this.offers.values()].filter(offer => offer.answer === 'accepting')
  }

  /**
   * The offer that an `accepted` for this order answers: one that was waiting, else the newest of that order. Where that
   * is one that the driver had been told is revoked, the node has broken its word.
   */
  ofOrder(orderId: string): RememberedOffer | null {
    const candidates = [...this.offers.values()].filter(offer => offer.orderId === orderId)
    return candidates.find(offer => offer.answer === 'accepting') ?? candidates.at(-1) ?? null
  }
}
