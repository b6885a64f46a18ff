/** Instants on the wire: RFC 3339 with `Z` or an offset, milliseconds inside. */
import type { UnixMs } from '../domain/ids.ts'

const INSTANT =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/
/** What a four-digit year can say, and so what can be read back. */
const YEAR_1_MS = -62_135_596_800_000
const YEAR_9999_END_MS = 253_402_300_799_999

/** Days of a month, leap years included; day 0 of the next month is the last of this one. */
function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** @returns null unless the text is an instant with an offset. Fractions beyond milliseconds are cut off. */
export function parseInstant(text: string): UnixMs | null {
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
