/**
 * The generator's clock: Unix milliseconds with their fraction.
 *
 * Anchored once on the wall clock and then monotonic, so a step of the wall clock during a run bends no latency.
 */
const anchorMs = Date.now() - performance.now()

export function nowMs(): number {
  return anchorMs + performance.now()
}
