import type { UnixMs } from '../../domain/ids.ts'

/** About a hundred bytes each. */
const HELD_MAX = 10_000

/**
 * Networks that have shown too many wrong credentials: until their time is over nothing is looked up for them that this node has
 * not met, so that a flood of invented keys costs neither the record nor an issuer a read. Keys that are known go on.
 */
export class HeldCallers {
  readonly #untilMs = new Map<string, UnixMs>()

  get isEmpty(): boolean {
    return this.#untilMs.size === 0
  }

  hold(network: string, untilMs: UnixMs): void {
    this.#untilMs.delete(network)
    this.#untilMs.set(network, untilMs)
    if (this.#untilMs.size <= HELD_MAX) return
    for (const oldest of this.#untilMs.keys()) {
      this.#untilMs.delete(oldest)
      return
    }
  }

  /** @returns 0 for one that is not held. */
  waitMs(network: string, nowMs: UnixMs): number {
    const untilMs = this.#untilMs.get(network)
    if (untilMs === undefined) return 0
    if (nowMs < untilMs) return untilMs - nowMs
    this.#untilMs.delete(network)
    return 0
  }
}
