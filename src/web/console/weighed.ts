/** The decision that is looked at, in parts that the map and the panel both show. */
import type { FleetMap, Tag } from '../map/fleet-map.ts'
import type { Link } from '../map/shapes.ts'
import type { Seen } from '../map/vehicles.ts'
import type { Candidate, Decision } from '../shared/views.ts'
import { plain } from '../shared/words.ts'
import * as state from './state.ts'

const COSTED_ON_MAP = 6
const EXCLUDED_ON_MAP = 6

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

/** Words beside the driver that is looked at, or beside the candidates of the order that is. */
export function candidateTags(): Tag[] {
  const chosen = state.selection.value
  if (chosen?.kind === 'driver') return [{ driverId: chosen.id, text: chosen.id, kind: 'chosen' }]
  const decision = state.decisions.value.at(-1)
  if (chosen === null || decision === undefined) return []
  const costed = costedOf(decision).slice(0, COSTED_ON_MAP)
  const excluded = excludedOf(decision).slice(0, EXCLUDED_ON_MAP)
  return [
    ...costed.map(
      ({ driver_id, cost }): Tag => ({
        driverId: driver_id,
        text: `${Math.round(cost ?? 0)}`,
        kind: driver_id === decision.chosen?.driver_id ? 'chosen' : 'plain',
      }),
    ),
    ...excluded.map(
      ({ driver_id, excluded_by }): Tag => ({ driverId: driver_id, text: plain(excluded_by ?? ''), kind: 'out' }),
    ),
  ]
}

/** Where those are who could have had it. */
export function candidatesOn(map: FleetMap): Seen[] {
  const decision = state.decisions.value.at(-1)
  if (decision === undefined) return []
  const costed = costedOf(decision).slice(0, COSTED_ON_MAP)
  return costed.flatMap(({ driver_id }) => map.seen(driver_id) ?? [])
}

/** From those who were weighed to the pickup. */
export function candidateLinks(): Link[] {
  const order = state.selectedOrder.value
  const decision = state.decisions.value.at(-1)
  if (order === null || decision === undefined) return []
  return costedOf(decision)
    .slice(0, COSTED_ON_MAP)
    .map(({ driver_id }) => ({
      driverId: driver_id,
      to: order.pickup,
      kind: driver_id === decision.chosen?.driver_id ? 'chosen' : 'candidate',
    }))
}
