/** The drivers' own connections on this node. A driver may have several: a phone that reconnects before the old line is dead. */
import type { JsonObject } from '../../actors/runtime/turn.ts'
import type { DriverId } from '../../domain/ids.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { type Interest, NO_INTEREST } from './interest.ts'

export interface PhoneLine {
  tell(type: string, data: JsonObject): void
}

export class Phones {
  readonly #lines = new Map<DriverId, Set<PhoneLine>>()
  readonly #metrics: Metrics
  readonly #interest: Interest

  constructor(metrics: Metrics, interest: Interest = NO_INTEREST) {
    this.#metrics = metrics
    this.#interest = interest
  }

  get drivers(): number {
    return this.#lines.size
  }

  connect(driverId: DriverId, line: PhoneLine): void {
    const lines = this.#lines.get(driverId)
    if (lines !== undefined) {
      lines.add(line)
      return
    }
    this.#lines.set(driverId, new Set([line]))
    this.#interest.watch(`phone:${driverId}`)
  }

  disconnect(driverId: DriverId, line: PhoneLine): void {
    const lines = this.#lines.get(driverId)
    lines?.delete(line)
    if (lines?.size !== 0) return
    this.#lines.delete(driverId)
    this.#interest.unwatch(`phone:${driverId}`)
  }

  /** Whoever is not connected is told again by its actor when it is. */
  tell(driverId: DriverId, type: string, data: JsonObject): void {
    const lines = this.#lines.get(driverId)
    if (lines === undefined) {
      this.#metrics.phoneUnheard++
      return
    }
    for (const line of lines) {
      this.#metrics.phoneSent++
      line.tell(type, data)
    }
  }
}
