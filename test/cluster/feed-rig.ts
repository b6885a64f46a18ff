/** A record in Postgres, a NATS server, and what a test needs to commit events and to read the stream. */
import { AckPolicy, DeliverPolicy } from 'nats'
import type { JournalTurn } from '../../src/actors/runtime/ports.ts'
import { NatsLink } from '../../src/cluster/nats/connect.ts'
import { NatsEventStream } from '../../src/cluster/nats/nats-event-stream.ts'
import { readNatsTarget } from '../../src/cluster/nats/nats-target.ts'
import { systemClock } from '../../src/cluster/system-clock.ts'
import type { OrderId, ShardId } from '../../src/domain/ids.ts'
import { EventFeed, type EventFeedParts } from '../../src/feed/event-feed.ts'
import type { FeedStream } from '../../src/feed/ports.ts'
import { streamSink } from '../../src/feed/stream-sink.ts'
import { EVENT_STREAM } from '../../src/feed/subjects.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { connect, disconnect, type Sql } from '../../src/store/postgres.ts'
import { feedConnection, PostgresFeedJournal } from '../../src/store/postgres-feed-journal.ts'
import { journalConnection, PostgresJournal } from '../../src/store/postgres-journal.ts'
import { NatsServer } from '../support/nats-server.ts'
import { testDatabase } from '../support/postgres.ts'

export interface ReadEvent {
  readonly subject: string
  readonly shard: number
  readonly seq: number
  readonly type: string
}

const LIMITS = { ageMaxMs: 3_600_000, bytesMax: 256 * 1_024 * 1_024, replicas: 1 }
const ROWS_PER_TURN = 4

export class FeedRig {
  readonly nats: NatsServer
  readonly postgresUrl: string
  readonly journal: PostgresFeedJournal
  readonly sql: Sql
  readonly troubles: string[] = []
  readonly errors: unknown[] = []
  readonly #record: PostgresJournal
  readonly #ends: (() => Promise<unknown>)[] = []
  readonly #feeds: EventFeed[] = []
  readonly #links: NatsLink[] = []
  #orders = 0

