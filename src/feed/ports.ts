/** What the event feed needs from outside: the journal to read and the stream to publish to. */
import type { JsonObject } from '../actors/runtime/turn.ts'
import type { ShardId, UnixMs } from '../domain/ids.ts'

/** One event of the journal. (shard, seq) names it; seq is without gaps within its shard. */
export interface FeedEntry {
  readonly shard: ShardId
  readonly seq: number
  readonly atMs: UnixMs
  readonly actorKind: 'order' | 'driver'
  readonly actorId: string
  readonly version: number
  readonly type: string
  readonly data: JsonObject
}

export interface ShardProgress {
  readonly shard: ShardId
  /** The last event that surely is in the stream; 0 before the first. */
  readonly watermark: number
  /** The last event of the journal. */
  readonly head: number
}

/** From where to read on in a shard. */
export interface FeedPosition {
  readonly shard: ShardId
  readonly afterSeq: number
  /** Events at most. */
  readonly max: number
}

/** Every method throws {StoreUnavailableError} where the record does not answer. Safe to call again. */
export interface FeedJournal {
  /** Shards that were never owned are missing in the answer. */
  progress(shards: readonly ShardId[]): Promise<ShardProgress[]>
  /** The next events after each position, oldest first per shard. */
  read(positions: readonly FeedPosition[]): Promise<FeedEntry[]>
  /** A watermark never goes back: of two publishers that save at once, the higher one stands. */
  saveWatermarks(watermarks: ReadonlyMap<ShardId, number>): Promise<void>
}

export interface FeedMessage {
  readonly subject: string
  /** The stream takes one message of an id within its window; repeats are dropped and count as stored. */
  readonly id: string
  readonly body: string
}

export interface FeedStream {
  /** False: surely nothing would arrive now. */
  readonly isUp: boolean
  /**
   * Publishes in the order given. @returns per message whether the stream has acknowledged it; what it has not may be there all
   * the same.
   */
  publish(messages: readonly FeedMessage[]): Promise<boolean[]>
}

/** Where the loop of the feed brings what it reads: a stream on NATS, or the deliveries of webhooks. */
export interface FeedSink {
  /** False: surely nothing would arrive now. */
  readonly isUp: boolean
  /** @returns per entry whether it surely is there; what is not may be there all the same. In the order given. */
  put(entries: readonly FeedEntry[]): Promise<boolean[]>
}
