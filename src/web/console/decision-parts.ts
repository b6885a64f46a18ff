/** What a decision has in it, sorted for people. */
import type { Candidate, Decision } from '../shared/views.ts'
import { plain } from '../shared/words.ts'

/** The cheapest first. */
export function costedOf({ candidates }: Decision): Candidate[] {
  return candidates
    .filter(({ cost, excluded_by }) => cost !== null && excluded_by === null)
    .toSorted((a, b) => (a.cost ?? 0) - (b.cost ?? 0))
}

export function excludedOf({ candidates }: Decision): Candidate[] {
  return candidates.filter(({ excluded_by }) => excluded_by !== null)
}

/** By reason, the most frequent first. */
export function ruledOutBy(decision: Decision): [reason: string, driverIds: string[]][] {
  const groups = new Map<string, string[]>()
  for (const { excluded_by, driver_id } of excludedOf(decision)) {
    const reason = excluded_by ?? ''
    groups.set(reason, [...(groups.get(reason) ?? []), driver_id])
  }
  return [...groups].toSorted(([, a], [, b]) => b.length - a.length)
}

/** Terms that are not nothing for everybody who is compared; a row for each. */
export function termRows(compared: readonly Candidate[]): { name: string; values: (number | null)[] }[] {
  const names = [...new Set(compared.flatMap(({ terms }) => Object.keys(terms)))]
  return names
    .map(name => ({ name: termWords(name), values: compared.map(({ terms }) => numberOrNull(terms[name])) }))
    .filter(({ values }) => values.some(value => value !== null && value !== 0))
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

/** `pickup_eta_s` → `Way to the pickup`; what is new here is said as it is called. */
function termWords(name: string): string {
  return TERMS[name] ?? plain(name.replace(/_s$/, ''))
}

const TERMS: Readonly<Record<string, string>> = {
  pickup_eta_s: 'Way to the pickup',
  present_order_left_s: 'Left of present order',
  idle_s: 'Has been idle',
  earnings_s: 'Earned little',
  acceptance_s: 'Accepts offers',
  vehicle_fit_s: 'Vehicle fits',
  waiting_age_s: 'Order has waited',
  trip_s: 'Length of trip',
  early_s: 'Would be early',
}
