/** A driver's way through the regions, and so from shard to shard. */
import type { LatLng } from '../../domain/geo.ts'
import { disk } from '../../domain/h3.ts'
import type { CellId } from '../../domain/ids.ts'
import { regionOf, settledRegion, shardOf } from '../../domain/region.ts'
import { type Turn, turn } from '../runtime/turn.ts'
import { changed, type DriverContext } from './driver.effects.ts'
import type { DriverEvent, DriverMessage } from './driver.messages.ts'
import type { DriverState } from './driver.state.ts'

export function move(
  state: DriverState,
  message: DriverMessage & { kind: 'driver.fix' },
  context: DriverContext,
): Turn<DriverEvent> {
  const { nowMs, settings } = context
  const events: DriverEvent[] = [{ type: 'moved', atMs: nowMs, position: message.position }]
  const region = newRegion(state, message.position, settings.shards)
  if (region === null) return changed(state, events, context)
  const toShard = shardOf(region, settings.shards)
  if (toShard === state.homeShard) {
    return changed(state, [...events, { type: 'settled', atMs: nowMs, region }], context)
  }
  // An order that has an offer here knows this address; the driver moves when that is settled.
  if (state.hold) return changed(state, events, context)
  const moved = changed(state, [...events, { type: 'rehomed', atMs: nowMs, toShard, region }], context)
  // Last: the cells are told where it will live before it leaves.
  return turn(moved.events, [...moved.effects, { kind: 'move', toShard }])
}

/** @returns null where the driver stays in its region. */
function newRegion({ homeRegion, homeShard }: DriverState, position: LatLng, shards: number): CellId | null {
  if (homeRegion !== null) return settledRegion(position, homeRegion)
  const region = regionOf(position)
  if (shardOf(region, shards) === homeShard) return region
  // Just activated, on the far side of a border: it may have parked there, and must not move for that.
  const home = disk(region, 1).find(neighbour => shardOf(neighbour, shards) === homeShard)
  return home === undefined ? region : settledRegion(position, home)
}
