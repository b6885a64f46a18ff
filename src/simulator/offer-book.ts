/** (d): no offer is accepted once it is expired, taken back, or told to be over. */
import type { OrderEvent } from '../actors/order/order.messages.ts'
import { type OfferId, type OrderId, type ShardId, shardOfOrder, type UnixMs } from '../domain/ids.ts'
import { Violation } from './violation.ts'

interface Entry {
  readonly expiresAtMs: UnixMs
  /** Why nobody can accept it any more. */
  over: 'closed' | 'told' | null
  isAssigned: boolean
}

export class OfferBook {
  readonly #offers = new Map<OfferId, Entry>()
  /** Those that can be accepted now. */
  readonly #open = new Map<OrderId, Set<OfferId>>()
  readonly #openOn = new Map<ShardId, number>()

  onEvent(orderId: OrderId, event: OrderEvent): void {
    switch (event.type) {
      case 'offered':
        for (const { offerId, expiresAtMs } of event.offers) this.#opened(orderId, offerId, expiresAtMs)
        return
      case 'offer_closed':
        this.#closed(orderId, event.offerId)
        return
      case 'assigned':
        this.#assigned(event.offerId, event.atMs)
        this.#closeAll(orderId)
        return
      case 'cancelled':
      case 'expired':
        this.#closeAll(orderId)
        return
    }
  }

  #opened(orderId: OrderId, offerId: OfferId, expiresAtMs: UnixMs): void {
    this.#offers.set(offerId, { expiresAtMs, over: null, isAssigned: false })
    const open = this.#open.get(orderId) ?? new Set()
    this.#open.set(orderId, open.add(offerId))
    this.#count(orderId, 1)
  }

  #assigned(offerId: OfferId, atMs: UnixMs): void {
    const offer = this.#offers.get(offerId)
    if (!offer) throw new Violation(`(d) ${offerId} was never made, and is accepted`)
    if (atMs >= offer.expiresAtMs) throw new Violation(`(d) ${offerId} was accepted after its expiry`)
    if (offer.over === 'closed') throw new Violation(`(d) ${offerId} was accepted after it was closed`)
    if (offer.over) throw new Violation(`(d) ${offerId} was accepted after somebody was told that it is over`)
    offer.isAssigned = true
  }

  #closed(orderId: OrderId, offerId: OfferId): void {
    const offer = this.#offers.get(offerId)
    if (offer && !offer.isAssigned) offer.over ??= 'closed'
    if (this.#open.get(orderId)?.delete(offerId)) this.#count(orderId, -1)
  }

  #closeAll(orderId: OrderId): void {
    for (const offerId of this.#open.get(orderId) ?? []) this.#closed(orderId, offerId)
  }

  #count(orderId: OrderId, change: number): void {
    const shard = shardOfOrder(orderId)
    this.#openOn.set(shard, (this.#openOn.get(shard) ?? 0) + change)
  }

  areOpenOn(shard: ShardId): boolean {
    return (this.#openOn.get(shard) ?? 0) > 0
  }

  /** Somebody was told so. */
  onOver(offerId: OfferId): void {
    const offer = this.#offers.get(offerId)
    if (offer) offer.over ??= 'told'
  }

  onWon(offerId: OfferId): void {
    if (!this.#offers.get(offerId)?.isAssigned) throw new Violation(`(d) ${offerId} was won, and nothing is recorded`)
  }
}
