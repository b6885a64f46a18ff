/** A driver's way through the regions, and so from shard to shard. */
import { distanceM, type LatLng } from '../../domain/geo.ts'
import { centreOf, disk } from '../../domain/h3.ts'
import type { CellId } from '../../domain/ids.ts'
import { regionOf, settledRegion, shardOf } from '../../domain/region.ts'
import { type Turn, turn } from '../runtime/turn.ts'
import { announce, changed, type DriverContext, NOTHING_TOLD } from './driver.effects.ts'
import { evolve } from './driver.evolve.ts'
import type { DriverEvent, DriverMessage } from './driver.messages.ts'
import { writeOver } from './driver.position.ts'
import type { DriverState } from './driver.state.ts'

export function move(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.fix' },
  context: DriverContext,
): Turn<DriverEvent> {
  const { nowMs, settings } = context
  const { position, isOutside } = message
  const moved: DriverEvent = isOutside
    ? { type: 'moved', atMs: nowMs, position, isOutside }
    : { type: 'moved', atMs: nowMs, position }
  const region = newRegion(state, position, settings.shards)
  if (region === null) return stay(state, moved, context)
  const events = [moved]
  const toShard = shardOf(region, settings.shards)
  if (toShard === state.homeShard) {
    return changed(state, [...events, { type: 'settled', atMs: nowMs, region }], context)
  }
  // An order that has an offer here knows this address; the driver moves when that is settled.
  if (state.hold) return changed(state, events, context)
  const left = changed(state, [...events, { type: 'rehomed', atMs: nowMs, toShard, region }], context)
  // Last: the cells are told where it will live before it leaves.
  return turn(left.events, [...left.effects, { kind: 'move', toShard }])
}

/**
 * Nearly every fix of a driver without an order: it stays in its region, and there is nothing to tell anybody.
 * @returns false where it takes a turn. Whether the place is written by then changes nothing: that turn does it in any case.
 */
export function absorb(
  state: DriverState,
  { position, isOutside }: DriverMessage & { kind: 'driver.fix' },
  context: DriverContext,
): boolean {
  if (state.position === null || state.homeRegion === null || state.assignments.length > 0) return false
  if ((isOutside === true) !== (state.isOutside === true)) return false
  if (settledRegion(position, state.homeRegion) !== null) return false
  writeOver(state.position, position)
  return announce(state, context) === NOTHING_TOLD
}

/** Of the others nearly every one: it touches neither hold nor load nor status, so only the cells may have to be told. */
function stay(state: DriverState, moved: DriverEvent, context: DriverContext): Turn<DriverEvent> {
  const told = announce(evolve(state, moved), context)
  return turn(told.events.length === 0 ? [moved] : [moved, ...told.events], told.effects)
}

/** @returns null where the driver stays in its region. */
function newRegion({ homeRegion, homeShard }: DriverState, position: LatLng, shards: number): CellId | null {
  if (homeRegion !== null) return settledRegion(position, homeRegion)
  const region = regionOf(position)
  if (shardOf(region, shards) === homeShard) return region
  // Just activated, on the far side of a border: it may have parked there, and must not move for that.
  const homes = disk(region, 1).filter(cell => shardOf(cell, shards) === homeShard)
  const [home] = homes.sort((a, b) => distanceM(centreOf(a), position) - distanceM(centreOf(b), position))
  return home === undefined ? region : (settledRegion(position, home) ?? home)
}
