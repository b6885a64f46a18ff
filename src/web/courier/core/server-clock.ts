/**
 * What time it is for the node. A phone's clock may be wrong by minutes, and an offer's time is the node's.
 *
 * Each answer of the node says when it was made, to the second (`Date`). It was made between the moment at which it was asked for and the
 * moment at which it came, so it bounds the difference of the clocks from both sides; what several answers allow together is much
 * narrower than what each does. Where an answer contradicts those before, one of the clocks was set: it begins anew.
 */
export interface ServerClock {
  /** What is to be added to this machine's clock lies between. */
  readonly lowMs: number
  readonly highMs: number
}

export interface Sample {
  readonly askedAtMs: number
  readonly answeredAtMs: number
  /** As the node says: at most `CUT_MS` behind. */
  readonly serverMs: number
}

/** Nothing is known: both clocks are taken to be the same. */
export const UNKNOWN_CLOCK: ServerClock = { lowMs: Number.NEGATIVE_INFINITY, highMs: Number.POSITIVE_INFINITY }

/** The header is cut to a second, and what makes it makes it once a second: it may be that much behind in both ways. */
const CUT_MS = 2_000
/** Both clocks drift, by some seconds a day: what was bounded long ago is so less well now. */
const DRIFT_PER_SAMPLE_MS = 5
/** An answer that took so long says nothing worth having. */
const ANSWER_MAX_MS = 10_000

export function sampled(clock: ServerClock, { askedAtMs, answeredAtMs, serverMs }: Sample): ServerClock {
  const tookMs = answeredAtMs - askedAtMs
  if (tookMs < 0 || tookMs > ANSWER_MAX_MS || !Number.isFinite(serverMs)) return clock
  const lowMs = serverMs - answeredAtMs
  const highMs = serverMs + CUT_MS - askedAtMs
  const low = Math.max(lowMs, clock.lowMs - DRIFT_PER_SAMPLE_MS)
  const high = Math.min(highMs, clock.highMs + DRIFT_PER_SAMPLE_MS)
  return low <= high ? { lowMs: low, highMs: high } : { lowMs, highMs }
}

export function offsetMs({ lowMs, highMs }: ServerClock): number {
  return Number.isFinite(lowMs + highMs) ? Math.round((lowMs + highMs) / 2) : 0
}

export function serverNowMs(clock: ServerClock, localMs: number): number {
  return localMs + offsetMs(clock)
}

/** No answer that was bad enough to leave more than this open shortens an offer by more. */
const CAUTION_MAX_MS = 1_500

/** The latest that it can be for the node: by this an offer is never shown as longer than it is. */
export function latestServerMs(clock: ServerClock, localMs: number): number {
  const nowMs = serverNowMs(clock, localMs)
  return isKnown(clock) ? Math.min(localMs + clock.highMs, nowMs + CAUTION_MAX_MS) : nowMs
}

export function isKnown({ lowMs, highMs }: ServerClock): boolean {
  return Number.isFinite(lowMs + highMs)
}

/**
 * A clock that is off by less is left as it is, so that positions keep the very time that the receiver gave them. The node takes
 * what is up to ten seconds ahead, and replaces what is more by its own time, which would crowd an hour of positions into one moment.
 */
const TOLERATED_MS = 5_000

/** What is to be added to the times of positions: 0 unless this machine's clock is wrong. */
export function correctionMs(clock: ServerClock): number {
  const offset = offsetMs(clock)
  return Math.abs(offset) < TOLERATED_MS ? 0 : offset
}
