import type { UnixMs } from './ids.ts'

/** A phone's clock may be this far behind ours, and the network this slow, before its own time is believed against the receipt. */
export const CLOCK_BEHIND_MAX_MS = 120_000

/**
 * The instant that a position speaks of, for judging whether it is stale: that of its receipt, unless the device took it
 * long before. A backlog that a phone sends after hours without a network says where it was.
 */
export function asOfMs(fix: { readonly recordedAtMs: UnixMs; readonly receivedAtMs: UnixMs }): UnixMs {
  return fix.receivedAtMs - fix.recordedAtMs > CLOCK_BEHIND_MAX_MS ? fix.recordedAtMs : fix.receivedAtMs
}
