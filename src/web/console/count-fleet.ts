import { SEEN_AT, STATUS, STRIDE, type Vehicles } from '../map/vehicles.ts'
import type { FleetCount } from './state.ts'

/** Silent ones are counted apart: what they last said of themselves may not be so any more. */
export function countFleet(vehicles: Vehicles, staleAfterS: number): FleetCount {
  const byStatus = [0, 0, 0, 0, 0]
  const now = vehicles.nowS()
  let stale = 0
  for (let i = 0; i < vehicles.count; i++) {
    if (now - (vehicles.rows[i * STRIDE + SEEN_AT] ?? 0) > staleAfterS) stale++
    const status = vehicles.rows[i * STRIDE + STATUS] ?? 4
    byStatus[status] = (byStatus[status] ?? 0) + 1
  }
  return { total: vehicles.count, byStatus, stale }
}
