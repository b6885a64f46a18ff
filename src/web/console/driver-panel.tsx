import { STATUSES } from '../live/feed-batch.ts'
import { ago, plain } from '../shared/words.ts'
import { select, setAvailability } from './actions.ts'
import { currentMap } from './map-view.tsx'
import * as state from './state.ts'

export function DriverPanel({ driverId }: { driverId: string }) {
  // Read for its ages.
  const now = state.nowMs.value
  const map = currentMap()
  const index = map?.vehicles.indexOf(driverId) ?? null
  const seen = index === null || !map ? null : map.vehicles.at(index, now)
  const status = seen === null ? null : (STATUSES[seen.status] ?? 'offline')
  const theirs = (state.orders.value ?? []).filter(o => o.driver?.driver_id === driverId)
  return (
    <aside class="panel detail" aria-label="Driver">
      <div class="panel-title">
        <div>
          <p class="over">Driver</p>
          <h2>{driverId}</h2>
        </div>
        <button type="button" class="plain close" aria-label="Close" onClick={() => select(null)}>
          ×
        </button>
      </div>
      <dl class="facts">
        <div>
          <dt>Status</dt>
          <dd>{status === null ? 'Not seen' : plain(status)}</dd>
        </div>
        <div>
          <dt>Last position</dt>
          <dd>{seen === null || !Number.isFinite(seen.ageMs) ? '–' : `${ago(seen.ageMs)} ago`}</dd>
        </div>
      </dl>
      <div class="acts">
        {status === 'paused' || status === 'offline' ? (
          <button type="button" onClick={() => void setAvailability(driverId, 'available')}>
            Let work
          </button>
        ) : (
          <button type="button" onClick={() => void setAvailability(driverId, 'paused')}>
            Pause
          </button>
        )}
        {map && seen && (
          <button type="button" onClick={() => map.goTo([seen])}>
            Show on map
          </button>
        )}
      </div>
      <h3>Orders</h3>
      {theirs.length === 0 && <p class="empty">None now.</p>}
      <ul class="rows">
        {theirs.map(order => (
          <li key={order.order_id}>
            <button type="button" class="row" onClick={() => select({ kind: 'order', id: order.order_id })}>
              <span class={`dot dot-${order.status}`} aria-hidden="true" />
              <span class="row-main">
                <strong>{plain(order.status)}</strong>
                <small>{order.order_id}</small>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </aside>
  )
}
