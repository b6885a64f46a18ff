import { useState } from 'preact/hooks'
import { may } from '../../console/me.ts'
import type { Driver } from '../../shared/manage.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { ListBody } from '../../ui/list-body.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { useList } from '../../ui/use-list.ts'
import { ViewPage } from '../../ui/view-page.tsx'
import { DriverForm } from './driver-form.tsx'
import { matches, useSearched } from './driver-search.ts'
import { DriverTable } from './driver-table.tsx'

const STATUSES = [
  ['', 'All'],
  ['available', 'Available'],
  ['paused', 'Paused'],
  ['offline', 'Offline'],
] as const

/** `id`: the one that a link named, as that of a vehicle. */
export function FleetView({ id }: { id: string | null }) {
  const [status, setStatus] = useState('')
  const [search, setSearch] = useState(id ?? '')
  const [edited, setEdited] = useState<Driver | 'new' | null>(null)
  const list = useList<Driver>(status === '' ? '/v1/drivers' : `/v1/drivers?status=${status}`)
  const searched = useSearched(list, search)
  const mayEdit = may('PATCH /v1/drivers/{driver_id}')
  return (
    <ViewPage
      title="Drivers"
      about="Who drives, in what, and whether they work now."
      acts={
        may('POST /v1/drivers') && (
          <button type="button" class="primary" onClick={() => setEdited('new')}>
            New driver
          </button>
        )
      }
    >
      <search class="filters">
        <TextField label="Search" type="search" value={search} onValue={setSearch} hint="Name, id, vehicle or skill" />
        <SelectField
          label="Has set"
          value={status}
          options={STATUSES}
          onValue={setStatus}
          hint="Busy ones are available, too"
        />
        <p class="quiet" role="status">
          {searched.words}
        </p>
      </search>
      <ListBody
        list={list}
        empty={
          <EmptyState title="No drivers">
            <p>A driver is here from its first position on, or when you make one.</p>
          </EmptyState>
        }
      >
        {rows => {
          const found = rows.filter(row => matches(row, search))
          return found.length === 0 ? (
            <EmptyState title="No driver has that in it" />
          ) : (
            <DriverTable rows={found} onEdit={mayEdit ? setEdited : null} onChanged={list.reload} />
          )
        }}
      </ListBody>
      {edited !== null && (
        <DriverForm driver={edited === 'new' ? null : edited} onDone={list.reload} onClose={() => setEdited(null)} />
      )}
    </ViewPage>
  )
}
