import { DriverList } from './driver-list.tsx'
import { OrderList } from './order-list.tsx'
import * as state from './state.ts'

const LISTS = [
  ['orders', 'Orders'],
  ['drivers', 'Drivers'],
] as const

/** All that is on the map, as rows: for search, for keys, and for those who see no map. */
export function ListPanel() {
  const shown = state.listOf.value
  return (
    <section class="panel list" aria-label={shown === 'orders' ? 'Orders' : 'Drivers'}>
      <fieldset class="switch">
        <legend class="unseen">List of</legend>
        {LISTS.map(([list, name]) => (
          <button
            key={list}
            type="button"
            aria-pressed={shown === list}
            onClick={() => {
              state.listOf.value = list
            }}
          >
            {name}
          </button>
        ))}
      </fieldset>
      {shown === 'orders' ? <OrderList /> : <DriverList />}
    </section>
  )
}
