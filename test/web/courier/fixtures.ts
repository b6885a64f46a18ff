/** A courier's page in a test: events in, state and effects out, with both clocks in hand. */
import type { CourierEvent, Effect, Heard, Now, Outcome, Tap } from '../../../src/web/courier/core/events.ts'
import type { CourierOrder } from '../../../src/web/courier/core/order.ts'
import { reduce } from '../../../src/web/courier/core/reduce.ts'
import { type CourierState, type ErrandWhat, initialState, restored } from '../../../src/web/courier/core/state.ts'

export const ME = 'drv_ada'
export const NOON_MS = Date.UTC(2026, 0, 2, 12)

export function order(change: Partial<CourierOrder> = {}): CourierOrder {
  return {
    order_id: 'ord_1',
    status: 'placed',
    reason: null,
    pickup: { latitude: 37.77, longitude: -122.42, address: 'Market 1' },
    dropoff: { latitude: 37.79, longitude: -122.41, address: 'Castro 7' },
    price: { amount: 1_250, currency: 'USD', breakdown: [] },
    driver: null,
    eta: { pickup_at: null, dropoff_at: null },
    attempts: 1,
    customer_id: 'cus_1',
    reference: null,
    scheduled_at: null,
    created_at: '2026-01-02T11:59:00Z',
    updated_at: '2026-01-02T11:59:00Z',
    version: 3,
    tracking_url: null,
    distance_m: 2_400,
    duration_s: 600,
    size: 1,
    items: [],
    notes: null,
    ready_at: null,
    arrived_at: null,
    proof: null,
    ...change,
  }
}

/** As the node shows it once it is this courier's. */
export function mine(change: Partial<CourierOrder> = {}): CourierOrder {
  return order({
    status: 'assigned',
    version: 4,
    driver: { driver_id: ME, name: 'Ada', vehicle_type: null },
    ...change,
  })
}

export function offer(offerId = 'off_1', expiresAtMs = NOON_MS + 15_000): Heard & { type: 'offer' } {
  return {
    type: 'offer',
    offer_id: offerId,
    order: order({ order_id: offerId.replace('off', 'ord') }),
    pickup_eta_s: 120,
    expires_at: new Date(expiresAtMs).toISOString(),
  }
}

export const CLOSED: Outcome = { kind: 'refused', status: 409, code: 'offer_closed', text: 'The offer has expired.' }
export const LOST: Outcome = { kind: 'passing', retryAfterMs: null }

/** The page over a while: what it knows, and what it has asked. */
export class Page {
  state: CourierState
  effects: Effect[] = []
  localMs = NOON_MS
  /** What the node's clock is ahead of the phone's. */
  aheadMs = 0

  constructor(state: CourierState = initialState(ME)) {
    this.state = { ...state, seat: 'held' }
  }

  get now(): Now {
    return { localMs: this.localMs, serverMs: this.localMs + this.aheadMs }
  }

  on(event: CourierEvent): this {
    const { state, effects } = reduce(this.state, event, this.now)
    this.state = state
    this.effects.push(...effects)
    return this
  }

  hear(message: Heard): this {
    return this.on({ kind: 'heard', message })
  }

  tap(tap: Tap): this {
    return this.on({ kind: 'tap', tap })
  }

  answer(errandId: string, outcome: Outcome): this {
    return this.on({ kind: 'answered', errandId, outcome })
  }

  /** The clocks go on, and the page looks. */
  after(ms: number): this {
    this.localMs += ms
    return this.on({ kind: 'tick' })
  }

  online(): this {
    return this.on({ kind: 'link', state: 'open' })
  }

  cut(): this {
    return this.on({ kind: 'link', state: 'waiting' })
  }

  read(
    orders: readonly CourierOrder[],
    change: { status?: string; openOffers?: string[]; atTurn?: number } = {},
  ): this {
    const { status = null, openOffers = [], atTurn = this.state.turn } = change
    return this.on({ kind: 'read', result: { atTurn, status, orders, openOffers } })
  }

  /** As after a restart of the phone: only what was kept is there. */
  reopened(): Page {
    const next = new Page(restored(JSON.parse(JSON.stringify(this.state))))
    next.localMs = this.localMs
    next.aheadMs = this.aheadMs
    return next
  }

  /** What was asked since the last look, in order. */
  asked(): ErrandWhat[] {
    const asks = this.effects.flatMap(effect => (effect.kind === 'ask' ? [effect.errand.what] : []))
    this.effects = []
    return asks
  }

  get jobs(): string[] {
    return this.state.jobs.map(({ order }) => `${order.order_id} ${order.status}`)
  }

  get told(): string[] {
    return this.state.notices.map(({ text }) => text)
  }
}
