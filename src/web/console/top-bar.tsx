import type { FeedState } from '../live/feed-batch.ts'
import { beginDraft, signOut } from './actions.ts'
import { Mark } from './mark.tsx'
import * as state from './state.ts'

const SAYS: Record<FeedState, string> = {
  connecting: 'Connecting …',
  live: 'Live',
  waiting: 'Not connected: positions are old',
  refused: 'Not allowed to see positions',
}

export function TopBar() {
  const { total, byStatus, stale } = state.fleet.value
  const working = total - (byStatus[4] ?? 0)
  const busy = byStatus[2] ?? 0
  const open = state.orders.value?.length ?? 0
  const isWell = state.feed.value === 'live' && state.trouble.value === null
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
        <Figure name="Open orders" value={open} />
        <Figure name="Need attention" value={state.needing.value} isAlert={state.needing.value > 0} />
        <Figure name="Silent" value={stale} />
      </dl>
      <p class={isWell ? 'link link-well' : 'link'} role="status">
        {state.trouble.value ?? SAYS[state.feed.value]}
      </p>
      <button type="button" class="primary" onClick={beginDraft}>
        New order
      </button>
      <button type="button" class="plain" onClick={signOut}>
        Sign out
      </button>
    </header>
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
