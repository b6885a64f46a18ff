/** Since when a driver stands where its present order leads, by its own positions: what is left of a stop is reckoned from there. */
import type { AdmittedFix } from '../../domain/fix.ts'
import { distanceM } from '../../domain/geo.ts'
import type { DriverAssignment, DriverTask } from './driver.state.ts'

/** Nearer than this it has arrived: a fix in a street of high houses is off by as much, and it parks around the corner. */
const ARRIVED_M = 75
/** Farther than this it has driven past, or gone again. */
const LEFT_M = 150

/** @returns the assignments; the first has its arrival from the first position there, for as long as it stays. */
export function withArrival(
  assignments: readonly DriverAssignment[],
  position: AdmittedFix,
): readonly DriverAssignment[] {
  if (assignments.length === 0) return assignments
  const [present, ...others] = assignments
  const task = present?.task
  if (!present || !task) return assignments
  const { arrivedAtMs, ...underWay } = task
  const awayM = distanceM(position, task.phase === 'to_pickup' ? task.pickup : task.dropoff)
  if (arrivedAtMs === undefined) {
    if (awayM > ARRIVED_M) return assignments
    return [{ ...present, task: { ...underWay, arrivedAtMs: position.receivedAtMs } }, ...others]
  }
  return awayM > LEFT_M ? [{ ...present, task: underWay }, ...others] : assignments
}

/** What the order tells of a task again does not know of the arrival, and the arrival of one phase is none of the next. */
export function toldAgain(known: DriverTask | undefined, told: DriverTask): DriverTask {
  const arrivedAtMs = known?.phase === told.phase ? known.arrivedAtMs : undefined
  return arrivedAtMs === undefined ? told : { ...told, arrivedAtMs }
}
