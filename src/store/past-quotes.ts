/** Quotes of the past, as another price list needs them: what they were priced from and what came of it; of places no more than where they are. */
import type { Json } from '../actors/runtime/turn.ts'
import type { LatLng } from '../domain/geo.ts'
import { type QuoteId, quoteIdsFrom, type UnixMs } from '../domain/ids.ts'
import type { Sql } from './postgres.ts'
import { answered } from './records.ts'

export interface PastQuote {
  readonly quoteId: QuoteId
  readonly createdAtMs: UnixMs
  /** Null in quotes of versions that did not store it. */
  readonly pickup: LatLng | null
  readonly dropoff: LatLng | null
  readonly fare: Json
  readonly inputs: Json
  readonly cell: string | null
  readonly dueAtMs: number | null
}

export interface PastQuotes {
  readonly quotes: readonly PastQuote[]
  /** There are older ones in that time. */
  readonly hasMore: boolean
}

interface Wish {
  /** From then on, and before then. */
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
  readonly limit: number
}

/**
 * Of live customers, the newest first. By their ids, which sort by time and which those of tests are not among.
 * @throws {StoreUnavailableError}
 */
export async function pastQuotes(sql: Sql, { fromMs, toMs, limit }: Wish): Promise<PastQuotes> {
  const rows = await answered(sql<(Omit<PastQuote, 'createdAtMs'> & { createdAt: Date })[]>`
    select quote_id as "quoteId", created_at as "createdAt", body->'priced'->'fare' as fare,
      body->'priced'->'inputs' as inputs, body->'priced'->'surge'->>'cell' as cell,
      (body->'priced'->>'dueAtMs')::float8 as "dueAtMs", ${placeOf(sql, 'pickup')} as pickup, ${placeOf(sql, 'dropoff')} as dropoff
    from quotes where quote_id >= ${quoteIdsFrom(fromMs)} and quote_id < ${quoteIdsFrom(toMs)}
    order by quote_id desc limit ${limit + 1}`)
  const quotes = rows.slice(0, limit).map(({ createdAt, ...row }) => ({ ...row, createdAtMs: createdAt.getTime() }))
  return { quotes, hasMore: rows.length > limit }
}

function placeOf(sql: Sql, end: 'pickup' | 'dropoff') {
  return sql`
    case when body ? ${end} then jsonb_build_object(
      'latitude', body->${end}->'latitude', 'longitude', body->${end}->'longitude') end`
}
