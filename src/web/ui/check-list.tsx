interface CheckListProps {
  readonly legend: string
  readonly options: readonly string[]
  readonly chosen: readonly string[]
  readonly onChosen: (chosen: readonly string[]) => void
  readonly hint?: string
  readonly error?: string | null
}

/** Several of a few. */
export function CheckList({ legend, options, chosen, onChosen, hint, error = null }: CheckListProps) {
  const toggle = (option: string) =>
    onChosen(chosen.includes(option) ? chosen.filter(each => each !== option) : [...chosen, option])
  return (
    <fieldset class={error ? 'check-list field-wrong' : 'check-list'}>
      <legend>{legend}</legend>
      {hint && <p class="field-hint">{hint}</p>}
      {error && <p class="field-error">{error}</p>}
      <div class="check-list-options">
        {options.map(option => (
          <label key={option}>
            <input type="checkbox" checked={chosen.includes(option)} onChange={() => toggle(option)} />
            <span>{option}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
