/**
 * What waits to be written to Redis: the latest of each driver. A batch under way stays readable until it is known to be
 * written, so a node always reads what it wrote; one that failed goes back under what has come since.
 */
import type { HotDriver, LiveFix, Standing } from '../../actors/runtime/ports.ts'
import type { DriverId, UnixMs } from '../../domain/ids.ts'

export interface Said extends Standing {
  /** 0: from an actor that was asked; counts only where nothing is known. */
  readonly atMs: UnixMs
}

const NOTHING_SAID = { status: null, vehicleType: null, orderId: null }

export interface Pending {
  fix: LiveFix | null
  said: Said | null
}

export class PendingDrivers {
  readonly #max: number
  #waiting = new Map<DriverId, Pending>()
  #sent = new Map<DriverId, Pending>()
  #forgotten = 0

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Drivers that were dropped because too many waited. */
  get forgotten(): number {
    return this.#forgotten
  }

  putFix(fix: LiveFix): void {
    const pending = this.#waiting.get(fix.driverId)
    if (pending === undefined) this.#add(fix.driverId, { fix, said: null })
    else if (pending.fix === null || fix.recordedAtMs >= pending.fix.recordedAtMs) pending.fix = fix
  }

  putSaid(driverId: DriverId, said: Said): void {
    const pending = this.#waiting.get(driverId)
    if (pending === undefined) this.#add(driverId, { fix: null, said })
    else if (pending.said === null || said.atMs >= pending.said.atMs) pending.said = said
  }

  /** The oldest first. They stay readable until `written` or `failed`. */
  take(max: number): ReadonlyMap<DriverId, Pending> {
    if (this.#waiting.size <= max) {
      this.#sent = this.#waiting
      this.#waiting = new Map()
      return this.#sent
    }
    for (const [driverId, pending] of this.#waiting) {
      if (this.#sent.size === max) break
      this.#sent.set(driverId, pending)
      this.#waiting.delete(driverId)
    }
    return this.#sent
  }

  written(): void {
    this.#sent = new Map()
  }

  failed(): void {
    const since = this.#waiting
    this.#waiting = this.#sent
    this.#sent = new Map()
    for (const [driverId, { fix, said }] of since) {
      if (fix !== null) this.putFix(fix)
      if (said !== null) this.putSaid(driverId, said)
    }
  }

  /** What a driver's entry in Redis will be once all this is written. */
  over(driverId: DriverId, stored: HotDriver | null): HotDriver | null {
    return over(this.#waiting.get(driverId), over(this.#sent.get(driverId), stored))
  }

  #add(driverId: DriverId, pending: Pending): void {
    if (this.#waiting.size >= this.#max) this.#forgetOldest()
    this.#waiting.set(driverId, pending)
  }

  #forgetOldest(): void {
    for (const oldest of this.#waiting.keys()) {
      this.#waiting.delete(oldest)
      this.#forgotten++
      return
    }
  }
}

function over(pending: Pending | undefined, stored: HotDriver | null): HotDriver | null {
  if (pending === undefined) return stored
  const fix =
    stored === null || (pending.fix !== null && pending.fix.recordedAtMs >= stored.fix.recordedAtMs)
      ? pending.fix
      : stored.fix
  if (fix === null) return null
  const { said } = pending
  const isNews = said !== null && (said.atMs > 0 || stored === null || stored.status === null)
  const { status, vehicleType, orderId } = isNews ? said : (stored ?? NOTHING_SAID)
  return { fix, status, vehicleType, orderId }
}
