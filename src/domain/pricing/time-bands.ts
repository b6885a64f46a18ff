/** Which part of the week a trip is due in. */
import type { LocalTime } from './local-time.ts'
import type { TimeBand } from './ruleset.ts'

/** @returns null outside of all bands. */
export function bandAt(bands: readonly TimeBand[], local: LocalTime): TimeBand | null {
  return bands.find(band => isWithin(band, local)) ?? null
}

function isWithin({ days, fromMinute, toMinute }: TimeBand, { weekday, minute }: LocalTime): boolean {
  if (fromMinute < toMinute) return days.includes(weekday) && minute >= fromMinute && minute < toMinute
  // Past midnight: the small hours belong to the band of the day before.
  const dayBefore = weekday === 1 ? 7 : weekday - 1
  return (days.includes(weekday) && minute >= fromMinute) || (days.includes(dayBefore) && minute < toMinute)
}
