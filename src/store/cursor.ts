import { invariant } from '../actors/runtime/errors.ts'
import type { Json } from '../actors/runtime/turn.ts'

/** The caller's cursor is none of ours, or of another list. The request is wrong; nothing was read. */
export class BrokenCursorError extends Error {
  override readonly name = 'BrokenCursorError'
}

const CURSOR_LENGTH_MAX = 512
/** 9999-12-31T23:59:59.999Z: later years have another notation, which Postgres does not read. */
const TIME_MAX_MS = 253_402_300_799_999

export interface PageRequest {
  readonly limit: number
  /** From the page before; null for the first. */
  readonly cursor: string | null
}

export interface Page<T> {
  readonly data: readonly T[]
  /** Null on the last page. */
  readonly nextCursor: string | null
}

/** The place after a row, opaque to callers: the list's name and the row's sort key. */
export function encodeCursor(list: string, key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url')
}

/**
 * @param key  what each part of the sort key must be.
 * @returns null for the first page.
 * @throws {BrokenCursorError}
 */
export function decodeCursor<const K extends readonly ('string' | 'number')[]>(
  list: string,
  key: K,
  cursor: string | null,
): { [I in keyof K]: K[I] extends 'string' ? string : number } | null {
  if (cursor === null) return null
  const parts = parse(cursor)
  const fits =
    parts[0] === list && parts.length === key.length + 1 && key.every((type, i) => isPart(parts[i + 1], type))
  if (!fits) throw new BrokenCursorError('The cursor does not belong to this list')
  return parts.slice(1) as { [I in keyof K]: K[I] extends 'string' ? string : number }
}

/** Numbers here are times and ids: whole, not negative, and as times not after the year 9999. */
function isPart(part: Json | undefined, type: 'string' | 'number'): boolean {
  if (type === 'string') return typeof part === 'string' && !part.includes('\0') && part.isWellFormed()
  return typeof part === 'number' && Number.isSafeInteger(part) && part >= 0 && part <= TIME_MAX_MS
}

function parse(cursor: string): readonly Json[] {
  if (cursor.length > CURSOR_LENGTH_MAX) throw new BrokenCursorError('The cursor is too long')
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parts) ? parts : []
  } catch (cause) {
    throw new BrokenCursorError('The cursor cannot be read', { cause })
  }
}

/** Of `limit + 1` rows the last one only tells that there is another page. */
export function pageOf<T>(rows: readonly T[], limit: number, cursorOf: (row: T) => string): Page<T> {
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  return { data, nextCursor: rows.length > limit && last ? cursorOf(last) : null }
}

/** A bound of a search as a parameter: whatever the number, a time that Postgres can compare with. */
export function boundAt(ms: number): Date {
  return new Date(Math.min(Math.max(ms, 0), TIME_MAX_MS))
}

export function checkLimit(limit: number, max: number): void {
  invariant(Number.isInteger(limit) && limit >= 1 && limit <= max, `a page has 1 to ${max} rows, not ${limit}`)
}
