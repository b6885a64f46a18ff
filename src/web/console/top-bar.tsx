import type { FeedState } from '../live/feed-batch.ts'
import { Mark } from '../shared/mark.tsx'
import { ago } from '../shared/words.ts'
import { signOut } from './actions.ts'
import { beginDraft } from './draft.ts'
import * as state from './state.ts'

const SAYS: Record<FeedState, string> = {
  connecting: 'Connecting …',
  live: 'Live',
  waiting: 'Connecting again …',
  catching_up: 'Catching up …',
}

export function TopBar() {
  const { total, byStatus, stale } = state.fleet.value
  const working = total - (byStatus[4] ?? 0)
  const busy = byStatus[2] ?? 0
  const more = state.hasMore.value.open ? '+' : ''
  const ofOrders = (count: number) => `${count.toLocaleString()}${more}`
  const needing = state.needing.value
  return (
    <header class="bar">
      <div class="brand">
        <Mark />
        <h1>Waggle</h1>
      </div>
      <dl class="figures">
        <Figure name="Vehicles" value={total} />
        <Figure name="Working" value={working} />
        <Figure name="Busy" value={working === 0 ? '–' : `${Math.round((100 * busy) / working)} %`} />
        <Figure name="Open orders" value={ofOrders(state.orders.value?.length ?? 0)} />
        <Figure name="Need attention" value={ofOrders(needing)} isAlert={needing > 0} />
        <Figure name="Silent" value={stale} />
      </dl>
      <Connection />
      <button type="button" class="primary" onClick={beginDraft}>
        New order
      </button>
      <button type="button" class="plain" onClick={signOut}>
        Sign out
      </button>
    </header>
  )
}

/** Whether what is shown is of now. For how long it has not been so is told beside it, and not read aloud each second. */
function Connection() {
  const feed = state.feed.value
  const { value: trouble } = state.trouble
  const isWell = feed === 'live' && trouble === null
  const sinceMs = state.nowMs.value - state.feedSinceMs.value
  return (
    <p class={isWell ? 'link link-well' : 'link'}>
      <span role="status">{feed === 'live' && trouble !== null ? trouble : SAYS[feed]}</span>
      {feed === 'waiting' && <span>positions are {ago(sinceMs)} old</span>}
    </p>
  )
}

function Figure({ name, value, isAlert = false }: { name: string; value: number | string; isAlert?: boolean }) {
  return (
    <div class={isAlert ? 'figure figure-alert' : 'figure'}>
      <dt>{name}</dt>
      <dd>{typeof value === 'number' ? value.toLocaleString() : value}</dd>
    </div>
  )
}
