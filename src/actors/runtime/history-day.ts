import type { UnixMs } from '../../domain/ids.ts'

/** A UTC day as the number of days since the Unix epoch: what the history of positions is partitioned by. */
export type Day = number

export const DAY_MS = 86_400_000
/** Partitions are there for today and this many days after it, so that midnight and a skewed clock find theirs made. */
export const DAYS_AHEAD = 2

export function dayOf(atMs: UnixMs): Day {
  return Math.floor(atMs / DAY_MS)
}

/** The oldest day still kept. */
export function oldestDay(nowMs: UnixMs, retentionDays: number): Day {
  return dayOf(nowMs) - retentionDays
}

/**
 * The day whose partition takes a fix, or why none does. Both ends are bounded: what is older than the retention would be
 * dropped at once, and a clock far ahead would make partitions for years that never come.
 */
export function historyDay(
  recordedAtMs: UnixMs,
  nowMs: UnixMs,
  retentionDays: number,
): Day | 'bad_time' | 'too_old' | 'too_new' {
  if (!Number.isFinite(recordedAtMs)) return 'bad_time'
  const day = dayOf(recordedAtMs)
  if (day < oldestDay(nowMs, retentionDays)) return 'too_old'
  if (day > dayOf(nowMs) + DAYS_AHEAD) return 'too_new'
  return day
}
