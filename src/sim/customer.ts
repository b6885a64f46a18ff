import type { Uniform } from '../domain/ids.ts'
import { nowMs } from './clock.ts'
import type { TripRequest } from './demand.ts'
import { describeOutcome, type HttpOutcome } from './http-client.ts'
import { objectOf, textAt } from './json.ts'
import type { CancelCause, KnownOrder } from './order-book.ts'
import { readOrder } from './order-view.ts'
import { PERSISTENCE_MS, type WorldContext } from './world-context.ts'

/**
 * Somebody who wants to go somewhere: asks for a price, books, waits, and perhaps gives up.
 *
 * A booking without an answer may have been taken, so it is repeated with its key until there is an answer, even beyond
 * the customer's patience; what was taken too late is cancelled at once.
 */
const QUOTE_EXPIRED = 410
const BOOKINGS_MAX = 3
const CONFLICT = 409

export class Customer {
  private readonly random: Uniform
  private readonly trip: TripRequest
  private readonly requestedAtMs: number
  private readonly world: WorldContext

  /** @param requestedAtMs when the trip was due: a late tick makes nobody wait less. */
  constructor(trip: TripRequest, requestedAtMs: number, world: WorldContext) {
    this.trip = trip
    this.requestedAtMs = requestedAtMs
    this.world = world
    this.random = world.random(`customer ${trip.index}`)
  }

  /** @returns the order, or null where there is none. */
  async book(): Promise<KnownOrder | null> {
    const asksForPrice = this.random() < this.world.options.quoteShare
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.bookOnce(attempt, asksForPrice ? 'quoted' : 'unquoted')
      if (outcome.kind === 'unreachable') {
        this.world.tally.unanswered++
        return null
      }
      const expired = outcome.status === QUOTE_EXPIRED && attempt < BOOKINGS_MAX
      if (!expired) return this.booked(outcome)
    }
  }

  private async bookOnce(attempt: number, way: 'quoted' | 'unquoted'): Promise<HttpOutcome> {
    const { http, runId } = this.world
    const untilMs = nowMs() + PERSISTENCE_MS
    const { pickup, dropoff, index } = this.trip
    const places = { pickup, dropoff }
    const who = { customer_id: `cus_sim_${index}`, reference: `${runId}-${index}` }
    const idempotencyKey = `${runId}-${index}-${attempt}`
    const retryOn = [CONFLICT]
    if (way === 'unquoted') {
      const body = { ...places, ...who }
      return http.untilAnswered({ method: 'POST', path: '/v1/orders', body, idempotencyKey, retryOn }, untilMs)
    }
    const quote = await http.untilAnswered({ method: 'POST', path: '/v1/quotes', body: places }, untilMs)
    if (quote.kind === 'unreachable' || quote.status !== 201) return quote
    const body = { quote_id: textAt(objectOf(quote.body), 'quote_id'), ...who }
    return http.untilAnswered({ method: 'POST', path: '/v1/orders', body, idempotencyKey, retryOn }, untilMs)
  }

  private booked(outcome: HttpOutcome & { kind: 'answered' }): KnownOrder | null {
    const view = readOrder(outcome.body)
    if (outcome.status >= 300 || view === null) {
      this.world.tally.refused++
      this.world.tally.refusals.add(`booking ${describeOutcome(outcome)}`)
      return null
    }
    const order = this.world.book.acknowledge(view.orderId, this.requestedAtMs, nowMs())
    this.waitFor(order)
    return order
  }

  private waitFor(order: KnownOrder): void {
    const { agenda, options } = this.world
    const patienceMs = (options.patienceS / options.speedup) * 1_000
    agenda.at(this.requestedAtMs + patienceMs, () => this.patienceOver(order))
    if (this.random() >= options.cancelShare) return
    const changesMindAtMs = this.requestedAtMs + this.random() * patienceMs
    agenda.at(changesMindAtMs, () => void this.cancel(order, 'by_customer'))
  }

  private patienceOver(order: KnownOrder): void {
    if (order.assignedAtMs !== null || order.end !== null || order.cancelCause !== null) return
    this.world.tally.lost++
    void this.cancel(order, 'out_of_patience')
  }

  private async cancel(order: KnownOrder, cause: CancelCause): Promise<void> {
    if (order.end !== null || order.cancelCause !== null) return
    order.cancelCause = cause
    const { http, book, tally } = this.world
    const path = `/v1/orders/${order.orderId}/cancel`
    const body = { reason: cause === 'by_customer' ? 'changed my mind' : 'nobody came' }
    const outcome = await http.untilAnswered({ method: 'POST', path, body }, nowMs() + PERSISTENCE_MS)
    if (outcome.kind === 'answered' && outcome.status === 200) {
      book.heard(order.orderId, 'cancelled', nowMs())
      return
    }
    // Delivered or expired meanwhile: the node knows.
    if (outcome.kind === 'answered') tally.refusals.add(`cancel ${describeOutcome(outcome)}`)
    book.doubt(order.orderId)
  }
}
