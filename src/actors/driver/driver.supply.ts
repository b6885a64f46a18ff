/** What a driver is where prices are made: free, busy with an order, or off. */
import { cellAt, PRICE_RES } from '../../domain/h3.ts'
import type { CellId } from '../../domain/ids.ts'
import { modeOfDriver } from '../../domain/mode.ts'
import { areaOf } from '../../domain/surge/neighbourhood.ts'
import type { Absence } from '../cell/pricing-area.messages.ts'
import type { Effect } from '../runtime/turn.ts'
import { toPricing } from '../send.ts'
import type { DispatchSettings } from '../settings.ts'
import type { Announcement, DriverState } from './driver.state.ts'

/** Of those that are free; who will be soon is told by the order that it is on. */
export function toPrices(
  state: DriverState,
  was: Announcement | null,
  now: Announcement | null,
  settings: DispatchSettings,
): Effect[] {
  // A driver of tests is no supply.
  if (modeOfDriver(state.driverId) === 'test') return []
  const free = now?.freeAtMs === 0 ? now : null
  // While it is asked about an offer it still counts as a driver that is free.
  const isAsked = now === null && state.hold !== null
  // Within its metropolis the next word about a driver replaces the last one.
  const movesOn = free !== null && was !== null && areaOf(free.priceCell) === areaOf(was.priceCell)
  const left = was?.freeAtMs === 0 && !isAsked && !movesOn ? was.priceCell : null
  const { driverId } = state
  return [
    ...(left ? [notFree(state, left, now === null ? absenceOf(state) : 'busy', settings)] : []),
    ...(free
      ? [
          toPricing(areaOf(free.priceCell), settings.shards, {
            kind: 'pricing.driver',
            driverId,
            cell: free.priceCell,
            is: 'idle',
          }),
        ]
      : []),
  ]
}

function notFree(state: DriverState, cell: CellId, is: Absence, { shards }: DispatchSettings): Effect {
  return toPricing(areaOf(cell), shards, { kind: 'pricing.driver', driverId: state.driverId, cell, is })
}

/** Off is whoever has no order and takes none: paused, offline, silent. */
function absenceOf({ assignments }: DriverState): Absence {
  return assignments.length > 0 ? 'busy' : 'off'
}

/** Who counts as free where prices are made, or as free soon, and neither is nor will be. */
export function notFreeAfterAll(before: DriverState, after: DriverState, settings: DispatchSettings): Effect[] {
  if (!after.position || modeOfDriver(after.driverId) === 'test') return []
  if (!isOutOfHold(before, after) && !goesOnWithAnother(before, after)) return []
  return [notFree(after, cellAt(after.position, PRICE_RES), absenceOf(after), settings)]
}

/** It was free, was asked, and is not free afterwards: that it was is what its price cell was told last. */
function isOutOfHold(before: DriverState, after: DriverState): boolean {
  const wasFree = before.hold !== null && before.announced === null && before.assignments.length === 0
  const isFree = after.availability === 'available' && after.assignments.length === 0
  return wasFree && after.hold === null && !isFree
}

/** The order that was under way is over, and has told that its driver would be free soon. One to follow has not. */
function goesOnWithAnother({ assignments: [first] }: DriverState, { assignments }: DriverState): boolean {
  return first !== undefined && assignments.length > 0 && assignments.every(({ offerId }) => offerId !== first.offerId)
}
