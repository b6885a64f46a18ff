/**
 * The hot view that all nodes share. Puts are kept here, the latest per driver, and written in batches; so a position costs
 * its node a place in a map, and Redis one entry per driver and batch, however often the driver sends.
 *
 * What can go wrong: two nodes tell of one driver (the script refuses the older); Redis dies in the middle of a batch (it is
 * written again, which changes nothing where it was); Redis comes back empty, or is emptied (each batch looks for this node's
 * mark, and where that is gone `onEmptied` tells so that what is still true can be put again); Redis is away for long
 * (what waits is bounded, and what has become stale meanwhile is not written).
 *
 * One Redis with its replicas, not Redis Cluster: the scripts touch keys of all drivers at once.
 */
import { isWanted } from '../../actors/runtime/hot-driver.ts'
import type {
  Cancel,
  Clock,
  HotDriver,
  HotView,
  LiveFix,
  NearbyDriver,
  NearbyQuery,
  Standing,
} from '../../actors/runtime/ports.ts'
import { asOfMs } from '../../domain/freshness.ts'
import { distanceM } from '../../domain/geo.ts'
import type { DriverId, UnixMs } from '../../domain/ids.ts'
import { NEARBY, READ, WRITE } from './hot-view-scripts.ts'
import { fixText, readDrivers } from './hot-view-text.ts'
import type { HotViewLimits } from './limits.ts'
import { type Pending, PendingDrivers } from './pending-drivers.ts'
import type { RedisFigures } from './redis-figures.ts'
import { type RedisLink, RedisUnavailableError } from './redis-link.ts'

export interface RedisHotViewOptions {
  /** Reads and writes have a connection each: a customer does not wait behind a batch. */
  readonly reads: RedisLink
  readonly writes: RedisLink
  readonly clock: Clock
  /** Without a position for this long a driver is stale; soon after that Redis forgets it. */
  readonly staleMs: number
  /** Of this life of this node. */
  readonly nodeId: string
  readonly limits: HotViewLimits
  /** Redis does not know this node: it is empty, or we are new. */
  readonly onEmptied?: () => void
  /** Redis refused a batch, which is dropped: the next fixes of its drivers bring them back. */
  readonly onRefused: (error: unknown) => void
}

const PREFIX = 'waggle:hot:1'
const INDEX_KEY = `${PREFIX}:where`
const SEEN_KEY = `${PREFIX}:seen`
const DRIVER_KEY = `${PREFIX}:d:`

/** What GEO can index (the square of its Mercator projection). Farther north there are roads, but no index: `get` knows them. */
const INDEXED_LATITUDE_MAX = 85.05
/** Redis rounds places to 0.6 m and takes the Earth 0.03 % larger than we do; the exact distance is judged here. */
const RADIUS_FACTOR = 1.001
const RADIUS_SLACK_M = 2
/** Where a search begins: in a city most find enough there. */
const FIRST_RADIUS_M = 1_000
/** A node that has not written for this long is new when it comes back. */
const MARK_FACTOR = 10

export class RedisHotView implements HotView {
  readonly #options: RedisHotViewOptions
  readonly #pending: PendingDrivers
  readonly #expiryMs: number
  #size = 0
  #cancelFlush: Cancel
  #flushing: Promise<void> = Promise.resolve()
  #lastFlushMs = 0
  #isClosed = false
  #written = 0
  #refused = 0
  #emptied = 0

  constructor(options: RedisHotViewOptions) {
    this.#options = options
    this.#pending = new PendingDrivers(options.limits.waitingMax)
    // A little above the limit of staleness: who asks at the limit still gets an answer.
    this.#expiryMs = Math.round(options.staleMs * 1.25) + 5_000
    this.#cancelFlush = this.#flushLater()
  }

  get size(): number {
    return this.#size
  }

  get figures(): RedisFigures {
    const { reads, writes } = this.#options
    return {
      isUp: reads.isUp && writes.isUp,
      outages: reads.outages + writes.outages,
      unanswered: { read: reads.unanswered, write: writes.unanswered },
      driversKnown: this.#size,
      driversWaiting: this.#pending.size,
      driversWritten: this.#written,
      driversForgotten: this.#pending.forgotten,
      batchesRefused: this.#refused,
      emptied: this.#emptied,
    }
  }

  putFix(fix: LiveFix): void {
    this.#pending.putFix(fix)
  }

  putDriver(driverId: DriverId, standing: Standing, saidAtMs: UnixMs = this.#options.clock.nowMs()): void {
    this.#pending.putSaid(driverId, { atMs: saidAtMs, ...standing })
  }

  /** @param saidAtMs  0: its status was looked up and not heard, and counts only where nothing is known. */
  refill({ fix, status, vehicleType, orderId }: HotDriver, saidAtMs: UnixMs = 0): void {
    this.#pending.putFix(fix)
    if (status !== null) this.#pending.putSaid(fix.driverId, { atMs: saidAtMs, status, vehicleType, orderId })
  }

  /** @throws {RedisUnavailableError} as every read. */
  async get(driverId: DriverId): Promise<HotDriver | null> {
    const [driver] = await this.getAll([driverId])
    return driver ?? null
  }

