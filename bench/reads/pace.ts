/**
 * Something at a fixed rate, each at its own time, in a process that does nothing else. A timer of the platform fires on whole
 * milliseconds, on which five of 5,000 a second would fall at once, half a millisecond late. So nothing here waits for
 * a timer: the thread naps, looks at its sockets, sends what is due, and naps again.
 *
 * Each is due somewhere in its own interval: who reads keeps no step with who writes, and a read every 20 ms would always meet
 * the same moment of batches that come every 10.
 */

import type { Uniform } from '../../src/domain/ids.ts'
import { nowMs } from '../../src/sim/clock.ts'

export interface Pace {
  readonly ratePerS: number
  readonly startAtMs: number
  readonly endAtMs: number
  readonly random: Uniform
  readonly send: (dueAtMs: number, atMs: number) => void
  /** When the last of what may come in at any time was due; null where nothing is awaited. */
  readonly awaitingSinceMs: () => number | null
}

/** The shortest that the system makes of it is some 0.1 ms. To wait without sleeping would take the node one of two cores. */
const NAP_MS = 0.02
/** Of what has been waited: what takes twenty milliseconds need not be looked for ten times in each of them, which takes a sixth of a core. */
const NAP_SHARE = 0.05
/** Where nothing is awaited, up to shortly before the next is due; not so long that a closed connection is not noticed. */
const REST_MAX_MS = 20
const REST_MARGIN_MS = 0.3

/** Settles once the last one has been sent. */
export function pace({ ratePerS, startAtMs, endAtMs, random, send, awaitingSinceMs }: Pace): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const dueMs = (n: number): number => startAtMs + ((n + random()) * 1_000) / ratePerS
  const count = Math.ceil(((endAtMs - startAtMs) * ratePerS) / 1_000)
  let next = 0
  let due = dueMs(next)
  const turn = (): void => {
    const now = nowMs()
    for (; due <= now && next < count; due = dueMs(++next)) send(due, now)
    if (next >= count) {
      resolve()
      return
    }
    const sinceMs = awaitingSinceMs()
    const lookMs = sinceMs === null ? REST_MAX_MS : (now - sinceMs) * NAP_SHARE
    Atomics.wait(never, 0, 0, Math.max(NAP_MS, Math.min(due - nowMs() - REST_MARGIN_MS, lookMs, REST_MAX_MS)))
    setImmediate(guarded)
  }
  const guarded = (): void => {
    try {
      turn()
    } catch (error) {
      reject(error)
    }
  }
  setImmediate(guarded)
  return promise
}
