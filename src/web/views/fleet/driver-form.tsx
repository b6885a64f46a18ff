import type { Driver } from '../../shared/manage.ts'
import { wholeOf } from '../../shared/words.ts'
import { say } from '../../ui/call.ts'
import { TextField } from '../../ui/field.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { savingOf } from '../../ui/request.ts'
import { changedIn, useFields } from '../../ui/use-fields.ts'
import { useSubmit } from '../../ui/use-submit.ts'

interface DriverFormProps {
  /** Null: a new one. */
  readonly driver: Driver | null
  readonly onDone: () => void
  readonly onClose: () => void
}

export function DriverForm({ driver, onDone, onClose }: DriverFormProps) {
  const submit = useSubmit()
  const { values, field } = useFields(valuesOf(driver), submit.fields)
  const save = async () => {
    const saved = await submit.send<Driver>(requestOf(driver, values))
    if (saved === null) return
    say(`${saved.name ?? saved.driver_id} is saved.`)
    onDone()
    onClose()
  }
  return (
    <FormDialog
      title={driver === null ? 'New driver' : `Edit ${driver.name ?? driver.driver_id}`}
      yes="Save"
      submit={submit}
      onSave={() => void save()}
      onClose={onClose}
    >
      {driver === null && <TextField label="Id" hint="Left empty: one is made" {...field('driver_id')} />}
      <TextField label="Name" {...field('name')} />
      <TextField label="Phone" type="tel" {...field('phone')} />
      <div class="form-row">
        <TextField label="Vehicle" hint="Id of one of the vehicles" {...field('vehicle_id')} />
        <TextField label="Type without one" hint="bike, car, van …" {...field('vehicle_type')} />
        <TextField label="Capacity" inputMode="numeric" hint="Orders at once" {...field('capacity')} />
      </div>
      <TextField label="Skills" hint="With commas between them" {...field('skills')} />
    </FormDialog>
  )
}

interface Values {
  readonly driver_id: string
  readonly name: string
  readonly phone: string
  readonly vehicle_id: string
  readonly vehicle_type: string
  readonly capacity: string
  readonly skills: string
}

function valuesOf(driver: Driver | null): Values {
  return {
    driver_id: '',
    name: driver?.name ?? '',
    phone: driver?.phone ?? '',
    vehicle_id: driver?.vehicle_id ?? '',
    vehicle_type: driver?.vehicle_type ?? '',
    capacity: String(driver?.capacity ?? 1),
    skills: driver?.skills.join(', ') ?? '',
  }
}

function requestOf(driver: Driver | null, values: Values) {
  const names = changedIn(valuesOf(driver), values)
  const body = Object.fromEntries(names.map(name => [name, sentOf(name, values[name].trim())]))
  return savingOf('/v1/drivers', driver?.driver_id ?? null, body)
}

function sentOf(name: keyof Values, text: string): unknown {
  if (name === 'skills') return text === '' ? [] : text.split(',').map(skill => skill.trim())
  if (text === '') return null
  return name === 'capacity' ? wholeOf(text) : text
}
