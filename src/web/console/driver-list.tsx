import { useState } from 'preact/hooks'
import { STATUSES } from '../live/feed-batch.ts'
import { SEEN_AT, STATUS, STRIDE, type Vehicles } from '../map/vehicles.ts'
import { ago, plain } from '../shared/words.ts'
import { pickDriver } from './actions.ts'
import { currentMap } from './map-view.tsx'
import * as state from './state.ts'

/** More rows than anybody reads; the search finds the others. */
const SHOWN_MAX = 100
const FILTERS = ['all', 'available', 'offered', 'busy', 'paused', 'silent'] as const
type Filter = (typeof FILTERS)[number]

interface Row {
  readonly driverId: string
  readonly status: string
  readonly ageMs: number
}

export function DriverList() {
  const [search, setSearch] = useState('')
  const [filter, setFilter] = useState<Filter>('all')
  // Each second, with the ages.
  const now = state.nowMs.value
  const vehicles = currentMap()?.vehicles
  const { rows, total } = vehicles ? rowsOf(vehicles, search.trim().toLowerCase(), filter, now) : { rows: [], total: 0 }
  return (
    <>
      <div class="panel-head">
        <input
          type="search"
          placeholder="Driver"
          aria-label="Search drivers"
          value={search}
          onInput={event => setSearch(event.currentTarget.value)}
        />
        <select
          aria-label="Which drivers"
          value={filter}
          onChange={event => setFilter(event.currentTarget.value as Filter)}
        >
          {FILTERS.map(name => (
            <option key={name} value={name}>
              {plain(name)}
            </option>
          ))}
        </select>
      </div>
      {rows.length === 0 ? (
        <p class="empty">{search === '' ? 'Nobody is like that just now.' : 'No driver here is called like that.'}</p>
      ) : (
        <ul class="rows">
          {rows.map(row => (
            <DriverRow key={row.driverId} row={row} />
          ))}
        </ul>
      )}
      {total > rows.length && <p class="more">{(total - rows.length).toLocaleString()} more: search to find them.</p>}
    </>
  )
}

function DriverRow({ row: { driverId, status, ageMs } }: { row: Row }) {
  const isSilent = ageMs > state.staleAfterS.value * 1_000
  return (
    <li>
      <button
        type="button"
        class="row"
        aria-current={state.selection.value?.id === driverId}
        onClick={() => {
          const seen = currentMap()?.seen(driverId)
          pickDriver(driverId)
          if (seen) currentMap()?.goTo([seen])
        }}
      >
        <span class={`swatch swatch-${isSilent ? 'stale' : status}`} aria-hidden="true" />
        <span class="row-main">
          <strong>{driverId}</strong>
          <small>{plain(status)}</small>
        </span>
        <span class="row-end">
          <small class={isSilent ? 'alert' : ''}>{Number.isFinite(ageMs) ? `${ago(ageMs)} ago` : 'not seen'}</small>
        </span>
      </button>
    </li>
  )
}

/** @returns so many of those that fit, and how many there are. */
function rowsOf(vehicles: Vehicles, word: string, filter: Filter, nowMs: number): { rows: Row[]; total: number } {
  const now = vehicles.nowS(nowMs)
  const rows: Row[] = []
  let total = 0
  for (let i = 0; i < vehicles.count; i++) {
    const driverId = vehicles.ids[i] ?? ''
    if (word !== '' && !driverId.toLowerCase().includes(word)) continue
    const status = STATUSES[vehicles.rows[i * STRIDE + STATUS] ?? 4] ?? 'offline'
    const ageS = now - (vehicles.rows[i * STRIDE + SEEN_AT] ?? 0)
    if (filter === 'silent' ? ageS <= state.staleAfterS.value : filter !== 'all' && filter !== status) continue
    total++
    if (rows.length < SHOWN_MAX) rows.push({ driverId, status, ageMs: Math.max(0, ageS * 1_000) })
  }
  return { rows, total }
}
