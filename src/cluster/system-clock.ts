import type { Cancel, Clock } from '../actors/runtime/ports.ts'

/** The longest delay that a timer of the platform takes. */
const DELAY_MAX_MS = 2_147_483_647

/** The time of this machine. A delay of 0 runs as soon as what is under way has finished, before any timer. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, fire): Cancel {
    if (delayMs <= 0) {
      const immediate = setImmediate(fire)
      return () => clearImmediate(immediate)
    }
    const timeout = setTimeout(fire, Math.min(delayMs, DELAY_MAX_MS))
    return () => clearTimeout(timeout)
  },
}
