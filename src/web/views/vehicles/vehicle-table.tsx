import { may } from '../../console/me.ts'
import { hrefOf } from '../../console/route.ts'
import type { Vehicle } from '../../shared/manage.ts'
import { dayTime, plain } from '../../shared/words.ts'
import { Badge } from '../../ui/badge.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'

interface VehicleTableProps {
  readonly rows: readonly Vehicle[]
  readonly onEdit: (vehicle: Vehicle) => void
  readonly onDelete: (vehicle: Vehicle) => void
}

export function VehicleTable({ rows, onEdit, onDelete }: VehicleTableProps) {
  const columns: Column<Vehicle>[] = [
    { name: 'Vehicle', cell: nameCell },
    { name: 'Type', cell: ({ type }) => plain(type) },
    { name: 'Driver', cell: driverCell },
    { name: 'Capacity', isNumber: true, cell: ({ capacity }) => capacity ?? 'the driver’s' },
    { name: 'Maintenance', cell: maintenanceCell },
    {
      name: 'Act',
      isQuiet: true,
      cell: vehicle => (
        <>
          {may('PATCH /v1/vehicles/{vehicle_id}') && (
            <button type="button" class="small" aria-label={`Edit ${titleOf(vehicle)}`} onClick={() => onEdit(vehicle)}>
              Edit
            </button>
          )}
          {may('DELETE /v1/vehicles/{vehicle_id}') && (
            <button
              type="button"
              class="small danger"
              aria-label={`Delete ${titleOf(vehicle)}`}
              onClick={() => onDelete(vehicle)}
            >
              Delete
            </button>
          )}
        </>
      ),
    },
  ]
  return <DataTable caption="Vehicles" columns={columns} rows={rows} keyOf={vehicle => vehicle.vehicle_id} />
}

export function titleOf({ plate, vehicle_id }: Vehicle): string {
  return plate ?? vehicle_id
}

function nameCell(vehicle: Vehicle) {
  return (
    <>
      <strong>{titleOf(vehicle)}</strong>
      {vehicle.plate !== null && <small>{vehicle.vehicle_id}</small>}
    </>
  )
}

function driverCell({ driver_id }: Vehicle) {
  return driver_id === null ? <span class="quiet">nobody</span> : <a href={hrefOf('fleet', driver_id)}>{driver_id}</a>
}

/** The one that lasts, or the next. */
function maintenanceCell({ maintenance, in_maintenance }: Vehicle) {
  const now = new Date().toISOString()
  const next = maintenance.find(({ to }) => to > now)
  if (next === undefined) return <span class="quiet">none planned</span>
  return (
    <>
      {in_maintenance ? <Badge tone="warn">{`Until ${dayTime(next.to)}`}</Badge> : `From ${dayTime(next.from)}`}
      {next.reason !== null && <small>{next.reason}</small>}
    </>
  )
}
