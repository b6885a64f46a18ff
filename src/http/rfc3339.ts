/** Instants on the wire: RFC 3339 with `Z` or an offset, milliseconds inside. */
import type { UnixMs } from '../domain/ids.ts'

const INSTANT =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/
/** What a four-digit year can say, and so what can be read back. */
const YEAR_1_MS = -62_135_596_800_000
export const YEAR_9999_END_MS = 253_402_300_799_999
const DAY_MS = 86_400_000
/** From the 1st of March of the year 0. */
const DAYS_BEFORE_1970 = 719_468
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const [ZERO, HYPHEN, COLON, POINT, T, Z] = [0x30, 0x2d, 0x3a, 0x2e, 0x54, 0x5a]

/** Days of a month, leap years included; day 0 of the next month is the last of this one. */
function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** @returns null unless the text is an instant with an offset. Fractions beyond milliseconds are cut off. */
export function parseInstant(text: string): UnixMs | null {
  return usualInstant(text) ?? anyInstant(text)
}

/** `2026-01-31T12:00:00Z` and with milliseconds, from 1970 on: what nearly every device sends, read without a pattern. */
function usualInstant(text: string): UnixMs | null {
  const end = text.length - 1
  if ((end !== 19 && end !== 23) || text.charCodeAt(end) !== Z || !hasUsualMarks(text)) return null
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  const ms = end === 23 ? twoDigits(text, 20) * 10 + (twoDigits(text, 21) % 10) : 0
  // What is no digit is NaN, which fails every comparison, as a month that there is not does. Leap days take the other way.
  const isDay = year >= 1970 && day >= 1 && day <= (DAYS_OF_MONTH[month - 1] ?? 0)
  if (!(isDay && hour < 24 && minute < 60 && second < 60 && ms < 1_000)) return null
  return daysSince1970(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1_000 + ms
}

function hasUsualMarks(text: string): boolean {
  return (
    text.charCodeAt(4) === HYPHEN &&
    text.charCodeAt(7) === HYPHEN &&
    text.charCodeAt(10) === T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON &&
    (text.length === 20 || text.charCodeAt(19) === POINT)
  )
}

/** @returns NaN where one of them is no digit. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO
  const ones = text.charCodeAt(at + 1) - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

/** Of the Gregorian calendar, whose years are taken to begin in March, so that the leap day is the last. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + dayOfYear - DAYS_BEFORE_1970
}

function anyInstant(text: string): UnixMs | null {
  const parts = INSTANT.exec(text)
  if (parts === null) return null
  // The parser of the platform takes the 30th of February for the 1st of March.
  if (Number(parts[3]) > daysIn(Number(parts[1]), Number(parts[2]))) return null
  const fraction = parts[5] ?? ''
  const plain = fraction.length > 4 ? text.replace(fraction, fraction.slice(0, 4)) : text
  const ms = Date.parse(plain.toUpperCase())
  return ms >= YEAR_1_MS && ms <= YEAR_9999_END_MS ? ms : null
}

export function isInstant(text: string): boolean {
  return parseInstant(text) !== null
}

export function formatInstant(atMs: UnixMs): string {
  return new Date(atMs).toISOString()
}

export function formatInstantOrNull(atMs: UnixMs | null): string | null {
  return atMs === null ? null : formatInstant(atMs)
}