  async getAll(driverIds: readonly DriverId[]): Promise<(HotDriver | null)[]> {
    const stored: (HotDriver | null)[] = []
    const { reads, limits } = this.#options
    for (let from = 0; from < driverIds.length; from += limits.pageMax) {
      const keys = driverIds.slice(from, from + limits.pageMax).map(keyOf)
      stored.push(...readDrivers(await reads.ask(redis => READ.run(redis, keys, []))))
    }
    return driverIds.map((driverId, i) => this.#pending.over(driverId, stored[i] ?? null))
  }

  /** Without what waits to be written: at most a batch behind. */
  async nearby(query: NearbyQuery): Promise<NearbyDriver[]> {
    const { latitude, longitude, radiusM, limit, freshSinceMs, status = '', vehicleType = '' } = query
    if (Math.abs(latitude) > INDEXED_LATITUDE_MAX) return []
    const { reads, limits } = this.#options
    const reachM = radiusM * RADIUS_FACTOR + RADIUS_SLACK_M
    const args = [
      ...[DRIVER_KEY, longitude, latitude, reachM, limit, freshSinceMs],
      ...[status, vehicleType, FIRST_RADIUS_M, limits.candidatesMax],
    ]
    const found = readDrivers(await reads.ask(redis => NEARBY.run(redis, [INDEX_KEY], args)))
    return found
      .flatMap(driver => (driver === null ? [] : [{ driver, distanceM: distanceM(query, driver.fix) }]))
      .filter(near => near.distanceM <= radiusM && isWanted(near.driver, query))
      .sort((a, b) => a.distanceM - b.distanceM)
  }

  async all(limit: number): Promise<HotDriver[]> {
    const { reads, limits } = this.#options
    const found = new Map<DriverId, HotDriver>()
    let cursor = '0'
    do {
      // A driver that is there all the time is met at least once, some perhaps twice.
      const [next, members] = await reads.ask(redis => redis.zscan(SEEN_KEY, cursor, 'COUNT', limits.pageMax))
      cursor = next
      const ids = members.filter((_, i) => i % 2 === 0) as DriverId[]
      for (const driver of await this.getAll(ids)) {
        if (driver !== null && found.size < limit) found.set(driver.fix.driverId, driver)
      }
    } while (cursor !== '0' && found.size < limit)
    return [...found.values()]
  }

  /** Writes what waits, at once. What Redis does not take now stays. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#writeAll())
    return this.#flushing
  }

  /** Writes what waits, if it can, and no more. The connections stay open: they belong to who made them. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelFlush()
    await this.flush()
  }

  #flushLater(): Cancel {
    const { clock, limits } = this.#options
    return clock.after(limits.flushEveryMs, async () => {
      const isIdle = this.#pending.size === 0 && clock.nowMs() - this.#lastFlushMs < limits.idleFlushMs
      if (!isIdle) await this.flush()
      if (!this.#isClosed) this.#cancelFlush = this.#flushLater()
    })
  }

  async #writeAll(): Promise<void> {
    const { writes, limits, clock } = this.#options
    if (!writes.isUp) return
    this.#lastFlushMs = clock.nowMs()
    do {
      if (!(await this.#write(this.#pending.take(limits.batchMax)))) return
    } while (this.#pending.size >= limits.batchMax)
  }

  /** @returns false where Redis does not answer. */
  async #write(batch: ReadonlyMap<DriverId, Pending>): Promise<boolean> {
    const { writes, limits, clock, nodeId, onEmptied, onRefused } = this.#options
    const seenSinceMs = clock.nowMs() - this.#expiryMs
    const keys = [INDEX_KEY, SEEN_KEY, `${PREFIX}:node:${nodeId}`]
    const args: (string | number)[] = [this.#expiryMs, this.#expiryMs * MARK_FACTOR, seenSinceMs, limits.sweepMax]
    for (const [driverId, pending] of batch) {
      if (pending.fix !== null && asOfMs(pending.fix) < seenSinceMs) continue
      keys.push(keyOf(driverId))
      args.push(...argumentsOf(driverId, pending))
    }
    try {
      const [emptied, known] = (await writes.ask(redis => WRITE.run(redis, keys, args))) as [number, number]
      this.#pending.written()
      this.#size = known
      this.#written += batch.size
      if (emptied === 1) {
        this.#emptied++
        onEmptied?.()
      }
      return true
    } catch (error) {
      if (error instanceof RedisUnavailableError) {
        this.#pending.failed()
        return false
      }
      // It would be refused for ever, and hold back all that comes after it.
      this.#pending.written()
      this.#refused++
      onRefused(error)
      return true
    }
  }
}

function keyOf(driverId: DriverId): string {
  return DRIVER_KEY + driverId
}

/** In the order of `WRITE`. */
function argumentsOf(driverId: DriverId, { fix, said }: Pending): (string | number)[] {
  const spoken = said === null ? ['', '', '', ''] : [said.atMs, said.status, said.vehicleType ?? '', said.orderId ?? '']
  if (fix === null) return [driverId, '', '', '', '', '', ...spoken]
  const place = Math.abs(fix.latitude) > INDEXED_LATITUDE_MAX ? ['', ''] : [fix.longitude, fix.latitude]
  return [driverId, fix.recordedAtMs, asOfMs(fix), ...place, fixText(fix), ...spoken]
}
