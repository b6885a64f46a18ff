import { useState } from 'preact/hooks'
import type { Driver } from '../../shared/manage.ts'
import { wholeOf } from '../../shared/words.ts'
import { say } from '../../ui/call.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { FormProblem } from '../../ui/form-problem.tsx'
import { errorAt, useSubmit } from '../../ui/use-submit.ts'

interface DriverFormProps {
  /** Null: a new one. */
  readonly driver: Driver | null
  readonly onDone: () => void
  readonly onClose: () => void
}

export function DriverForm({ driver, onDone, onClose }: DriverFormProps) {
  const [values, setValues] = useState(() => valuesOf(driver))
  const submit = useSubmit()
  const set = (name: keyof Values) => (value: string) => setValues(now => ({ ...now, [name]: value }))
  const save = async (event: Event) => {
    event.preventDefault()
    const saved = await submit.send<Driver>(requestOf(driver, values))
    if (saved === null) return
    say(`${saved.name ?? saved.driver_id} is saved.`)
    onDone()
    onClose()
  }
  const error = (path: string) => errorAt(submit.fields, path)
  return (
    <Dialog title={driver === null ? 'New driver' : `Edit ${driver.name ?? driver.driver_id}`} onClose={onClose}>
      <form class="form" noValidate onSubmit={save}>
        {driver === null && (
          <TextField
            label="Id"
            value={values.driver_id}
            onValue={set('driver_id')}
            hint="Left empty: one is made"
            error={error('/driver_id')}
          />
        )}
        <TextField label="Name" value={values.name} onValue={set('name')} error={error('/name')} />
        <TextField label="Phone" type="tel" value={values.phone} onValue={set('phone')} error={error('/phone')} />
        <div class="form-row">
          <TextField
            label="Vehicle"
            value={values.vehicle_id}
            onValue={set('vehicle_id')}
            hint="Id of one of the vehicles"
            error={error('/vehicle_id')}
          />
          <TextField
            label="Type without one"
            value={values.vehicle_type}
            onValue={set('vehicle_type')}
            hint="bike, car, van …"
            error={error('/vehicle_type')}
          />
          <TextField
            label="Capacity"
            inputMode="numeric"
            value={values.capacity}
            onValue={set('capacity')}
            hint="Orders at once"
            error={error('/capacity')}
          />
        </div>
        <TextField
          label="Skills"
          value={values.skills}
          onValue={set('skills')}
          hint="With commas between them"
          error={error('/skills')}
        />
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

/** Of one that is there only what was changed: what somebody else has changed meanwhile stays. */
function requestOf(driver: Driver | null, values: Values) {
  const before = valuesOf(driver)
  const names = (Object.keys(values) as (keyof Values)[]).filter(name => values[name] !== before[name])
  const body = Object.fromEntries(names.map(name => [name, sentOf(name, values[name].trim())]))
  return driver === null
    ? ({ method: 'POST', path: '/v1/drivers', body } as const)
    : ({ method: 'PATCH', path: `/v1/drivers/${encodeURIComponent(driver.driver_id)}`, body } as const)
}

function sentOf(name: keyof Values, text: string): unknown {
  if (name === 'skills') return text === '' ? [] : text.split(',').map(skill => skill.trim())
  if (text === '') return null
  return name === 'capacity' ? wholeOf(text) : text
}