  private constructor(nats: NatsServer, postgresUrl: string) {
    this.nats = nats
    this.postgresUrl = postgresUrl
    const commits = journalConnection(postgresUrl, { max: 2, applicationName: 'test' })
    this.#record = new PostgresJournal(commits)
    this.sql = feedConnection(postgresUrl)
    this.journal = new PostgresFeedJournal(this.sql)
    this.#ends.push(
      () => disconnect(commits),
      () => disconnect(this.sql),
    )
  }

  static async start(shards: readonly ShardId[]): Promise<FeedRig> {
    const [nats, database] = await Promise.all([NatsServer.start(), testDatabase()])
    const sql = connect(database.url, { max: 1, applicationName: 'migrate' })
    await migrate(sql)
    await disconnect(sql)
    const rig = new FeedRig(nats, database.url)
    await rig.#record.takeShards(shards, 'test')
    rig.#ends.push(() => database.drop())
    return rig
  }

  async link(): Promise<NatsLink> {
    const target = readNatsTarget(this.nats.url)
    const link = await NatsLink.open({ target, name: 'test', clock: systemClock, onEvent: () => undefined })
    this.#links.push(link)
    return link
  }

  async stream(dedupeWindowMs = 120_000): Promise<NatsEventStream> {
    const onTrouble = (sentence: string) => this.troubles.push(sentence)
    return NatsEventStream.open({
      link: await this.link(),
      clock: systemClock,
      limits: LIMITS,
      onTrouble,
      dedupeWindowMs,
    })
  }

  feed(stream: FeedStream, shardsServed: () => readonly ShardId[], parts: Partial<EventFeedParts> = {}): EventFeed {
    const feed = new EventFeed({
      journal: this.journal,
      sink: streamSink(stream),
      name: 'The event feed',
      shardsServed,
      clock: systemClock,
      onTrouble: sentence => this.troubles.push(sentence),
      onError: error => this.errors.push(error),
      ...parts,
    })
    this.#feeds.push(feed)
    return feed
  }

  /** A feed that will never end by itself: as of a process that was killed. */
  startAndForget(stream: FeedStream, shardsServed: () => readonly ShardId[]): void {
    this.feed(stream, shardsServed).start()
    this.#feeds.pop()
  }

  /** Orders of one turn with several events each. @returns how many events were committed. */
  async commit(shard: ShardId, orders: number): Promise<number> {
    const turns = Array.from({ length: orders }, () => turnOf(shard, ++this.#orders))
    const outcomes = await this.#record.commit(turns)
    if (outcomes.some(outcome => outcome !== 'committed')) throw new Error(`not committed: ${outcomes.join(' ')}`)
    return orders * ROWS_PER_TURN
  }

  /** Everything in the stream, in its order. */
  async read(): Promise<ReadEvent[]> {
    const link = await this.link()
    const jsm = await link.connection.jetstreamManager()
    const { state } = await jsm.streams.info(EVENT_STREAM)
    const config = { ack_policy: AckPolicy.None, deliver_policy: DeliverPolicy.All, inactive_threshold: 10_000_000_000 }
    const { name } = await jsm.consumers.add(EVENT_STREAM, config)
    const consumer = await link.connection.jetstream().consumers.get(EVENT_STREAM, name)
    const found: ReadEvent[] = []
    while (found.length < state.messages) {
      const batch = await consumer.fetch({
        max_messages: Math.min(1_000, state.messages - found.length),
        expires: 5_000,
      })
      for await (const message of batch) {
        const { shard, seq, type } = message.json<{ shard: number; seq: string; type: string }>()
        found.push({ subject: message.subject, shard, seq: Number(seq), type })
      }
    }
    return found
  }

  async totalLag(shards: readonly ShardId[]): Promise<number> {
    const progress = await this.journal.progress(shards)
    return progress.reduce((sum, { head, watermark }) => sum + head - watermark, 0)
  }

  async close(): Promise<void> {
    await Promise.all(this.#feeds.map(feed => feed.stop()))
    await Promise.all(this.#links.map(link => link.close()))
    for (const end of this.#ends) await end()
    await this.nats.stop()
  }
}

function turnOf(shard: ShardId, n: number): JournalTurn {
  const atMs = Date.now()
  const events = Array.from({ length: ROWS_PER_TURN }, (_, i) => ({
    type: i === 0 ? 'due' : 'status',
    atMs,
    data: i === 0 ? {} : { status: 'at_pickup', driverId: 'drv_1', by: { role: 'driver', id: 'drv_1' } },
  }))
  const row = { kind: 'order', status: 'at_pickup', customerId: null, driverId: null, state: {} } as const
  const times = { dueAtMs: atMs, createdAtMs: atMs, updatedAtMs: atMs }
  const actorId = `ord_feed${shard}x${n}` as OrderId
  return { shard, shardEpoch: 1, actorId, versionBefore: 0, events, row: { ...row, ...times } }
}

/** What a subscriber that keeps the last number per shard makes of it: drops what it has, waits for what is missing. */
export function asReader(events: readonly ReadEvent[]): { read: Map<number, number>; waited: number } {
  const read = new Map<number, number>()
  const early = new Set<string>()
  let waited = 0
  for (const { shard, seq } of events) {
    if (seq > (read.get(shard) ?? 0) + 1) {
      early.add(`${shard}-${seq}`)
      waited++
      continue
    }
    if (seq !== (read.get(shard) ?? 0) + 1) continue
    let last = seq
    while (early.delete(`${shard}-${last + 1}`)) last++
    read.set(shard, last)
  }
  if (early.size > 0) throw new Error(`never came: what is before ${[...early].slice(0, 5).join(', ')}`)
  return { read, waited }
}
