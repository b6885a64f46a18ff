/** Where drivers live, as far as a gateway knows: a bounded cache. The others are found through the record. */
import type { LatLng } from '../domain/geo.ts'
import type { DriverId, ShardId } from '../domain/ids.ts'
import { shardOf, shardOfPosition } from '../domain/region.ts'

export class Homes {
  readonly #shards: number
  readonly #max: number
  readonly #homes = new Map<DriverId, ShardId>()

  constructor(shards: number, max: number) {
    this.#shards = shards
    this.#max = max
  }

  homeOf(driverId: DriverId): ShardId {
    return this.#homes.get(driverId) ?? shardOf(driverId, this.#shards)
  }

  /** Of a driver that nothing is known of, the region that it is in is the best guess, and will be its home. */
  homeFor(driverId: DriverId, place: LatLng): ShardId {
    const known = this.#homes.get(driverId)
    if (known !== undefined) return known
    const shard = shardOfPosition(place, this.#shards)
    this.learn(driverId, shard)
    return shard
  }

  learn(driverId: DriverId, shard: ShardId): void {
    if (this.#homes.size >= this.#max && !this.#homes.has(driverId)) {
      const oldest = this.#homes.keys().next().value
      if (oldest !== undefined) this.#homes.delete(oldest)
    }
    this.#homes.set(driverId, shard)
  }
}
