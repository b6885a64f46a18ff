/** Escape leaves what was begun last: the choice of a driver, an order that is being made, what is looked at. */
import { select } from './actions.ts'
import * as state from './state.ts'

/** There it means something of its own. */
const ITS_OWN = 'input, select, textarea, dialog'

/** @returns what ends it. */
export function closeByEscape(): () => void {
  const onKey = (event: KeyboardEvent) => {
    const isElsewhere = event.target instanceof Element && event.target.closest(ITS_OWN) !== null
    if (event.key === 'Escape' && !event.defaultPrevented && !isElsewhere) leave()
  }
  addEventListener('keydown', onKey)
  return () => removeEventListener('keydown', onKey)
}

function leave(): void {
  if (state.choosingFor.value !== null) state.choosingFor.value = null
  else if (state.draft.value !== null) state.draft.value = null
  else if (state.selection.value !== null) select(null)
}
