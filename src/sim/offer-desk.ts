import type { Uniform } from '../domain/ids.ts'
import { nowMs } from './clock.ts'
import { OfferMemory, type RememberedOffer } from './offer-memory.ts'
import type { WorldContext } from './world-context.ts'

/**
 * How a driver answers offers: by its seed, once. An offer that comes again gets the same answer again, and an acceptance
 * is repeated until it is answered, since both may be lost with a connection and both may be repeated.
 */
export interface OfferDeskOptions {
  readonly driverId: string
  readonly world: Pick<WorldContext, 'agenda' | 'options' | 'random' | 'tally' | 'violations'>
  readonly hasRoom: () => boolean
  /** @returns false where there is no connection. */
  readonly send: (message: object) => boolean
}

const ACCEPT_RETRY_MS = 5_000
const ACCEPT_TRIES_MAX = 6
/** Of those who stayed silent, the share that answers once it is too late. */
const LATE_SHARE = 0.5

export class OfferDesk {
  private readonly memory = new OfferMemory()
  private readonly random: Uniform
  private readonly options: OfferDeskOptions

  constructor(options: OfferDeskOptions) {
    this.options = options
    this.random = options.world.random(options.driverId)
  }

  offered(offerId: string, orderId: string): void {
    const known = this.memory.get(offerId)
    if (known !== null) {
      this.answer(known)
      return
    }
    const { tally } = this.options.world
    tally.offers++
    const offer: RememberedOffer = { offerId, orderId, answer: this.decide(), askedAtMs: nowMs(), tries: 0 }
    this.memory.add(offer)
    this.answer(offer)
    if (offer.answer === 'declined') tally.declines++
    if (offer.answer === 'silent') tally.silences++
  }

  revoked(offerId: string): void {
    const { tally } = this.options.world
    tally.offersRevoked++
    const offer = this.memory.get(offerId)
    if (offer === null || offer.answer === 'accepted') return
    const answersLate = offer.answer === 'silent' && this.random() < LATE_SHARE
    offer.answer = answersLate ? 'late' : 'revoked'
    if (!answersLate) return
    tally.lateAccepts++
    this.options.send({ type: 'accept', offer_id: offerId })
  }

  closed(offerId: string): void {
    this.options.world.tally.offersClosed++
    const offer = this.memory.get(offerId)
    if (offer !== null) offer.answer = 'closed'
  }

  /** The node has given this driver the order: it had better be on an offer that it had not taken back. */
  accepted(orderId: string): void {
    const { driverId, world } = this.options
    const offer = this.memory.ofOrder(orderId)
    if (offer === null) return
    if (offer.answer === 'late' || offer.answer === 'revoked') {
      const detail = offer.offerId
      world.violations.add({ kind: 'accepted_after_revocation', order_id: orderId, driver_id: driverId, detail })
    }
    if (offer.answer === 'accepting') world.tally.accept.record(nowMs() - offer.askedAtMs)
    offer.answer = 'accepted'
  }

  /** On a new connection: the answers may have been lost with the old one. */
  askAgain(): void {
    for (const offer of this.memory.pending()) this.accept(offer, nowMs())
  }

  private decide(): 'accepting' | 'declined' | 'silent' {
    const { silentShare, acceptShare } = this.options.world.options
    if (this.random() < silentShare) return 'silent'
    return this.random() < acceptShare && this.options.hasRoom() ? 'accepting' : 'declined'
  }

  private answer(offer: RememberedOffer): void {
    if (offer.answer === 'accepting') this.accept(offer, nowMs())
    if (offer.answer === 'declined') this.options.send({ type: 'decline', offer_id: offer.offerId })
  }

  private accept(offer: RememberedOffer, now: number): void {
    if (offer.tries >= ACCEPT_TRIES_MAX) {
      offer.answer = 'closed'
      return
    }
    // Without a connection the try does not count: `askAgain` follows.
    if (!this.options.send({ type: 'accept', offer_id: offer.offerId })) return
    offer.tries++
    const { agenda, tally } = this.options.world
    if (offer.tries === 1) tally.accepts++
    const retryAtMs = now + ACCEPT_RETRY_MS
    agenda.at(retryAtMs, () => {
      if (offer.answer === 'accepting') this.accept(offer, retryAtMs)
    })
  }
}
