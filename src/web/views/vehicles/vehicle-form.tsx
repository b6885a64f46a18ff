import { useState } from 'preact/hooks'
import type { Vehicle } from '../../shared/manage.ts'
import { wholeOf } from '../../shared/words.ts'
import { say } from '../../ui/call.ts'
import { TextField } from '../../ui/field.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { savingOf } from '../../ui/request.ts'
import { changedIn, useFields } from '../../ui/use-fields.ts'
import { useSubmit } from '../../ui/use-submit.ts'
import { type Period, PeriodList, periodsOf, sentPeriods } from './period-list.tsx'
import { titleOf } from './vehicle-table.tsx'

interface VehicleFormProps {
  /** Null: a new one. */
  readonly vehicle: Vehicle | null
  readonly onDone: () => void
  readonly onClose: () => void
}

export function VehicleForm({ vehicle, onDone, onClose }: VehicleFormProps) {
  const submit = useSubmit()
  const { values, field } = useFields(valuesOf(vehicle), submit.fields)
  const [periods, setPeriods] = useState<readonly Period[]>(() => periodsOf(vehicle?.maintenance ?? []))
  const save = async () => {
    const saved = await submit.send<Vehicle>(requestOf(vehicle, values, periods))
    if (saved === null) return
    say(`${titleOf(saved)} is saved.`)
    onDone()
    onClose()
  }
  return (
    <FormDialog
      title={vehicle === null ? 'New vehicle' : `Edit ${titleOf(vehicle)}`}
      yes="Save"
      submit={submit}
      onSave={() => void save()}
      onClose={onClose}
      isWide
    >
      <div class="form-row">
        {vehicle === null && <TextField label="Id" hint="Left empty: one is made" {...field('vehicle_id')} />}
        <TextField label="Type" hint="bike, car, van …" isRequired {...field('type')} />
        <TextField label="Plate" {...field('plate')} />
        <TextField label="Capacity" inputMode="numeric" hint="Left empty: the driver’s own" {...field('capacity')} />
      </div>
      <TextField label="Driver" hint="Id of whoever drives it; left empty: nobody" {...field('driver_id')} />
      <PeriodList periods={periods} fields={submit.fields} onPeriods={setPeriods} />
    </FormDialog>
  )
}

interface Values {
  readonly vehicle_id: string
  readonly type: string
  readonly plate: string
  readonly capacity: string
  readonly driver_id: string
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

/** To name its driver again could take it from another one: only what was changed is sent. */
function requestOf(vehicle: Vehicle | null, values: Values, periods: readonly Period[]) {
  const names = changedIn(valuesOf(vehicle), values)
  const given = Object.fromEntries(names.map(name => [name, sentOf(name, values[name].trim())]))
  const maintenance = sentPeriods(periods)
  const isPlanned = JSON.stringify(maintenance) !== JSON.stringify(sentPeriods(periodsOf(vehicle?.maintenance ?? [])))
  const body = { ...given, ...(isPlanned ? { maintenance } : {}) }
  return savingOf('/v1/vehicles', vehicle?.vehicle_id ?? null, body)
}

function sentOf(name: keyof Values, text: string): unknown {
  if (text === '') return name === 'type' ? '' : null
  return name === 'capacity' ? wholeOf(text) : text
}
