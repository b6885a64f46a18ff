import { select } from '../../console/actions.ts'
import { currentMap } from '../../console/map-view.tsx'
import { may } from '../../console/me.ts'
import { hrefOf } from '../../console/route.ts'
import { go } from '../../console/router.ts'
import * as state from '../../console/state.ts'
import type { Driver } from '../../shared/manage.ts'
import { ago, plain } from '../../shared/words.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { say } from '../../ui/call.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { useSubmit } from '../../ui/use-submit.ts'

const TONES: Readonly<Record<string, Tone>> = { available: 'well', offered: 'warn', busy: 'busy' }

interface DriverTableProps {
  readonly rows: readonly Driver[]
  /** Null: not for this reader. */
  readonly onEdit: ((driver: Driver) => void) | null
  readonly onChanged: () => void
}

export function DriverTable({ rows, onEdit, onChanged }: DriverTableProps) {
  const columns: Column<Driver>[] = [
    { name: 'Driver', cell: nameCell },
    { name: 'Status', cell: ({ status }) => <Badge tone={TONES[status] ?? 'calm'}>{plain(status)}</Badge> },
    { name: 'Vehicle', cell: vehicleCell },
    { name: 'Orders', isNumber: true, cell: ({ load, capacity }) => `${load} of ${capacity}` },
    { name: 'Rating', isNumber: true, cell: ({ rating }) => rating?.toFixed(1) ?? '–' },
    { name: 'Last position', isNumber: true, cell: ({ driver_id }) => seenWords(driver_id) },
    {
      name: 'Act',
      isQuiet: true,
      cell: driver => <Acts driver={driver} onEdit={onEdit} onChanged={onChanged} />,
    },
  ]
  return <DataTable caption="Drivers" columns={columns} rows={rows} keyOf={driver => driver.driver_id} />
}

function nameCell({ driver_id, name }: Driver) {
  return (
    <>
      <strong>{name ?? driver_id}</strong>
      {name !== null && <small>{driver_id}</small>}
    </>
  )
}

function vehicleCell({ vehicle_id, vehicle_type }: Driver) {
  if (vehicle_id === null) return vehicle_type === null ? '–' : plain(vehicle_type)
  return (
    <>
      {vehicle_type === null ? '' : plain(vehicle_type)}
      <small>
        <a href={hrefOf('vehicles', vehicle_id)}>{vehicle_id}</a>
      </small>
    </>
  )
}

/** As the map has it, which listens anyway. */
function seenWords(driverId: string): string {
  const map = currentMap()
  const index = map?.vehicles.indexOf(driverId) ?? null
  const ageMs = index === null || !map ? null : map.vehicles.at(index, state.nowMs.value).ageMs
  return ageMs === null || !Number.isFinite(ageMs) ? '–' : `${ago(ageMs)} ago`
}

function showOnMap(driverId: string): void {
  const map = currentMap()
  const index = map?.vehicles.indexOf(driverId) ?? null
  go('map')
  select({ kind: 'driver', id: driverId })
  // Once the map is as wide as it will be.
  if (map && index !== null) requestAnimationFrame(() => map.goTo([map.vehicles.at(index)]))
}

function Acts({ driver, onEdit, onChanged }: Omit<DriverTableProps, 'rows'> & { readonly driver: Driver }) {
  const submit = useSubmit()
  const { driver_id, status } = driver
  const name = driver.name ?? driver_id
  const next = status === 'paused' || status === 'offline' ? 'available' : 'paused'
  const setStatus = async () => {
    const path = `/v1/drivers/${encodeURIComponent(driver_id)}/availability`
    if ((await submit.send({ method: 'PUT', path, body: { status: next } })) === null) return
    say(next === 'paused' ? `${name} is paused.` : `${name} may work.`)
    onChanged()
  }
  return (
    <>
      {submit.problem !== null && (
        <span class="field-error" role="alert">
          {submit.problem}
        </span>
      )}
      {may('PUT /v1/drivers/{driver_id}/availability') && (
        <button
          type="button"
          class="small"
          disabled={submit.isBusy}
          aria-label={next === 'paused' ? `Pause ${name}` : `Let work: ${name}`}
          onClick={() => void setStatus()}
        >
          {next === 'paused' ? 'Pause' : 'Let work'}
        </button>
      )}
      <button type="button" class="small" aria-label={`Show ${name} on the map`} onClick={() => showOnMap(driver_id)}>
        Map
      </button>
      {onEdit !== null && (
        <button type="button" class="small" aria-label={`Edit ${name}`} onClick={() => onEdit(driver)}>
          Edit
        </button>
      )}
    </>
  )
}
