/** What the clock on the wall shows: the one place where time zones are known. */
import type { UnixMs } from '../ids.ts'

export interface LocalTime {
  /** 1 is Monday, 7 is Sunday. */
  readonly weekday: number
  /** Minutes after midnight. */
  readonly minute: number
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
/** Making a formatter costs a hundred times what using it does; a deployment has a handful of zones. */
const FORMATS_MAX = 64
const formats = new Map<string, Intl.DateTimeFormat>()

/** @throws {RangeError} where there is no such zone. */
export function localTimeAt(atMs: UnixMs, timeZone: string): LocalTime {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  )
  return {
    weekday: WEEKDAYS.indexOf(parts.weekday ?? '') + 1,
    minute: Number(parts.hour) * 60 + Number(parts.minute),
  }
}

export function isTimeZone(text: string): boolean {
  try {
    formatOf(text)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  if (formats.size >= FORMATS_MAX) formats.clear()
  formats.set(timeZone, format)
  return format
}
