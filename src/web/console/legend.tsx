import { STATUSES } from '../live/feed-batch.ts'
import { plain } from '../shared/words.ts'
import * as state from './state.ts'

export function Legend() {
  const { byStatus, stale } = state.fleet.value
  return (
    <ul class="legend" aria-label="Vehicles by status">
      {STATUSES.slice(0, 4).map((status, i) => (
        <li key={status}>
          <span class={`swatch swatch-${status}`} aria-hidden="true" />
          {plain(status)} <b>{(byStatus[i] ?? 0).toLocaleString()}</b>
        </li>
      ))}
      <li>
        <span class="swatch swatch-stale" aria-hidden="true" />
        Silent <b>{stale.toLocaleString()}</b>
      </li>
    </ul>
  )
}
