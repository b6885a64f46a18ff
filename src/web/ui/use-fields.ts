import { useState } from 'preact/hooks'
import type { FieldError } from '../shared/api.ts'
import { errorAt } from './use-submit.ts'

type Texts<N extends string> = Readonly<Record<N, string>>

interface Fields<N extends string> {
  readonly values: Texts<N>
  /** What a text field is given. */
  readonly field: (name: N) => {
    readonly value: string
    readonly onValue: (value: string) => void
    readonly error: string | null
  }
}

/**
 * The texts of a form, by the names that the API has for them: what it says of `/name` is said at `name`.
 *
 * @param first  what stands in them when the form is opened.
 */
export function useFields<N extends string>(first: Texts<N>, errors: readonly FieldError[]): Fields<N> {
  const [values, setValues] = useState(first)
  return {
    values,
    field: name => ({
      value: values[name],
      onValue: value => setValues(now => ({ ...now, [name]: value })),
      error: errorAt(errors, `/${name}`),
    }),
  }
}

/** Of one that is there only what was changed is sent: what somebody else has changed meanwhile stays. */
export function changedIn<N extends string>(before: Texts<N>, values: Texts<N>): N[] {
  return (Object.keys(values) as N[]).filter(name => values[name] !== before[name])
}
