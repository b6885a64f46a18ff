/** What the console does: reads by turns, and acts for whoever clicks. */
import { ApiError } from '../shared/api.ts'
import { pageOfLink } from '../shared/tracking-link.ts'
import type { Decision, Order, OrderEvent, Page } from '../shared/views.ts'
import { complain, say } from './notices.ts'
import { isListed, madeSince, type OrderLists, withNews } from './order-book.ts'
import { type Pages, readPages } from './read-pages.ts'
import { TURN_EVERY_MS, whatToRead } from './reading-pace.ts'
import { call, keyLapsed, problemOf } from './session.ts'
import * as state from './state.ts'

export { signIn, signOut } from './session.ts'

const OPEN = 'placed,assigned,en_route_to_pickup,at_pickup,en_route_to_dropoff'
const ENDED = 'delivered,cancelled,expired'
/** The most that a page of the API holds; beyond so many pages nobody reads a list. */
const PAGE = 500
const PAGES_MAX = 6
/** Of what is over the newest are enough. */
const ENDED_PAGE = 50

let readAtMs: number | null = null
let isHinted = false

/** Something was heard that may be of an order. */
export function hintOrders(): void {
  isHinted = true
}

/** Reads again and again, each turn after the one before has ended. @returns what ends it. */
export function poll(): () => void {
  let timer: ReturnType<typeof setTimeout>
  let isOver = false
  const turn = async () => {
    await read()
    if (!isOver) timer = setTimeout(turn, TURN_EVERY_MS)
  }
  // Whoever has just signed in may see others than who did before.
  readAtMs = null
  void turn()
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}

async function read(): Promise<void> {
  const isLive = state.feed.value === 'live'
  const what = whatToRead({ nowMs: Date.now(), readAtMs, isLive, isHinted, isHidden: document.hidden })
  if (what === 'all') await refresh()
  else if (what === 'new') await wentWell(lookForNew)
}

/** Everything, since something was done or may have happened. */
export async function refresh(): Promise<void> {
  isHinted = false
  if (await wentWell(readAll)) readAtMs = Date.now()
}

/** What goes wrong is shown until something goes well. */
async function wentWell(reading: () => Promise<void>): Promise<boolean> {
  const key = state.key.value
  try {
    await reading()
    state.trouble.value = null
    return true
  } catch (error) {
    if (isLapsed(error, key)) keyLapsed()
    else state.trouble.value = problemOf(error)
    return false
  }
}

async function readAll(): Promise<void> {
  const [open, ended, later] = await Promise.all([
    ordersThatAre(OPEN),
    call<Page<Order>>(`/v1/orders?status=${ENDED}&limit=${ENDED_PAGE}`),
    // All of them: they come by when they were made, and the next one may be the one that was made first.
    ordersThatAre('scheduled'),
  ])
  state.hasMore.value = { open: open.hasMore, ended: ended.next_cursor !== null, later: later.hasMore }
  const lists = { open: open.rows, ended: ended.data, later: later.rows }
  // The socket may have been quicker than the answer.
  const chosen = state.selectedOrder.value
  show(chosen !== null && isListed(lists, chosen) ? withNews(lists, [chosen]) : lists)
  await readSelected()
}

function ordersThatAre(status: string): Promise<Pages<Order>> {
  return readPages(cursor => call<Page<Order>>(`/v1/orders?status=${status}&limit=${PAGE}${cursor}`), PAGES_MAX)
}

async function lookForNew(): Promise<void> {
  const since = encodeURIComponent(madeSince(known()))
  const page = await call<Page<Order>>(`/v1/orders?status=${OPEN}&created_after=${since}&limit=${PAGE}`)
  take(page.data)
  // What is weighed for it while it waits is said by nobody.
  if (state.selectedOrder.value?.status === 'placed') await readSelected()
}

/** As the socket has it. What else is shown of it is read with each change. */
export function takeLive(order: Order): void {
  if (!take([order]) || state.selection.value?.id !== order.order_id) return
  readSelected().catch(error => {
    state.trouble.value = problemOf(error)
  })
}

/** @returns whether it was news. */
function take(news: readonly Order[]): boolean {
  const before = known()
  const after = withNews(before, news)
  if (after === before) return false
  show(after)
  return true
}

function show({ open, ended, later }: OrderLists): void {
  state.orders.value = open
  state.ended.value = ended
  state.later.value = later
}

function known(): OrderLists {
  return { open: state.orders.value, ended: state.ended.value, later: state.later.value }
}

/** An answer to a key of before says nothing of the one that somebody has signed in with since. */
function isLapsed(error: unknown, key: string | null): boolean {
  return error instanceof ApiError && error.status === 401 && key !== null && state.key.value === key
}

export function select(selection: state.Selection): void {
  state.selection.value = selection
  state.events.value = []
  state.decisions.value = []
  state.draft.value = null
  state.choosingFor.value = null
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
    say(said)
    await refresh()
  } catch (error) {
    complain(problemOf(error))
  }
}

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
    say('Tracking link copied.')
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error
    prompt('Tracking link', link)
  }
}

/** A click on a vehicle, or on a row of one: who is to have the order, where somebody is asked for. */
export function pickDriver(driverId: string): void {
  const orderId = state.choosingFor.value
  if (orderId === null) {
    select({ kind: 'driver', id: driverId })
    return
  }
  state.choosingFor.value = null
  void assignOrder(orderId, driverId)
}
