/** What the console does: reads by turns, and acts for whoever clicks. */
import { ApiError, ask, keepKey } from '../shared/api.ts'
import { pageOfLink } from '../shared/tracking-link.ts'
import type { Decision, Order, OrderEvent, Page, Place, Quote } from '../shared/views.ts'
import * as state from './state.ts'

const OPEN = 'placed,assigned,en_route_to_pickup,at_pickup,en_route_to_dropoff'
const ENDED = 'delivered,cancelled,expired'
/** The most that a page of the API holds; beyond so many pages nobody reads a list. */
const OPEN_PAGE = 500
const OPEN_PAGES_MAX = 6
const ENDED_PAGE = 50
const EVERY_MS = 2_000

/** @throws {ApiError} */
function call<T>(path: string, options?: Parameters<typeof ask>[2]): Promise<T> {
  return ask<T>(state.key.value ?? '', path, options)
}

export async function signIn(key: string): Promise<void> {
  try {
    await ask(key, '/v1/orders?limit=1')
    // Customers and drivers may read their own orders; the fleet is for who dispatches.
    await ask(key, '/v1/drivers?limit=1')
    keepKey(key)
    state.keyProblem.value = null
    state.key.value = key
  } catch (error) {
    state.keyProblem.value = problemOf(error)
  }
}

export function signOut(): void {
  keepKey(null)
  location.reload()
}

function problemOf(error: unknown): string {
  if (!(error instanceof ApiError)) throw error
  if (error.status === 401) return 'This key is not known here.'
  if (error.status === 403) return 'This key may not see the fleet. Use one of a dispatcher or an admin.'
  return error.message
}

/** Reads again and again, each turn after the one before has ended. @returns what ends it. */
export function poll(): () => void {
  let timer: ReturnType<typeof setTimeout>
  const turn = async () => {
    await refresh()
    timer = setTimeout(turn, EVERY_MS)
  }
  void turn()
  return () => clearTimeout(timer)
}

async function refresh(): Promise<void> {
  try {
    const [open, ended] = await Promise.all([
      openOrders(),
      call<Page<Order>>(`/v1/orders?status=${ENDED}&limit=${ENDED_PAGE}`),
    ])
    state.orders.value = open
    state.ended.value = ended.data
    state.trouble.value = null
    await readSelected()
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) signOut()
    state.trouble.value = problemOf(error)
  }
}

async function openOrders(): Promise<Order[]> {
  const all: Order[] = []
  let cursor = ''
  for (let i = 0; i < OPEN_PAGES_MAX; i++) {
    const page = await call<Page<Order>>(`/v1/orders?status=${OPEN}&limit=${OPEN_PAGE}${cursor}`)
    all.push(...page.data)
    if (page.next_cursor === null) break
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`
  }
  return all
}

export function select(selection: state.Selection): void {
  state.selection.value = selection
  state.events.value = []
  state.decisions.value = []
  state.draft.value = null
  void readSelected().catch(error => {
    state.trouble.value = problemOf(error)
  })
}

async function readSelected(): Promise<void> {
  const chosen = state.selection.value
  if (chosen?.kind !== 'order') return
  const path = `/v1/orders/${chosen.id}`
  const [events, decisions] = await Promise.all([
    call<Page<OrderEvent>>(`${path}/events?limit=200`),
    call<Page<Decision>>(`${path}/decisions?limit=50`),
  ])
  // Somebody else may be selected by now.
  if (state.selection.value !== chosen) return
  state.events.value = events.data
  state.decisions.value = decisions.data
}

/** Says how it went, and reads anew. */
async function act(said: string, path: string, body: object, method: 'POST' | 'PUT' = 'POST'): Promise<void> {
  try {
    await call(path, { method, body })
    state.notice.value = said
    await refresh()
  } catch (error) {
    state.notice.value = problemOf(error)
  }
}

export const cancelOrder = (id: string, reason: string) =>
  act('Order cancelled.', `/v1/orders/${id}/cancel`, { reason })
export const assignOrder = (id: string, driverId: string) =>
  act(`Order given to ${driverId}.`, `/v1/orders/${id}/assign`, { driver_id: driverId })
export const unassignOrder = (id: string) =>
  act('Order is looking for another driver.', `/v1/orders/${id}/unassign`, { reason: 'dispatcher' })
export const setAvailability = (driverId: string, status: 'available' | 'paused' | 'offline') =>
  act(`${driverId} is now ${status}.`, `/v1/drivers/${driverId}/availability`, { status }, 'PUT')

/** Without TLS a browser gives no page the clipboard: then the link is shown, to be copied by hand. */
export async function copyTrackingLink(trackingUrl: string): Promise<void> {
  const link = pageOfLink(trackingUrl)
  try {
    await navigator.clipboard.writeText(link)
    state.notice.value = 'Tracking link copied.'
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error
    prompt('Tracking link', link)
  }
}

export function beginDraft(): void {
  select(null)
  state.draft.value = { pickup: null, dropoff: null, quote: null, problem: null }
}

/** The first click says where from, the second where to; then there is a price. */
export async function placeDraft(place: Place): Promise<void> {
  const draft = state.draft.value
  if (draft === null || draft.dropoff !== null) return
  if (draft.pickup === null) {
    state.draft.value = { ...draft, pickup: place }
    return
  }
  const placed = { ...draft, dropoff: place }
  state.draft.value = placed
  try {
    const quote = await call<Quote>('/v1/quotes', { method: 'POST', body: { pickup: draft.pickup, dropoff: place } })
    if (state.draft.value === placed) state.draft.value = { ...placed, quote }
  } catch (error) {
    if (state.draft.value === placed) state.draft.value = { ...placed, problem: problemOf(error) }
  }
}

export async function bookDraft(): Promise<void> {
  const draft = state.draft.value
  if (!draft?.quote) return
  try {
    const order = await call<Order>('/v1/orders', { method: 'POST', body: { quote_id: draft.quote.quote_id } })
    state.orders.value = [order, ...(state.orders.value ?? [])]
    state.filter.value = 'open'
    select({ kind: 'order', id: order.order_id })
  } catch (error) {
    state.draft.value = { ...draft, problem: problemOf(error) }
  }
}

interface Surge {
  readonly cells: readonly { readonly cell: string; readonly multiplier: number }[]
}

/** @returns the multipliers of those cells; none where the node does not answer, which is no reason to stop the map. */
export async function surgeOf(cells: readonly string[]): Promise<Surge['cells']> {
  try {
    return (await call<Surge>(`/v1/surge?cells=${cells.join(',')}`)).cells
  } catch (error) {
    state.trouble.value = problemOf(error)
    return []
  }
}
