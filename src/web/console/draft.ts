/** An order in two clicks: where from, where to, then a price, then it is booked. */
import { ApiError } from '../shared/api.ts'
import type { Order, Place, Quote } from '../shared/views.ts'
import { select } from './actions.ts'
import { say } from './notices.ts'
import { call, problemOf } from './session.ts'
import * as state from './state.ts'

const EMPTY: state.Draft = { pickup: null, dropoff: null, quote: null, problem: null }

export function beginDraft(): void {
  select(null)
  state.draft.value = EMPTY
}

/** The first says where from, the second where to; then there is a price. */
export async function placeDraft(place: Place): Promise<void> {
  const draft = state.draft.value
  if (draft === null || draft.dropoff !== null) return
  if (draft.pickup === null) {
    state.draft.value = { ...draft, pickup: place }
    return
  }
  state.draft.value = { ...draft, dropoff: place }
  await priceDraft()
}

/** Of a draft with both its ends and no price, as one that was kept has none. */
export async function priceDraft(): Promise<void> {
  const draft = state.draft.value
  if (!draft?.pickup || !draft.dropoff || draft.quote !== null) return
  const { pickup, dropoff } = draft
  try {
    const quote = await call<Quote>('/v1/quotes', { method: 'POST', body: { pickup, dropoff } })
    if (state.draft.value === draft) state.draft.value = { ...draft, quote, problem: null }
  } catch (error) {
    if (state.draft.value === draft) state.draft.value = { ...draft, problem: problemOf(error) }
  }
}

/** One order is made of a price, however often somebody clicks: its id is the quote's. */
export async function bookDraft(): Promise<void> {
  const draft = state.draft.value
  if (!draft?.quote) return
  try {
    const order = await call<Order>('/v1/orders', { method: 'POST', body: { quote_id: draft.quote.quote_id } })
    const others = (state.orders.value ?? []).filter(({ order_id }) => order_id !== order.order_id)
    state.orders.value = [order, ...others]
    state.filter.value = 'open'
    select({ kind: 'order', id: order.order_id })
  } catch (error) {
    if (state.draft.value !== draft) return
    state.draft.value = { ...draft, problem: problemOf(error) }
    if (!(error instanceof ApiError) || error.code !== 'quote_expired') return
    state.draft.value = { ...draft, quote: null }
    await priceDraft()
    say('The price had expired: this is the one of now.')
  }
}
