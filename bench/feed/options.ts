/** The flags of the feed bench. */
import { numberFlag, readFlags, requiredFlag } from '../flags.ts'

export interface FeedOptions {
  readonly natsUrl: string
  /** Null: an embedded one is started. */
  readonly postgresUrl: string | null
  readonly ordersPerS: number
  readonly durationS: number
  readonly backlog: number
  readonly shards: number
}

export const FEED_HELP = `bun run bench feed -- --nats-url URL [flags] [--json]

  --nats-url URL       a nats-server with JetStream; its stream WAGGLE_EVENTS is deleted first
  --postgres-url URL   an empty database of yours (an embedded one is started)
  --orders-per-s N     orders committed per second, of 6 events each (1000)
  --seconds N          for how long (20)
  --backlog N          events that wait before the feed starts (100000)
  --shards N           shards; a third of the orders goes to one of them (256)
`

/** @throws {FlagError} */
export function readFeedOptions(argv: readonly string[]): FeedOptions {
  const values = readFlags(argv, ['nats-url', 'postgres-url', 'orders-per-s', 'seconds', 'backlog', 'shards'])
  return {
    natsUrl: requiredFlag(values, 'nats-url'),
    postgresUrl: values['postgres-url'] ?? null,
    ordersPerS: numberFlag(values, 'orders-per-s', 1_000, { min: 1, max: 20_000, whole: true }),
    durationS: numberFlag(values, 'seconds', 20, { min: 1, max: 600 }),
    backlog: numberFlag(values, 'backlog', 100_000, { min: 1_000, max: 10_000_000, whole: true }),
    shards: numberFlag(values, 'shards', 256, { min: 1, max: 1_024, whole: true }),
  }
}
