/** A time as the reader's clock shows it; of another day than the reader's present one with that day. */
export function timeOnItsDay(
  instant: string,
  nowMs: number,
  time: Intl.DateTimeFormatOptions,
  locale?: string,
): string {
  const at = new Date(instant)
  const now = new Date(nowMs)
  if (at.toDateString() === now.toDateString()) return at.toLocaleTimeString(locale, time)
  const year = at.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const)
  return at.toLocaleString(locale, { ...year, month: 'short', day: 'numeric', ...time })
}
