/** The orders that the console knows, and how news of some of them go in. Pure. */
import type { Order } from '../shared/views.ts'

export interface OrderLists {
  /** Null: not read yet. */
  readonly open: readonly Order[] | null
  readonly ended: readonly Order[]
  readonly later: readonly Order[]
}

const ENDED = ['delivered', 'cancelled', 'expired']
/** As many as are read. */
const ENDED_SHOWN_MAX = 50
/** An order may be committed after one that was made later, by another node or thread. */
const OVERLAP_MS = 10_000

/** Those that were made since then may not be known. By the nodes' clocks: that of this machine says nothing. */
export function madeSince(lists: OrderLists): string {
  const newestMs = Math.max(0, ...allOf(lists).map(order => Date.parse(order.created_at)))
  return new Date(Math.max(0, newestMs - OVERLAP_MS)).toISOString()
}

/** News that came late change nothing: of an order the higher version counts. */
export function withNews(lists: OrderLists, news: readonly Order[]): OrderLists {
  return news.reduce(withOrder, lists)
}

export function isListed(lists: OrderLists, { order_id }: Order): boolean {
  return allOf(lists).some(order => order.order_id === order_id)
}

/** Of orders for later: the next one first. */
export function byTimeWanted(orders: readonly Order[]): Order[] {
  return orders.toSorted(
    (a, b) => Date.parse(a.scheduled_at ?? a.created_at) - Date.parse(b.scheduled_at ?? b.created_at),
  )
}

function allOf({ open, ended, later }: OrderLists): Order[] {
  return [...(open ?? []), ...ended, ...later]
}

function withOrder(lists: OrderLists, order: Order): OrderLists {
  const known = allOf(lists).find(o => o.order_id === order.order_id)
  if (known !== undefined && known.version >= order.version) return lists
  const others = (list: readonly Order[]) => list.filter(o => o.order_id !== order.order_id)
  const [open, ended, later] = [others(lists.open ?? []), others(lists.ended), others(lists.later)]
  if (ENDED.includes(order.status)) return { open, ended: [order, ...ended].slice(0, ENDED_SHOWN_MAX), later }
  return order.status === 'scheduled'
    ? { open, ended, later: [order, ...later] }
    : { open: [order, ...open], ended, later }
}
