import type { FieldError } from '../../shared/api.ts'
import type { Maintenance } from '../../shared/manage.ts'
import { fromLocalInput, toLocalInput } from '../../shared/words.ts'
import { TextField } from '../../ui/field.tsx'
import { errorAt } from '../../ui/use-submit.ts'

/** As it is typed: by the reader's clock. */
export interface Period {
  readonly from: string
  readonly to: string
  readonly reason: string
}

export function periodsOf(maintenance: readonly Maintenance[]): Period[] {
  return maintenance.map(({ from, to, reason }) => ({
    from: toLocalInput(from),
    to: toLocalInput(to),
    reason: reason ?? '',
  }))
}

/** What is not typed to its end is sent as it is: the API says at which field. */
export function sentPeriods(periods: readonly Period[]) {
  return periods.map(({ from, to, reason }) => ({
    from: fromLocalInput(from) ?? '',
    to: fromLocalInput(to) ?? '',
    reason: reason.trim() === '' ? null : reason.trim(),
  }))
}

interface PeriodListProps {
  readonly periods: readonly Period[]
  readonly fields: readonly FieldError[]
  readonly onPeriods: (periods: readonly Period[]) => void
}

export function PeriodList({ periods, fields, onPeriods }: PeriodListProps) {
  const change = (at: number, part: Partial<Period>) =>
    onPeriods(periods.map((period, i) => (i === at ? { ...period, ...part } : period)))
  return (
    <fieldset class="periods">
      <legend>Maintenance</legend>
      <p class="field-hint">While one lasts, the driver of the vehicle is offered nothing.</p>
      {periods.map((period, i) => (
        <div key={i} class="form-row period">
          <TextField
            label="From"
            type="datetime-local"
            value={period.from}
            onValue={from => change(i, { from })}
            error={errorAt(fields, `/maintenance/${i}/from`)}
          />
          <TextField
            label="To"
            type="datetime-local"
            value={period.to}
            onValue={to => change(i, { to })}
            error={errorAt(fields, `/maintenance/${i}/to`)}
          />
          <TextField
            label="Reason"
            value={period.reason}
            onValue={reason => change(i, { reason })}
            error={errorAt(fields, `/maintenance/${i}/reason`)}
          />
          <button
            type="button"
            class="small danger"
            aria-label={`Remove period ${i + 1}`}
            onClick={() => onPeriods(periods.filter((_, at) => at !== i))}
          >
            Remove
          </button>
        </div>
      ))}
      <div>
        <button type="button" class="small" onClick={() => onPeriods([...periods, { from: '', to: '', reason: '' }])}>
          Add a period
        </button>
      </div>
    </fieldset>
  )
}
