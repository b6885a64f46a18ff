import type { JournalTurn } from '../ports.ts'

/** In JSON text: an escaped NUL, or half of a surrogate pair. Postgres keeps neither in `jsonb`. */
const UNSTORABLE_TEXT = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i

/** @returns whether Postgres could store the turn: what it cannot, the record in memory must refuse as well. */
export function isStorable(turn: JournalTurn): boolean {
  const { row } = turn
  const numbers =
    row.kind === 'order' ? [row.dueAtMs, row.createdAtMs, row.updatedAtMs] : [row.capacity, row.epoch, row.homeShard]
  const times = [...turn.events.map(event => event.atMs), turn.decision?.atMs ?? 0]
  if (![...numbers, ...times].every(Number.isFinite)) return false
  if (row.kind === 'driver' && row.capacity < 0) return false
  return !UNSTORABLE_TEXT.test(JSON.stringify(turn))
}
