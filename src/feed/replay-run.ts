/**
 * Publishes a past stretch of the journal again, for a subscriber that lost something or is new. It touches neither stream nor
 * watermarks: the feed goes on beside it. It ends where the journal ended when it began.
 */
import type { ShardId } from '../domain/ids.ts'
import { bodyOf, eventIdOf } from './cloud-event.ts'
import { ROUND_EVENTS_MAX } from './limits.ts'
import type { FeedEntry, FeedJournal, FeedMessage } from './ports.ts'

export interface ReplayParts {
  readonly journal: FeedJournal
  /** Where each shard begins; it is read from the event after it. */
  readonly begin: readonly { readonly shard: ShardId; readonly afterSeq: number }[]
  readonly subject: string
  /** Names this run. Part of the message ids, or a stream with that subject would drop what it has had lately. */
  readonly run: string
  /** Resolves once the server has them. */
  readonly publish: (messages: readonly FeedMessage[]) => Promise<void>
}

export interface ReplayResult {
  readonly events: number
  readonly shards: number
}

/** The journal lacks an event that should be there: what follows it was not published. */
export class ReplayGapError extends Error {
  override readonly name = 'ReplayGapError'
}

/** @throws {ReplayGapError} @throws {StoreUnavailableError} @throws whatever `publish` throws; what came before is published. */
export async function replay({ journal, begin, subject, run, publish }: ReplayParts): Promise<ReplayResult> {
  const ends = new Map((await journal.progress(begin.map(b => b.shard))).map(({ shard, head }) => [shard, head]))
  let events = 0
  for (const { shard, afterSeq } of begin) {
    const end = ends.get(shard) ?? 0
    for (let at = afterSeq; at < end; ) {
      const entries = await journal.read([{ shard, afterSeq: at, max: Math.min(ROUND_EVENTS_MAX, end - at) }])
      checkGaps(entries, shard, at)
      await publish(entries.map(entry => messageOf(entry, subject, run)))
      at += entries.length
      events += entries.length
    }
  }
  return { events, shards: begin.length }
}

function checkGaps(entries: readonly FeedEntry[], shard: ShardId, afterSeq: number): void {
  const missing = entries.findIndex(({ seq }, i) => seq !== afterSeq + 1 + i)
  if (entries.length > 0 && missing < 0) return
  throw new ReplayGapError(`The journal of shard ${shard} lacks event ${afterSeq + 1 + Math.max(0, missing)}.`)
}

function messageOf(entry: FeedEntry, subject: string, run: string): FeedMessage {
  return { subject, id: `${eventIdOf(entry)}-replay-${run}`, body: bodyOf(entry) }
}
