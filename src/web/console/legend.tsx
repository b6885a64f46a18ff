import { STATUSES } from '../live/feed-batch.ts'
import { ago, plain } from '../shared/words.ts'
import * as state from './state.ts'
import { ZoneLegend } from './zone-legend.tsx'

/** What colours and lines mean; vehicles with their numbers. */
export function Legend() {
  const { byStatus, stale } = state.fleet.value
  return (
    <ul class="legend" aria-label="What the map shows">
      {STATUSES.map((status, i) => (
        <li key={status}>
          <span class={`swatch swatch-${status}`} aria-hidden="true" />
          {plain(status)} <b>{(byStatus[i] ?? 0).toLocaleString()}</b>
        </li>
      ))}
      <li title={`No position for ${ago(state.staleAfterS.value * 1_000)}: shown where it was, with its age`}>
        <span class="swatch swatch-stale" aria-hidden="true" />
        Silent <b>{stale.toLocaleString()}</b>
      </li>
      <li class="legend-group">
        <span class="swatch swatch-order" aria-hidden="true" />
        Waits for a driver
      </li>
      <li>
        <span class="swatch-line" aria-hidden="true" />
        Offer
      </li>
      <li>
        <span class="swatch-heat" aria-hidden="true" />
        Surge
      </li>
      <ZoneLegend />
    </ul>
  )
}
