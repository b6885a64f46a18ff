/**
 * From the journal to deliveries: for each event and each endpoint that asked for it a row, and its lane. The feed brings events at
 * least once and a delivery is named by its event and endpoint, so it is made once. Nothing here need wait for the disk: the
 * watermark is written after the rows, so a crash of the record never keeps it without them.
 *
 * A driver that moves to another shard takes its events along, to a journal that another node may read. They are not taken before
 * those that came earlier, or a driver's events would get out of order; who waits for whom follows the order in which things
 * were committed, so nobody waits in a circle.
 */
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { ShardId } from '../domain/ids.ts'
import { modeOfActor } from '../domain/mode.ts'
import type { FeedEntry, FeedJournal, FeedSink, ShardProgress } from '../feed/ports.ts'
import type { EndpointWatch } from '../webhooks/endpoint-watch.ts'
import { eventTypeOf, patternsFor } from '../webhooks/event-types.ts'
import { bodyTextOf, messageIdOf } from '../webhooks/payload.ts'
import type { Sql } from './postgres.ts'
import { answered } from './records.ts'

/** While nobody has an endpoint there is nothing to read the journal for; the first one sets the watermarks. */
export class WebhookJournal implements FeedJournal {
  readonly #endpoints: Pick<EndpointWatch, 'any'>
  readonly #journal: FeedJournal

  constructor(endpoints: Pick<EndpointWatch, 'any'>, journal: FeedJournal) {
    this.#endpoints = endpoints
    this.#journal = journal
  }

  async progress(shards: readonly ShardId[]): Promise<ShardProgress[]> {
    return (await this.#endpoints.any()) ? this.#journal.progress(shards) : []
  }

  read(...asked: Parameters<FeedJournal['read']>): Promise<FeedEntry[]> {
    return this.#journal.read(...asked)
  }

  saveWatermarks(...saved: Parameters<FeedJournal['saveWatermarks']>): Promise<void> {
    return this.#journal.saveWatermarks(...saved)
  }
}

export class WebhookSink implements FeedSink {
  readonly isUp = true
  readonly #sql: Sql
  readonly #onMade: () => void

  /** @param onMade  there is something to send. */
  constructor(sql: Sql, onMade: () => void) {
    this.#sql = sql
    this.#onMade = onMade
  }

  async put(entries: readonly FeedEntry[]): Promise<boolean[]> {
    const early = await this.#beforeTheirTurn(entries)
    const ready = entries.filter(entry => !early.has(entry))
    const rows = ready.flatMap(rowOf)
    if (rows.length > 0 && (await this.#make(rows)) > 0) this.#onMade()
    return entries.map(entry => !early.has(entry))
  }

  /** @returns those that follow an event of another shard which is not made into deliveries yet, and what is behind them. */
  async #beforeTheirTurn(entries: readonly FeedEntry[]): Promise<ReadonlySet<FeedEntry>> {
    const moved = entries.filter(({ actorKind, version }) => actorKind === 'driver' && version > 1)
    if (moved.length === 0) return new Set()
    const befores = await answered(this.#sql<Before[]>`
      select e.shard, e.seq, j.shard as "shardBefore", j.seq as "seqBefore"
      from unnest(${moved.map(e => e.actorId)}::text[], ${moved.map(e => e.version)}::int[], ${moved.map(e => e.shard)}::int[],
        ${moved.map(e => e.seq)}::bigint[]) as e (actor_id, version, shard, seq)
      join journal j on j.actor_id = e.actor_id and j.version = e.version - 1 and j.actor_kind = 'driver'
      left join webhook_watermarks w on w.shard = j.shard
      where j.shard <> e.shard and coalesce(w.seq, 0) < j.seq`)
    return heldBack(entries, befores)
  }

  async #make(rows: readonly JsonObject[]): Promise<number> {
    const [made] = await answered(this.#sql<{ count: number }[]>`
      with made as (
        insert into webhook_deliveries (delivery_id, webhook_id, message_id, type, object_id, sequence, lane, shard, state, body,
          created_at, since)
        select 'dlv_' || e.event_id || '-' || substr(w.webhook_id, 5), w.webhook_id, e.message_id, e.type, e.object_id,
          e.sequence, e.object_id, e.shard, 'pending', e.body, date_trunc('milliseconds', now()), now()
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as e (event_id text, message_id text, mode text, type text,
          patterns text[], object_id text, sequence int, shard int, body text)
        join webhooks w on w.mode = e.mode and w.events && e.patterns
        on conflict do nothing
        returning webhook_id, lane, shard
      ), lanes as (
        insert into webhook_lanes as l (webhook_id, lane, shard, undelivered, due_at)
        select webhook_id, lane, max(shard), count(*), now() from made group by webhook_id, lane order by webhook_id, lane
        on conflict (webhook_id, lane) do update set undelivered = l.undelivered + excluded.undelivered, shard = excluded.shard,
          due_at = case when l.undelivered <= 0 then excluded.due_at else l.due_at end
      )
      select count(*)::int as count from made`)
    return made?.count ?? 0
  }
}

interface Before {
  readonly shard: ShardId
  readonly seq: number
  readonly shardBefore: ShardId
  readonly seqBefore: number
}

function rowOf(entry: FeedEntry): JsonObject[] {
  const type = eventTypeOf(entry)
  const patterns = patternsFor(type)
  if (patterns.length === 0) return []
  const mode = modeOfActor(entry.actorKind, entry.actorId)
  return [
    {
      event_id: `${entry.shard}-${entry.seq}`,
      message_id: messageIdOf(entry),
      mode,
      type,
      patterns,
      object_id: entry.actorId,
      sequence: entry.version,
      shard: entry.shard,
      body: bodyTextOf(entry, mode),
    },
  ]
}

/** What came before in this same batch is made together with it, unless that is held back itself. */
export function heldBack(entries: readonly FeedEntry[], befores: readonly Before[]): ReadonlySet<FeedEntry> {
  const firstHeld = new Map<ShardId, number>()
  const last = new Map(entries.map(({ shard, seq }) => [shard, seq]))
  const isMissing = ({ shardBefore, seqBefore }: Before): boolean =>
    seqBefore > (last.get(shardBefore) ?? 0) || seqBefore >= (firstHeld.get(shardBefore) ?? Number.POSITIVE_INFINITY)
  // Each pass holds back at least one shard more, or ends it.
  for (let isChanged = true; isChanged; ) {
    isChanged = false
    for (const before of befores) {
      if (!isMissing(before) || before.seq >= (firstHeld.get(before.shard) ?? Number.POSITIVE_INFINITY)) continue
      firstHeld.set(before.shard, before.seq)
      isChanged = true
    }
  }
  return new Set(entries.filter(({ shard, seq }) => seq >= (firstHeld.get(shard) ?? Number.POSITIVE_INFINITY)))
}
