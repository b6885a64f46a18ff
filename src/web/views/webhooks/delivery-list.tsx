import { useEffect, useState } from 'preact/hooks'
import type { Delivery } from '../../shared/manage.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ListBody } from '../../ui/list-body.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { useList } from '../../ui/use-list.ts'
import { DeliveryTable } from './delivery-table.tsx'

const STATES = [
  ['', 'All'],
  ['pending', 'Waiting'],
  ['delivered', 'Delivered'],
  ['dead', 'Dead'],
] as const

const EVERY_MS = 3_000
/** Whoever has gone further down is not taken back to the top. */
const FRESH_ROWS_MAX = 100

export function DeliveryList({ webhookId, readAgain }: { webhookId: string; readAgain: number }) {
  const [state, setState] = useState('')
  const path = `/v1/webhooks/${encodeURIComponent(webhookId)}/deliveries`
  const list = useList<Delivery>(state === '' ? path : `${path}?state=${state}`)
  const isAtTop = list.rows !== null && list.rows.length <= FRESH_ROWS_MAX
  const { isReading, reload } = list
  useEffect(() => {
    if (!isAtTop || isReading) return
    const timer = setTimeout(reload, EVERY_MS)
    return () => clearTimeout(timer)
  }, [isAtTop, isReading, state])
  useEffect(() => {
    if (readAgain > 0) reload()
  }, [readAgain])
  return (
    <section class="view-part" aria-label="Deliveries">
      <div class="filters">
        <h3 class="view-part-title">Deliveries</h3>
        <SelectField label="State" value={state} options={STATES} onValue={setState} />
      </div>
      <ListBody
        list={list}
        empty={
          <EmptyState title="Nothing was sent yet">
            <p>Send a test event, or wait for an order.</p>
          </EmptyState>
        }
      >
        {rows => <DeliveryTable rows={rows} onChanged={reload} />}
      </ListBody>
    </section>
  )
}
