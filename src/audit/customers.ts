/** Customers: book with a key, again with the same key, twice at once; some change their minds; somebody always looks. */
import type { LatLng } from '../domain/geo.ts'
import type { Uniform } from '../domain/ids.ts'
import { exponential } from '../sim/random.ts'
import type { Call } from './calls.ts'
import { readOrderTold, readTerms } from './told.ts'
import type { World } from './world.ts'

export interface CustomersOptions {
  readonly world: World
  readonly ordersPerS: number
  readonly placeOf: (random: Uniform) => LatLng
}

/** Bookings that wait for their answer: an outage must not end in a flood. */
const WAITING_MAX = 300
const AGAIN_SHARE = 0.1
const AT_ONCE_SHARE = 0.1
const CANCEL_SHARE = 0.2
const CANCEL_WITHIN_MS = 4_000
const LARGE_SHARE = 0.12
const LOOK_EVERY_MS = 50

interface Booking {
  readonly pickup: LatLng
  readonly dropoff: LatLng
  readonly reference: string
  readonly size: number
}

interface Acknowledgement {
  readonly askedAtMs: number
  readonly resolve: () => void
}

export class Customers {
  readonly #options: CustomersOptions
  readonly #random: Uniform
  #bookings = 0
  #waiting = 0
  #awaited: Acknowledgement | null = null

  constructor(options: CustomersOptions) {
    this.#options = options
    this.#random = options.world.random('customers')
  }

  /** Bookings without an answer. */
  get waiting(): number {
    return this.#waiting
  }

  /** Resolves with the first acknowledged booking that was begun after this. */
  recovered(): Promise<void> {
    return new Promise(resolve => {
      this.#awaited = { askedAtMs: performance.now(), resolve }
    })
  }

  start(): void {
    const { world } = this.#options
    world.start(this.#comeIn())
    world.start(this.#lookAround())
  }

  async #comeIn(): Promise<void> {
    const { world, ordersPerS } = this.#options
    while (world.isLoading) {
      await world.sleep(exponential(this.#random, 1_000 / ordersPerS))
      if (world.isLoading && this.#waiting < WAITING_MAX) world.start(this.#visit(this.#bookings++))
    }
  }

  async #visit(index: number): Promise<void> {
    const { world } = this.#options
    const random = world.random(`customer ${index}`)
    const booking = this.#bookingOf(random, `${world.runId}-${index}`)
    const atOnce = random() < AT_ONCE_SHARE
    const [orderId] = await Promise.all([this.#book(booking), atOnce ? this.#book(booking) : null])
    if (orderId === null) return
    if (random() < AGAIN_SHARE) await this.#book(booking)
    if (random() >= CANCEL_SHARE) return
    await world.sleep(random() * CANCEL_WITHIN_MS)
    await cancel(world, orderId)
  }

  #bookingOf(random: Uniform, reference: string): Booking {
    const { placeOf } = this.#options
    const [pickup, dropoff] = [placeOf(random), placeOf(random)]
    return { pickup, dropoff, reference, size: random() < LARGE_SHARE ? 2 : 1 }
  }

  /** @returns the order, once it is acknowledged. */
  async #book(booking: Booking): Promise<string | null> {
    const { calls, ledger } = this.#options.world
    const askedAtMs = performance.now()
    const call: Call = { method: 'POST', path: '/v1/orders', body: booking, idempotencyKey: booking.reference }
    this.#waiting++
    const outcome = await calls.untilAnswered(call)
    this.#waiting--
    const told = outcome.kind === 'answered' ? readOrderTold(outcome.body) : null
    if (outcome.kind !== 'answered' || outcome.status !== 201 || told === null) {
      calls.unexpected(call, outcome)
      return null
    }
    ledger.bookingAcked(readTerms({ ...booking }), told, readTerms(outcome.body))
    if (this.#awaited !== null && askedAtMs >= this.#awaited.askedAtMs) {
      this.#awaited.resolve()
      this.#awaited = null
    }
    return told.orderId
  }

  /** What is read must be committed too. */
  async #lookAround(): Promise<void> {
    const { world } = this.#options
    const random = world.random('looks')
    while (!world.isOver) {
      await world.sleep(LOOK_EVERY_MS)
      const open = world.ledger.openOrders()
      const orderId = open[Math.floor(random() * open.length)]
      if (orderId !== undefined) world.start(world.look(orderId).then(() => undefined))
    }
  }
}

/** Repeated until it is answered: an order that is cancelled already says so again. */
export async function cancel({ calls, ledger }: World, orderId: string): Promise<void> {
  const reason = `cancelled for ${orderId}`
  const call = { method: 'POST', path: `/v1/orders/${orderId}/cancel`, body: { reason } } as const
  const outcome = await calls.untilAnswered(call)
  if (outcome.kind === 'unanswered') return
  const told = readOrderTold(outcome.body)
  if (outcome.status === 200 && told !== null) {
    ledger.saw(told)
    ledger.acked({ kind: 'cancel', orderId, reason })
  } else if (outcome.code !== 'invalid_transition') calls.unexpected(call, outcome)
}
