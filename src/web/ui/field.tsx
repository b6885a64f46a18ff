import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'

interface FieldProps {
  readonly label: string
  readonly hint?: string | undefined
  /** Shown at the field, and read with it. */
  readonly error?: string | null | undefined
  readonly children: (control: ControlProps) => ComponentChildren
}

export interface ControlProps {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': boolean
}

/** A label, what it is for, and what is wrong with it, around any control. */
export function Field({ label, hint, error = null, children }: FieldProps) {
  const id = useId()
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(part => part !== '').join(' ')
  return (
    <div class={error ? 'field field-wrong' : 'field'}>
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': described === '' ? undefined : described, 'aria-invalid': Boolean(error) })}
      {hint && (
        <p id={`${id}-hint`} class="field-hint">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} class="field-error">
          {error}
        </p>
      )}
    </div>
  )
}

interface TextFieldProps {
  readonly label: string
  readonly value: string
  readonly onValue: (value: string) => void
  readonly hint?: string
  readonly error?: string | null
  readonly type?: string
  readonly isRequired?: boolean
  readonly isDisabled?: boolean
  readonly inputMode?: 'numeric' | 'decimal' | 'text'
  readonly min?: string
  readonly max?: string
}

export function TextField({ label, value, onValue, hint, error, ...rest }: TextFieldProps) {
  const { type = 'text', isRequired = false, isDisabled = false, inputMode, min, max } = rest
  const shape: JSX.IntrinsicElements['input'] = {
    ...(inputMode === undefined ? {} : { inputMode }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  }
  return (
    <Field label={label} hint={hint} error={error}>
      {control => (
        <input
          {...control}
          {...shape}
          type={type}
          value={value}
          required={isRequired}
          disabled={isDisabled}
          autocomplete="off"
          onInput={event => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
