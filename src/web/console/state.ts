/** What the console knows, as signals; what it does is in `actions.ts`. */
import { computed, signal } from '@preact/signals'
import type { FeedState } from '../live/feed-batch.ts'
import { storedKey, takeKeyFromLink } from '../shared/api.ts'
import type { Decision, Order, OrderEvent, Place, Quote } from '../shared/views.ts'

export const key = signal<string | null>(takeKeyFromLink() ?? storedKey())
export const keyProblem = signal<string | null>(null)
export const feed = signal<FeedState>('connecting')
/** Every second: ages are shown by it. */
export const nowMs = signal(Date.now())

export interface FleetCount {
  readonly total: number
  readonly byStatus: readonly number[]
  readonly stale: number
}
export const fleet = signal<FleetCount>({ total: 0, byStatus: [0, 0, 0, 0, 0], stale: 0 })

/** Null: not read yet. */
export const orders = signal<readonly Order[] | null>(null)
export const ended = signal<readonly Order[]>([])
export const trouble = signal<string | null>(null)

export type Filter = 'open' | 'attention' | 'ended'
export const filter = signal<Filter>('open')
export const search = signal('')

export type Selection = { readonly kind: 'order' | 'driver'; readonly id: string } | null
export const selection = signal<Selection>(null)
export const events = signal<readonly OrderEvent[]>([])
export const decisions = signal<readonly Decision[]>([])
export const isFollowing = signal(false)
export const notice = signal<string | null>(null)

/** An order that is being made by two clicks on the map. */
export interface Draft {
  readonly pickup: Place | null
  readonly dropoff: Place | null
  readonly quote: Quote | null
  readonly problem: string | null
}
export const draft = signal<Draft | null>(null)

/** A minute without a driver is long for who waits. */
const SCARCE_MS = 60_000

/** Why somebody should look at it; null where all is well. */
export function attention(order: Order, now: number): 'waiting' | 'late' | null {
  if (order.status === 'placed') return now - Date.parse(order.created_at) > SCARCE_MS ? 'waiting' : null
  const due = order.status.startsWith('en_route_to_dropoff') ? order.eta.dropoff_at : order.eta.pickup_at
  const isOnWay = order.status === 'assigned' || order.status.startsWith('en_route')
  return isOnWay && due !== null && Date.parse(due) < now ? 'late' : null
}

export const listed = computed<readonly Order[]>(() => {
  const now = nowMs.value
  const text = search.value.trim().toLowerCase()
  const all = filter.value === 'ended' ? ended.value : (orders.value ?? [])
  const wanted = all.filter(
    o => (filter.value !== 'attention' || attention(o, now) !== null) && (text === '' || namesOf(o).includes(text)),
  )
  if (filter.value === 'ended') return wanted
  return [...wanted].sort((a, b) => rank(a, now) - rank(b, now) || Date.parse(b.created_at) - Date.parse(a.created_at))
})

export const needing = computed(() => (orders.value ?? []).filter(o => attention(o, nowMs.value) !== null).length)

export const selectedOrder = computed<Order | null>(() => {
  const chosen = selection.value
  if (chosen?.kind !== 'order') return null
  return [...(orders.value ?? []), ...ended.value].find(o => o.order_id === chosen.id) ?? null
})

function namesOf(o: Order): string {
  const names = [o.order_id, o.customer_id, o.reference, o.driver?.driver_id, o.driver?.name, o.pickup.address]
  return names.join(' ').toLowerCase()
}

function rank(order: Order, now: number): number {
  const why = attention(order, now)
  if (why === 'waiting') return 0
  if (why === 'late') return 1
  return order.status === 'placed' ? 2 : 3
}
