/** Slower than an answer is on any line that we wait for. */
const CLOCK_SET_MS = 15_000

/**
 * How far the server's clock is ahead, by one more answer of it. What it says is old by the way that it came, so the largest of these
 * is the best; far below that the device's own clock was set.
 */
export function serverAhead(knownMs: number | null, servedAtMs: number, nowMs: number): number {
  const aheadMs = servedAtMs - nowMs
  return knownMs === null || aheadMs > knownMs || knownMs - aheadMs > CLOCK_SET_MS ? aheadMs : knownMs
}
