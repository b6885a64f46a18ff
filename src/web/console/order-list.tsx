import type { Order } from '../shared/views.ts'
import { ago, money, plain, short } from '../shared/words.ts'
import { select } from './actions.ts'
import * as state from './state.ts'
import { whenWords } from './when-words.ts'

/** More rows than anybody reads; the search finds the others. */
const SHOWN_MAX = 100
const FILTERS: readonly (readonly [state.Filter, string])[] = [
  ['open', 'Open'],
  ['attention', 'Attention'],
  ['later', 'Later'],
  ['ended', 'Ended'],
]

export function OrderList() {
  const orders = state.listed.value
  return (
    <>
      <div class="panel-head">
        <input
          type="search"
          placeholder="Order, customer, driver, address"
          aria-label="Search orders"
          value={state.search.value}
          onInput={event => {
            state.search.value = event.currentTarget.value
          }}
        />
        <fieldset class="tabs">
          <legend class="unseen">Which orders</legend>
          {FILTERS.map(([filter, name]) => (
            <button
              key={filter}
              type="button"
              aria-pressed={state.filter.value === filter}
              onClick={() => {
                state.filter.value = filter
              }}
            >
              {name}
              {filter === 'attention' && state.needing.value > 0 && <b>{state.needing.value}</b>}
            </button>
          ))}
        </fieldset>
      </div>
      {orders.length === 0 ? (
        <p class="empty">{emptyWords()}</p>
      ) : (
        <ul class="rows">
          {orders.slice(0, SHOWN_MAX).map(order => (
            <Row key={order.order_id} order={order} />
          ))}
        </ul>
      )}
      {orders.length > SHOWN_MAX && <p class="more">{orders.length - SHOWN_MAX} more: search to find them.</p>}
      {state.isListCut.value && (
        <p class="more">There are more than these: only those that were made last are listed.</p>
      )}
    </>
  )
}

function emptyWords(): string {
  if (state.orders.value === null) return 'Reading the orders …'
  if (state.search.value.trim() !== '') return 'No order here has that in it.'
  if (state.filter.value === 'attention') return 'Nobody waits long, and nobody is late.'
  if (state.filter.value === 'later') return 'Nothing is booked for later.'
  if (state.filter.value === 'ended') return 'No order has ended yet.'
  return 'No open orders. Make one with “New order”: two clicks on the map.'
}

/** Of one for later when it is due, else for how long it has been there. */
function timeWords({ status, scheduled_at, created_at }: Order, now: number): string {
  if (status === 'scheduled' && scheduled_at !== null) return `at ${whenWords(scheduled_at)}`
  return ago(now - Date.parse(created_at))
}

function Row({ order }: { order: Order }) {
  const now = state.nodeNowMs.value
  const why = state.attention(order, now)
  const isChosen = state.selection.value?.id === order.order_id
  return (
    <li>
      <button
        type="button"
        class="row"
        aria-current={isChosen}
        onClick={() => select({ kind: 'order', id: order.order_id })}
      >
        <span class={`dot dot-${order.status}`} aria-hidden="true" />
        <span class="row-main">
          <strong>{plain(order.status)}</strong>
          <small>
            {short(order.order_id)} · {order.driver?.name ?? order.driver?.driver_id ?? 'no driver yet'}
          </small>
        </span>
        <span class="row-end">
          <span>{money(order.price.amount, order.price.currency)}</span>
          {why === null ? (
            <small>{timeWords(order, now)}</small>
          ) : (
            <small class="alert">{why === 'late' ? 'late' : `waits ${ago(now - Date.parse(order.created_at))}`}</small>
          )}
        </span>
      </button>
    </li>
  )
}
