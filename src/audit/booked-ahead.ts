/**
 * Customers who book for later, and whoever plans those orders: words are changed, times put off, drivers promised and let go, while what
 * is due is found by whichever node serves its shard by then.
 */
import type { LatLng } from '../domain/geo.ts'
import type { Uniform } from '../domain/ids.ts'
import type { Call } from './calls.ts'
import { assign } from './dispatcher.ts'
import type { Fleet } from './fleet.ts'
import { readOrderTold, readTerms } from './told.ts'
import type { World } from './world.ts'

export interface BookedAheadOptions {
  readonly world: World
  readonly fleet: Fleet
  readonly placeOf: (random: Uniform) => LatLng
}

const BOOK_EVERY_MS = 250
/** A driver's way and two seconds before that its search begins: for most of them within the round, or the next. */
const AHEAD_MIN_MS = 40_000
const AHEAD_MAX_MS = 140_000
/** Between booking and what is done to it. */
const THINK_MAX_MS = 3_000
const PROMISE_SHARE = 0.5
const LET_GO_SHARE = 0.3
const WORDS_SHARE = 0.4
const PUT_OFF_SHARE = 0.2
const FORESEEN: ReadonlySet<string | null> = new Set(['invalid_transition', 'driver_unavailable'])

export class BookedAhead {
  readonly #options: BookedAheadOptions
  #bookings = 0

  constructor(options: BookedAheadOptions) {
    this.#options = options
  }

  start(): void {
    this.#options.world.start(this.#comeIn())
  }

  async #comeIn(): Promise<void> {
    const { world } = this.#options
    const random = world.random('booked ahead')
    while (world.isLoading) {
      await world.sleep(random() * 2 * BOOK_EVERY_MS)
      if (world.isLoading) world.start(this.#plan(this.#bookings++))
    }
  }

  async #plan(index: number): Promise<void> {
    const { world, fleet } = this.#options
    const random = world.random(`booked ahead ${index}`)
    const orderId = await this.#book(random, `${world.runId}-later-${index}`)
    if (orderId === null) return
    if (random() < WORDS_SHARE) await this.#amend(orderId, { notes: `changed ${index}` })
    if (random() < PUT_OFF_SHARE) await this.#amend(orderId, { scheduled_at: aheadOf(random) })
    const driver = fleet.drivers[Math.floor(random() * fleet.drivers.length)]
    if (driver === undefined || random() >= PROMISE_SHARE) return
    await world.sleep(random() * THINK_MAX_MS)
    if (!world.isLoading) return
    await assign(world, orderId, driver.driverId)
    if (random() < LET_GO_SHARE) await this.#letGo(orderId, `let go by ${index}`)
  }

  async #book(random: Uniform, reference: string): Promise<string | null> {
    const { world, placeOf } = this.#options
    const trip = { pickup: placeOf(random), dropoff: placeOf(random), size: 1 }
    const body = { ...trip, reference, scheduled_at: aheadOf(random) }
    const call: Call = { method: 'POST', path: '/v1/orders', body, idempotencyKey: reference }
    const outcome = await world.calls.untilAnswered(call)
    const told = outcome.kind === 'answered' ? readOrderTold(outcome.body) : null
    if (outcome.kind !== 'answered' || outcome.status !== 201 || told === null) {
      world.calls.unexpected(call, outcome)
      return null
    }
    world.ledger.bookingAcked(readTerms({ ...body }), told, readTerms(outcome.body))
    return told.orderId
  }

  /** May be repeated: what is in already is answered as done. A search that has begun, or an end, refuses it. */
  async #amend(orderId: string, body: { readonly notes?: string; readonly scheduled_at?: string }): Promise<void> {
    const { calls, ledger } = this.#options.world
    const call = { method: 'PATCH', path: `/v1/orders/${orderId}`, body } as const
    const outcome = await calls.untilAnswered(call)
    if (outcome.kind === 'unanswered') return
    const told = readOrderTold(outcome.body)
    if (outcome.status !== 200 || told === null) {
      if (!FORESEEN.has(outcome.code)) calls.unexpected(call, outcome)
      return
    }
    ledger.saw(told)
    if (body.notes !== undefined) ledger.acked({ kind: 'amend', orderId, notes: body.notes })
  }

  /** Once: repeated, it could take the order from whoever has it by then. */
  async #letGo(orderId: string, reason: string): Promise<void> {
    const { calls, ledger } = this.#options.world
    const call = { method: 'POST', path: `/v1/orders/${orderId}/unassign`, body: { reason } } as const
    const outcome = await calls.once(call)
    if (outcome.kind === 'unanswered') return
    const told = readOrderTold(outcome.body)
    if (outcome.status !== 200 || told === null) {
      if (!FORESEEN.has(outcome.code)) calls.unexpected(call, outcome)
      return
    }
    ledger.saw(told)
    ledger.acked({ kind: told.status === 'scheduled' ? 'unreserve' : 'unassign', orderId, reason })
  }
}

function aheadOf(random: Uniform): string {
  return new Date(Date.now() + AHEAD_MIN_MS + random() * (AHEAD_MAX_MS - AHEAD_MIN_MS)).toISOString()
}
