/** The journal as the event feed reads it, and its watermarks, in Postgres. Each feed has watermarks of its own. */

import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { ShardId, UnixMs } from '../domain/ids.ts'
import type { FeedEntry, FeedJournal, FeedPosition, ShardProgress } from '../feed/ports.ts'
import { connect, type Sql, storeError } from './postgres.ts'
import { ANSWER_TIMEOUT_MS } from './postgres-journal.ts'
import { within } from './within.ts'

/**
 * A watermark that a crash takes back is published again: so its commit need not wait for the disk. Nothing else is written over
 * this connection.
 */
export function feedConnection(url: string): Sql {
  return connect(url, { max: 1, applicationName: 'waggle feed', settings: { synchronous_commit: 'off' } })
}

interface EntryRow extends Omit<FeedEntry, 'atMs'> {
  readonly atMs: UnixMs
  readonly data: JsonObject
}

export type WatermarkTable = 'feed_watermarks' | 'webhook_watermarks'

export class PostgresFeedJournal implements FeedJournal {
  readonly #sql: Sql
  readonly #watermarks: WatermarkTable
  readonly #answerTimeoutMs: number

  /** @param answerTimeoutMs  longer for a command that reads much. */
  constructor(sql: Sql, answerTimeoutMs: number = ANSWER_TIMEOUT_MS, watermarks: WatermarkTable = 'feed_watermarks') {
    this.#sql = sql
    this.#watermarks = watermarks
    this.#answerTimeoutMs = answerTimeoutMs
  }

  async progress(shards: readonly ShardId[]): Promise<ShardProgress[]> {
    if (shards.length === 0) return []
    return await this.#answered(this.#sql<ShardProgress[]>`
      select s.shard, s.seq as head, greatest(w.seq, f.seq, 0) as watermark
      from shards s left join ${this.#sql(this.#watermarks)} w on w.shard = s.shard
      left join journal_floors f on f.shard = s.shard
      where s.shard = any(${shards as ShardId[]}::int[]) order by s.shard`)
  }

  async read(positions: readonly FeedPosition[]): Promise<FeedEntry[]> {
    if (positions.length === 0) return []
    return await this.#answered(this.#sql<EntryRow[]>`
      select j.shard, j.seq, (extract(epoch from j.at) * 1000)::float8 as "atMs", j.actor_kind as "actorKind",
        j.actor_id as "actorId", j.version, j.type, j.data
      from unnest(${positions.map(p => p.shard)}::int[], ${positions.map(p => p.afterSeq)}::bigint[],
        ${positions.map(p => p.max)}::int[]) as p (shard, after_seq, n)
      cross join lateral (
        select * from journal where journal.shard = p.shard and journal.seq > p.after_seq order by journal.seq limit p.n
      ) j
      order by j.shard, j.seq`)
  }

  async saveWatermarks(watermarks: ReadonlyMap<ShardId, number>): Promise<void> {
    // Two publishers at once take their locks in the same order.
    const sorted = [...watermarks].sort(([a], [b]) => a - b)
    await this.#answered(this.#sql`
      insert into ${this.#sql(this.#watermarks)} as w (shard, seq)
      select * from unnest(${sorted.map(([shard]) => shard)}::int[], ${sorted.map(([, seq]) => seq)}::bigint[])
      on conflict (shard) do update set seq = excluded.seq, updated_at = now() where w.seq < excluded.seq`)
  }

  /** Of each shard the last event before the first that happened then or later. Reads the journal from about then on. */
  async beforeTime(sinceMs: UnixMs): Promise<{ shard: ShardId; afterSeq: number }[]> {
    return await this.#answered(this.#sql<{ shard: ShardId; afterSeq: number }[]>`
      select shard, min(seq) - 1 as "afterSeq" from journal
      where at >= to_timestamp(${sinceMs}::float8 / 1000) group by shard order by shard`)
  }

  /** Every request here is safe to repeat. @throws {StoreUnavailableError} */
  async #answered<T>(query: PromiseLike<T>): Promise<T> {
    const late = () => new StoreUnavailableError(`No answer from the record within ${this.#answerTimeoutMs} ms.`)
    try {
      return await within(this.#answerTimeoutMs, query, late)
    } catch (error) {
      throw storeError(error) ?? error
    }
  }
}
