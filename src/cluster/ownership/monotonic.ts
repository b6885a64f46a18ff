import type { Clock } from '../../actors/runtime/ports.ts'

/**
 * Time that only passes. A wall clock may be set back, and a deadline must not then wait for an hour to pass twice. One
 * set ahead makes deadlines come early, which nothing here is hurt by.
 *
 * @returns milliseconds since some moment of its own.
 */
export function monotonic(clock: Clock): () => number {
  let lastMs = clock.nowMs()
  let passedMs = 0
  return () => {
    const nowMs = clock.nowMs()
    passedMs += Math.max(0, nowMs - lastMs)
    lastMs = nowMs
    return passedMs
  }
}
