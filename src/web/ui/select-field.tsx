import { Field } from './field.tsx'

interface SelectFieldProps {
  readonly label: string
  readonly value: string
  /** Values and their words. */
  readonly options: readonly (readonly [string, string])[]
  readonly onValue: (value: string) => void
  readonly hint?: string
  readonly error?: string | null
  readonly isDisabled?: boolean
}

export function SelectField({ label, value, options, onValue, hint, error, isDisabled = false }: SelectFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {control => (
        <select {...control} value={value} disabled={isDisabled} onChange={event => onValue(event.currentTarget.value)}>
          {options.map(([code, words]) => (
            <option key={code} value={code}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
