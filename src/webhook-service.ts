/** Webhooks of a node: from the journal to deliveries, and from there to endpoints. Embedded and in a cluster alike. */
import type { Gateway } from './actors/gateway.ts'
import { systemClock } from './cluster/system-clock.ts'
import type { ShardId } from './domain/ids.ts'
import { EventFeed } from './feed/event-feed.ts'
import type { Started } from './started.ts'
import type { PersonalFields } from './store/personal-fields.ts'
import { disconnect } from './store/postgres.ts'
import { PostgresFeedJournal } from './store/postgres-feed-journal.ts'
import { WebhookQueue, webhookConnection } from './store/webhook-queue.ts'
import { WebhookJournal, WebhookSink } from './store/webhook-sink.ts'
import { hasWebhooks } from './store/webhooks.ts'
import { EndpointWatch } from './webhooks/endpoint-watch.ts'
import { poster } from './webhooks/post.ts'
import { WebhookSender } from './webhooks/sender.ts'

export interface WebhookServiceParts {
  readonly postgresUrl: string
  readonly personal: PersonalFields | undefined
  /** Call private addresses too, and http://. */
  readonly allowPrivate: boolean
  readonly gateway: Pick<Gateway, 'listen'>
  /** Those that this node serves now. */
  readonly shardsServed: () => readonly ShardId[]
  readonly version: string
  readonly log: (sentence: string) => void
}

export interface WebhookService {
  readonly feed: EventFeed
  readonly sender: WebhookSender
  /** An endpoint was made by this node: what happens from now on is looked for at once. */
  readonly changed: () => void
}

/** What it starts is ended by `started`. */
export function startWebhooks(parts: WebhookServiceParts, started: Started): WebhookService {
  const { postgresUrl, personal, allowPrivate, gateway, shardsServed, version, log } = parts
  const sql = webhookConnection(postgresUrl, personal)
  started.push(() => disconnect(sql))
  const onError = (error: unknown): void => log(`webhooks met an error: ${String(error)}`)
  const common = { shardsServed, clock: systemClock, onTrouble: log, onError }
  const endpoints = new EndpointWatch({ ask: () => hasWebhooks(sql), clock: systemClock })
  const sender = new WebhookSender({
    ...common,
    endpoints,
    queue: new WebhookQueue(sql, Math.random),
    post: poster({ allowPrivate }),
    random: Math.random,
    userAgent: `waggle/${version}`,
  })
  const feed = new EventFeed({
    ...common,
    journal: new WebhookJournal(endpoints, new PostgresFeedJournal(sql, undefined, 'webhook_watermarks')),
    sink: new WebhookSink(sql, () => sender.hint()),
    name: 'The feed of webhooks',
  })
  gateway.listen({ onFix: () => undefined, onPublish: () => feed.hint(), onUnheard: () => feed.hint() })
  feed.start()
  sender.start()
  started.push(() => sender.stop())
  started.push(() => feed.stop())
  const changed = (): void => {
    endpoints.changed()
    feed.hint()
    sender.hint()
  }
  return { feed, sender, changed }
}
