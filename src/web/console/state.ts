/** What the console knows, as signals; what it does is in `actions.ts`. */
import { computed, signal } from '@preact/signals'
import type { FeedState } from '../live/feed-batch.ts'
import type { Decision, Order, OrderEvent, Place, Quote } from '../shared/views.ts'
import { storedKey, takeKeyFromLink } from './kept-key.ts'
import { byTimeWanted } from './order-book.ts'

export const key = signal<string | null>(takeKeyFromLink() ?? storedKey())
export const keyProblem = signal<string | null>(null)
export const isSigningIn = signal(false)
/** The node could not be asked about it: it need not be typed again. */
export const untriedKey = signal<string | null>(null)
export const feed = signal<FeedState>('connecting')
/** By this machine's clock: since when it has been so. */
export const feedSinceMs = signal(Date.now())
/** Every second: ages are shown by it. */
export const nowMs = signal(Date.now())
/** By its answers; null: there was none yet. */
export const nodeAheadMs = signal<number | null>(null)
/** What the node has given a time is compared with this: the clock of this machine may be wrong by minutes. */
export const nodeNowMs = computed(() => nowMs.value + (nodeAheadMs.value ?? 0))

/** As the node counts. */
export const staleAfterS = signal(60)

export interface FleetCount {
  readonly total: number
  readonly byStatus: readonly number[]
  readonly stale: number
}
export const fleet = signal<FleetCount>({ total: 0, byStatus: [0, 0, 0, 0, 0], stale: 0 })

/** Null: not read yet. */
export const orders = signal<readonly Order[] | null>(null)
/** Of which lists there is more than this page holds: what is counted of them is the least that there is. */
export const hasMore = signal({ open: false, ended: false, later: false })
export const ended = signal<readonly Order[]>([])
/** Booked for later, and not looked after yet. */
export const later = signal<readonly Order[]>([])
/** What a search has found in the record, beyond what is listed. */
export const found = signal<readonly Order[]>([])
export const trouble = signal<string | null>(null)

export type Filter = 'open' | 'attention' | 'later' | 'ended'
export const filter = signal<Filter>('open')
export const search = signal('')
/** What the list beside the map has rows of. */
export const listOf = signal<'orders' | 'drivers'>('orders')

export type Selection = { readonly kind: 'order' | 'driver'; readonly id: string } | null
export const selection = signal<Selection>(null)
export const events = signal<readonly OrderEvent[]>([])
export const decisions = signal<readonly Decision[]>([])
/** The order that a driver is to be chosen for, by a click on a vehicle. */
export const choosingFor = signal<string | null>(null)
export interface Notice {
  readonly text: string
  /** It stays until somebody has taken it away, or there is another one. */
  readonly isProblem: boolean
}
export const notice = signal<Notice | null>(null)

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
  const now = nodeNowMs.value
  const text = search.value.trim().toLowerCase()
  const all = listFor(filter.value)
  const wanted = all.filter(
    o => (filter.value !== 'attention' || attention(o, now) !== null) && (text === '' || namesOf(o).includes(text)),
  )
  const others = found.value.filter(o => !wanted.some(({ order_id }) => order_id === o.order_id))
  if (text !== '' && others.length > 0) return [...wanted, ...others]
  if (filter.value === 'later') return byTimeWanted(wanted)
  if (filter.value === 'ended') return wanted
  return [...wanted].sort((a, b) => rank(a, now) - rank(b, now) || Date.parse(b.created_at) - Date.parse(a.created_at))
})

/** The list that the filter looks at has an end, and there are more behind it. */
export const isListCut = computed(() => hasMore.value[filter.value === 'attention' ? 'open' : filter.value])

function listFor(wanted: Filter): readonly Order[] {
  if (wanted === 'ended') return ended.value
  return wanted === 'later' ? later.value : (orders.value ?? [])
}

export const needing = computed(() => (orders.value ?? []).filter(o => attention(o, nodeNowMs.value) !== null).length)

export const selectedOrder = computed<Order | null>(() => {
  const chosen = selection.value
  if (chosen?.kind !== 'order') return null
  return (
    [...(orders.value ?? []), ...ended.value, ...later.value, ...found.value].find(o => o.order_id === chosen.id) ??
    null
  )
})

function namesOf(o: Order): string {
  const names = [o.order_id, o.customer_id, o.reference, o.driver?.driver_id, o.driver?.name]
  names.push(o.pickup.address, o.dropoff.address)
  return names.join(' ').toLowerCase()
}

function rank(order: Order, now: number): number {
  const why = attention(order, now)
  if (why === 'waiting') return 0
  if (why === 'late') return 1
  return order.status === 'placed' ? 2 : 3
}
