import type { Sql } from './postgres.ts'

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
