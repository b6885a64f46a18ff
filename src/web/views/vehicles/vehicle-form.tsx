import { useState } from 'preact/hooks'
import type { Vehicle } from '../../shared/manage.ts'
import { wholeOf } from '../../shared/words.ts'
import { say } from '../../ui/call.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { FormProblem } from '../../ui/form-problem.tsx'
import { errorAt, useSubmit } from '../../ui/use-submit.ts'
import { type Period, PeriodList, periodsOf, sentPeriods } from './period-list.tsx'
import { titleOf } from './vehicle-table.tsx'

interface VehicleFormProps {
  /** Null: a new one. */
  readonly vehicle: Vehicle | null
  readonly onDone: () => void
  readonly onClose: () => void
}

interface Values {
  readonly vehicle_id: string
  readonly type: string
  readonly plate: string
  readonly capacity: string
  readonly driver_id: string
}

export function VehicleForm({ vehicle, onDone, onClose }: VehicleFormProps) {
  const [values, setValues] = useState(() => valuesOf(vehicle))
  const [periods, setPeriods] = useState<readonly Period[]>(() => periodsOf(vehicle?.maintenance ?? []))
  const submit = useSubmit()
  const set = (name: keyof Values) => (value: string) => setValues(now => ({ ...now, [name]: value }))
  const save = async (event: Event) => {
    event.preventDefault()
    const saved = await submit.send<Vehicle>(requestOf(vehicle, values, periods))
    if (saved === null) return
    say(`${titleOf(saved)} is saved.`)
    onDone()
    onClose()
  }
  const error = (path: string) => errorAt(submit.fields, path)
  return (
    <Dialog title={vehicle === null ? 'New vehicle' : `Edit ${titleOf(vehicle)}`} onClose={onClose} isWide>
      <form class="form" noValidate onSubmit={save}>
        <div class="form-row">
          {vehicle === null && (
            <TextField
              label="Id"
              value={values.vehicle_id}
              onValue={set('vehicle_id')}
              hint="Left empty: one is made"
              error={error('/vehicle_id')}
            />
          )}
          <TextField
            label="Type"
            value={values.type}
            onValue={set('type')}
            hint="bike, car, van …"
            error={error('/type')}
            isRequired
          />
          <TextField label="Plate" value={values.plate} onValue={set('plate')} error={error('/plate')} />
          <TextField
            label="Capacity"
            inputMode="numeric"
            value={values.capacity}
            onValue={set('capacity')}
            hint="Left empty: the driver’s own"
            error={error('/capacity')}
          />
        </div>
        <TextField
          label="Driver"
          value={values.driver_id}
          onValue={set('driver_id')}
          hint="Id of whoever drives it; left empty: nobody"
          error={error('/driver_id')}
        />
        <PeriodList periods={periods} fields={submit.fields} onPeriods={setPeriods} />
        <FormProblem problem={submit.problem} />
        <div class="acts">
          <button type="submit" class="primary" disabled={submit.isBusy}>
            Save
          </button>
          <button type="button" onClick={onClose}>
            Go back
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function valuesOf(vehicle: Vehicle | null): Values {
  return {
    vehicle_id: '',
    type: vehicle?.type ?? '',
    plate: vehicle?.plate ?? '',
    capacity: vehicle?.capacity?.toString() ?? '',
    driver_id: vehicle?.driver_id ?? '',
  }
}

/** Of one that is there only what was changed: to name its driver again could take it from another one. */
function requestOf(vehicle: Vehicle | null, values: Values, periods: readonly Period[]) {
  const before = valuesOf(vehicle)
  const names = (Object.keys(values) as (keyof Values)[]).filter(name => values[name] !== before[name])
  const given = Object.fromEntries(names.map(name => [name, sentOf(name, values[name].trim())]))
  const maintenance = sentPeriods(periods)
  const isPlanned = JSON.stringify(maintenance) !== JSON.stringify(sentPeriods(periodsOf(vehicle?.maintenance ?? [])))
  const body = { ...given, ...(isPlanned ? { maintenance } : {}) }
  return vehicle === null
    ? ({ method: 'POST', path: '/v1/vehicles', body } as const)
    : ({ method: 'PATCH', path: `/v1/vehicles/${encodeURIComponent(vehicle.vehicle_id)}`, body } as const)
}

function sentOf(name: keyof Values, text: string): unknown {
  if (text === '') return name === 'type' ? '' : null
  return name === 'capacity' ? wholeOf(text) : text
}
