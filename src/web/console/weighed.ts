/** The decision that is looked at, on the map: the panel has the same in tables. */
import type { FleetMap, Tag } from '../map/fleet-map.ts'
import type { Link } from '../map/shapes.ts'
import type { Seen } from '../map/vehicles.ts'
import { plain } from '../shared/words.ts'
import { costedOf, excludedOf } from './decision-parts.ts'
import * as state from './state.ts'

const COSTED_ON_MAP = 6
const EXCLUDED_ON_MAP = 6

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
