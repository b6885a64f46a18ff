import type { UnixMs } from '../domain/ids.ts'
import { checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import type { Sql } from './postgres.ts'
import { answered, PAGE_MAX } from './records.ts'

export interface DeadLetter {
  readonly reason: string
  readonly payload: Readonly<Record<string, unknown>>
}

const TEXT_MAX = 1_000

/**
 * Keeps what could not be stored. Not idempotent: a caller that repeats after a lost answer may leave a letter twice.
 */
export async function bury(sql: Sql, source: string, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return
  await sql`
    insert into dead_letters (source, reason, payload)
    select ${source}, reason, payload::jsonb
    from unnest(${letters.map(letter => readable(letter.reason))}::text[],
                ${letters.map(letter => JSON.stringify(letter.payload, asJsonb))}::text[]) as l (reason, payload)`
}

export interface KeptLetter extends DeadLetter {
  readonly id: number
  readonly atMs: UnixMs
  readonly source: string
}

/** Newest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function listDeadLetters(
  sql: Sql,
  source: string | undefined,
  page: PageRequest,
): Promise<Page<KeptLetter>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('dead_letters', ['number'], page.cursor)
  const rows = await answered(sql<(DeadLetter & { id: string; at: Date; source: string })[]>`
    select id, at, source, reason, payload from dead_letters
    where true
      ${source === undefined ? sql`` : sql`and source = ${source}`}
      ${after === null ? sql`` : sql`and id < ${after[0]}`}
    order by id desc limit ${page.limit + 1}`)
  const letters = rows.map(({ id, at, ...row }) => ({ ...row, id: Number(id), atMs: at.getTime() }))
  return pageOf(letters, page.limit, ({ id }) => encodeCursor('dead_letters', [id]))
}

/** @returns how many letters were removed; at most `limit`, so that a flood of them is cleared in small steps. */
export async function forgetDeadLetters(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  const gone = await sql`
    delete from dead_letters where id in (
      select id from dead_letters where at < ${new Date(beforeMs)} order by at limit ${limit})`
  return gone.count
}

/** A row is often here because of a value that jsonb refuses as well: NUL, half a surrogate pair, NaN, an endless text. */
function asJsonb(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return readable(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return value
}

function readable(text: string): string {
  return text.slice(0, TEXT_MAX).toWellFormed().replaceAll('\0', '\uFFFD')
}
