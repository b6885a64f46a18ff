/**
 * Current positions for subscribers, at most once: a plain message per region and moment, kept by nobody. Of each driver only the
 * newest position waits. What cannot be sent now (no connection, too many) is dropped and counted; the next one makes up for it.
 * Who needs every position reads the history.
 */
import type { Cancel, Clock, LiveFix } from '../../actors/runtime/ports.ts'
import { cellAt, INDEX_RES, parentOf, REGION_RES } from '../../domain/h3.ts'
import type { CellId, DriverId, UnixMs } from '../../domain/ids.ts'
import { POSITIONS_BATCH_MAX, POSITIONS_EVERY_MS, POSITIONS_WAITING_MAX } from '../../feed/limits.ts'
import { positionsSubject } from '../../feed/subjects.ts'
import type { NatsLink } from './connect.ts'

/** As subscribers get it. */
export interface PublishedPosition {
  readonly driver_id: string
  readonly latitude: number
  readonly longitude: number
  readonly speed: number | null
  readonly heading: number | null
  readonly accuracy: number | null
  readonly recorded_at: string
  readonly received_at: string
  readonly order_id: string | null
}

export class NatsPositionsFeed {
  readonly #link: NatsLink
  readonly #clock: Clock
  readonly #waiting = new Map<DriverId, LiveFix>()
  #cancel: Cancel | null = null
  #isStopped = false
  #sent = 0
  #dropped = 0

  constructor(link: NatsLink, clock: Clock) {
    this.#link = link
    this.#clock = clock
  }

  /** Positions that were sent, and those that nobody will get. One that a newer one replaced counts as neither. */
  get counts(): { readonly sent: number; readonly dropped: number } {
    return { sent: this.#sent, dropped: this.#dropped }
  }

  put(fix: LiveFix): void {
    if (this.#isStopped) return
    if (this.#waiting.size >= POSITIONS_WAITING_MAX && !this.#waiting.has(fix.driverId)) {
      this.#dropped++
      return
    }
    this.#waiting.set(fix.driverId, fix)
    this.#cancel ??= this.#clock.after(POSITIONS_EVERY_MS, () => this.#flush())
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
    this.#cancel = null
    this.#waiting.clear()
  }

  #flush(): void {
    this.#cancel = null
    const fixes = [...this.#waiting.values()]
    this.#waiting.clear()
    if (!this.#link.isUp) {
      this.#dropped += fixes.length
      return
    }
    const groups = Map.groupBy(fixes, fix => parentOf(cellAt(fix, INDEX_RES), REGION_RES))
    for (const [region, group] of groups) this.#send(region, group)
  }

  #send(region: CellId, fixes: readonly LiveFix[]): void {
    for (let at = 0; at < fixes.length; at += POSITIONS_BATCH_MAX) {
      const part = fixes.slice(at, at + POSITIONS_BATCH_MAX)
      this.#link.connection.publish(positionsSubject(region), JSON.stringify({ positions: part.map(published) }))
      this.#sent += part.length
    }
  }
}

function published(fix: LiveFix): PublishedPosition {
  return {
    driver_id: fix.driverId,
    latitude: fix.latitude,
    longitude: fix.longitude,
    speed: fix.speed,
    heading: fix.heading,
    accuracy: fix.accuracy,
    recorded_at: instant(fix.recordedAtMs),
    received_at: instant(fix.receivedAtMs),
    order_id: fix.orderId,
  }
}

function instant(atMs: UnixMs): string {
  return new Date(atMs).toISOString()
}
