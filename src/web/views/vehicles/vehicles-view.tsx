import { useState } from 'preact/hooks'
import { may } from '../../console/me.ts'
import type { Vehicle } from '../../shared/manage.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { ListBody } from '../../ui/list-body.tsx'
import { useList } from '../../ui/use-list.ts'
import { ViewPage } from '../../ui/view-page.tsx'
import { DeleteVehicle } from './delete-vehicle.tsx'
import { VehicleForm } from './vehicle-form.tsx'
import { VehicleTable } from './vehicle-table.tsx'

type Open =
  | { readonly kind: 'edit'; readonly vehicle: Vehicle | null }
  | { readonly kind: 'delete'; readonly vehicle: Vehicle }

/** `id`: the one that a link named. */
export function VehiclesView({ id }: { id: string | null }) {
  const [search, setSearch] = useState(id ?? '')
  const [open, setOpen] = useState<Open | null>(null)
  const list = useList<Vehicle>('/v1/vehicles')
  const close = () => setOpen(null)
  return (
    <ViewPage
      title="Vehicles"
      about="What the fleet is made of, who drives which, and when one is in the workshop."
      acts={
        may('POST /v1/vehicles') && (
          <button type="button" class="primary" onClick={() => setOpen({ kind: 'edit', vehicle: null })}>
            New vehicle
          </button>
        )
      }
    >
      <search class="filters">
        <TextField label="Search" type="search" value={search} onValue={setSearch} hint="Id, type, plate or driver" />
      </search>
      <ListBody
        list={list}
        empty={
          <EmptyState title="No vehicles">
            <p>Drivers may go without: then they say their type themselves.</p>
          </EmptyState>
        }
      >
        {rows => {
          const found = rows.filter(row => matches(row, search))
          return found.length === 0 ? (
            <EmptyState title={list.hasMore ? 'Not among those that are shown' : 'No vehicle has that in it'} />
          ) : (
            <VehicleTable
              rows={found}
              onEdit={vehicle => setOpen({ kind: 'edit', vehicle })}
              onDelete={vehicle => setOpen({ kind: 'delete', vehicle })}
            />
          )
        }}
      </ListBody>
      {open?.kind === 'edit' && <VehicleForm vehicle={open.vehicle} onDone={list.reload} onClose={close} />}
      {open?.kind === 'delete' && <DeleteVehicle vehicle={open.vehicle} onDone={list.reload} onClose={close} />}
    </ViewPage>
  )
}

function matches({ vehicle_id, type, plate, driver_id }: Vehicle, search: string): boolean {
  return [vehicle_id, type, plate, driver_id].join(' ').toLowerCase().includes(search.trim().toLowerCase())
}
