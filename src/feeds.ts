/** What a node publishes for subscribers over NATS: its events, and positions where that is wanted. */
import type { Gateway } from './actors/gateway.ts'
import type { Log } from './actors/runtime/log.ts'
import type { NatsLink } from './cluster/nats/connect.ts'
import { NatsEventStream } from './cluster/nats/nats-event-stream.ts'
import { NatsPositionsFeed } from './cluster/nats/nats-positions-feed.ts'
import { systemClock } from './cluster/system-clock.ts'
import type { NatsConfig } from './config/nats.ts'
import type { ShardId } from './domain/ids.ts'
import { modeOfDriver } from './domain/mode.ts'
import { EventFeed } from './feed/event-feed.ts'
import { streamSink } from './feed/stream-sink.ts'
import type { Started } from './started.ts'
import { disconnect } from './store/postgres.ts'
import { feedConnection, PostgresFeedJournal } from './store/postgres-feed-journal.ts'

export interface FeedsParts {
  readonly config: NatsConfig
  readonly link: NatsLink
  readonly postgresUrl: string
  readonly gateway: Pick<Gateway, 'listen'>
  /** Those that this node serves now. */
  readonly shardsServed: () => readonly ShardId[]
  readonly log: Log
}

export interface Feeds {
  readonly events: EventFeed
  /** Null: not wanted. */
  readonly positions: NatsPositionsFeed | null
}

/** Needs nothing of NATS yet. What it starts is ended by `started`. */
export async function startFeeds(parts: FeedsParts, started: Started): Promise<Feeds> {
  const { config, link, postgresUrl, gateway, shardsServed, log } = parts
  const { ageMaxMs, bytesMax, isPublishingPositions } = config.feed
  const sql = feedConnection(postgresUrl)
  started.push(() => disconnect(sql))
  const limits = { ageMaxMs, bytesMax, replicas: config.replicas }
  const events = new EventFeed({
    journal: new PostgresFeedJournal(sql),
    sink: streamSink(await NatsEventStream.open({ link, clock: systemClock, limits, onTrouble: log.warn })),
    name: 'The event feed',
    shardsServed,
    clock: systemClock,
    onTrouble: log.warn,
    onError: error => log.error(`the event feed met an error: ${String(error)}`),
  })
  const positions = isPublishingPositions ? new NatsPositionsFeed(link, systemClock) : null
  gateway.listen({
    onFix: fix => {
      if (modeOfDriver(fix.driverId) === 'live') positions?.put(fix)
    },
    // Whatever actors tell is committed: there is something to publish.
    onPublish: () => events.hint(),
    onUnheard: () => events.hint(),
  })
  events.start()
  started.push(() => events.stop())
  started.push(() => positions?.stop())
  return { events, positions }
}
