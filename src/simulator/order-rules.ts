/**
 * What may happen to an order at all, by its events in the order in which they were committed: which step follows which, who may
 * take it, and who may still be asked. Written down anew, not taken from the deciders: it is what they are held to.
 */
import type { OrderEvent } from '../actors/order/order.messages.ts'
import type { Actor, OpenOffer } from '../actors/order/order.state.ts'
import type { DriverId, OfferId, OrderId } from '../domain/ids.ts'
import type { OrderStatus } from '../domain/order-lifecycle.ts'
import { check, Violation } from './violation.ts'

const BEFORE_PICKUP: readonly OrderStatus[] = ['assigned', 'en_route_to_pickup', 'at_pickup']
const ALIVE: readonly OrderStatus[] = ['scheduled', 'placed', ...BEFORE_PICKUP, 'en_route_to_dropoff']
const STEPS: readonly OrderStatus[] = [...BEFORE_PICKUP, 'en_route_to_dropoff', 'delivered']

/** In which status each event may come. */
const ALLOWED: Readonly<
  Record<Exclude<OrderEvent['type'], 'placed' | 'held' | 'answer_awaited'>, readonly OrderStatus[]>
> = {
  amended: ALIVE,
  due: ['scheduled'],
  offered: ['scheduled', 'placed', ...BEFORE_PICKUP],
  offer_closed: ALIVE,
  assigned: ['placed', ...BEFORE_PICKUP],
  unassigned: BEFORE_PICKUP,
  status: [...BEFORE_PICKUP, 'en_route_to_dropoff'],
  pin_refused: ['en_route_to_dropoff'],
  reserved: ['scheduled'],
  unreserved: ['scheduled', 'placed'],
  rated: ['delivered', 'cancelled'],
  cancelled: ALIVE,
  // Behind the fact that it is for.
  adjusted: ['en_route_to_dropoff', 'cancelled', 'expired'],
  // From its schedule: it was missed.
  expired: ['scheduled', 'placed'],
}

type Offer = Pick<OpenOffer, 'driverId' | 'mode'>

interface Known {
  status: OrderStatus
  driverId: DriverId | null
  readonly offers: Map<OfferId, Offer>
  readonly refused: Set<DriverId>
  readonly rated: Set<string>
}

export class OrderRules {
  readonly #orders = new Map<OrderId, Known>()
  readonly #accepts = new Set<string>()
  readonly #assigns = new Set<string>()

  /** A driver has said yes: whether anybody heard it is another question. */
  acceptSent(offerId: OfferId, driverId: DriverId): void {
    this.#accepts.add(`${offerId} ${driverId}`)
  }

  assignSent(orderId: OrderId, driverId: DriverId): void {
    this.#assigns.add(`${orderId} ${driverId}`)
  }

  /** It was told that its refusal is noted. */
  refusalAnswered(orderId: OrderId, driverId: DriverId): void {
    this.#orders.get(orderId)?.refused.add(driverId)
  }

  onEvent(orderId: OrderId, event: OrderEvent): void {
    if (event.type === 'held' || event.type === 'answer_awaited') {
      throw new Violation(`(g) ${orderId}: ${event.type} is a promise, and is in the journal`)
    }
    if (event.type === 'placed') {
      check(!this.#orders.has(orderId), () => `(a) ${orderId} is placed twice`)
      const status = event.dueAtMs > event.atMs ? 'scheduled' : 'placed'
      this.#orders.set(orderId, { status, driverId: null, offers: new Map(), refused: new Set(), rated: new Set() })
      return
    }
    const order = this.#orders.get(orderId)
    if (!order) throw new Violation(`(a) ${orderId}: ${event.type} before it was placed`)
    const { status } = order
    check(ALLOWED[event.type].includes(status), () => `(a) ${orderId}: ${event.type} of an order that is ${status}`)
    this.#apply(orderId, order, event)
  }

  #apply(
    orderId: OrderId,
    order: Known,
    event: Exclude<OrderEvent, { type: 'placed' | 'held' | 'answer_awaited' }>,
  ): void {
    switch (event.type) {
      case 'due':
        order.status = 'placed'
        return
      case 'offered':
        for (const offer of event.offers) this.#offered(orderId, order, offer)
        return
      case 'offer_closed':
        if (event.refused || event.reason === 'declined') order.refused.add(event.driverId)
        return
      case 'assigned':
        this.#assigned(orderId, order, event)
        return
      case 'unassigned':
        checkOwn(orderId, order, event.by)
        if (event.refused || event.by.role === 'driver') order.refused.add(event.driverId)
        order.status = 'placed'
        order.driverId = null
        return
      case 'status':
        checkOwn(orderId, order, event.by)
        checkStep(orderId, order.status, event.status)
        order.status = event.status
        return
      case 'cancelled':
      case 'expired':
        order.status = event.type
        return
      case 'adjusted':
      case 'amended':
      case 'reserved':
      case 'unreserved':
      case 'pin_refused':
        return
      case 'rated':
        check(!order.rated.has(event.side), () => `(h) ${orderId} is rated twice by its ${event.side}`)
        order.rated.add(event.side)
        return
    }
  }

  #offered(
    orderId: OrderId,
    { status, offers, refused }: Known,
    { offerId, driverId, mode }: Offer & { offerId: OfferId },
  ): void {
    offers.set(offerId, { driverId, mode })
    if (mode === 'direct' || mode === 'reserve') return
    check(status === 'placed', () => `(a) ${orderId} is ${status}, and is offered to ${driverId}`)
    check(!refused.has(driverId), () => `(d) ${orderId} is offered to ${driverId} again, who has refused it`)
  }

  #assigned(orderId: OrderId, order: Known, { offerId, driverId }: OrderEvent & { type: 'assigned' }): void {
    const offer = order.offers.get(offerId)
    check(offer?.driverId === driverId, () => `(d) ${offerId} was made to ${offer?.driverId} and won by ${driverId}`)
    const isWanted =
      offer?.mode === 'auto' ||
      this.#assigns.has(`${orderId} ${driverId}`) ||
      (offer?.mode === 'ask' && this.#accepts.has(`${offerId} ${driverId}`))
    check(isWanted, () => `(d) ${driverId} has ${orderId}, and neither it nor a dispatcher said so`)
    order.status = 'assigned'
    order.driverId = driverId
  }
}

/** A driver moves its own order only; customers move none. */
function checkOwn(orderId: OrderId, { driverId }: Known, by: Actor): void {
  const may = by.role === 'driver' ? by.id === driverId : by.role !== 'customer'
  check(may, () => `(a) ${orderId} of ${driverId} is moved by the ${by.role} ${by.id}`)
}

function checkStep(orderId: OrderId, from: OrderStatus, to: OrderStatus): void {
  check(STEPS.indexOf(to) === STEPS.indexOf(from) + 1, () => `(a) ${orderId} goes from ${from} to ${to}`)
}
