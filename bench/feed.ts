/**
 * How many events per second go through the feed, and how late is one at a subscriber?
 *
 * What to expect on 2 cores with everything beside each other: a round takes up to 1,000 events and costs a query of 3 ms, 10 ms
 * to put them together and hand them over, a millisecond for the watermarks, and rests 10 ms: some 40,000 events/s from a backlog.
 * At 1,000 orders/s (6,000 events/s) a round finds some 100 events; from commit to subscriber an event waits for half a round and
 * one publish: 10 to 20 ms. The commits are made here too, 10 at a time each 10 ms, on the same two cores.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NatsLink } from '../src/cluster/nats/connect.ts'
import { NatsEventStream } from '../src/cluster/nats/nats-event-stream.ts'
import { readNatsTarget } from '../src/cluster/nats/nats-target.ts'
import { systemClock } from '../src/cluster/system-clock.ts'
import type { ShardId } from '../src/domain/ids.ts'
import { EventFeed } from '../src/feed/event-feed.ts'
import { streamSink } from '../src/feed/stream-sink.ts'
import { EVENT_STREAM } from '../src/feed/subjects.ts'
import { Histogram } from '../src/sim/histogram.ts'
import { discardEmbeddedPostgres, startEmbeddedPostgres } from '../src/store/embedded/embedded-postgres.ts'
import { migrate } from '../src/store/migrations/migrate.ts'
import { connect, disconnect } from '../src/store/postgres.ts'
import { feedConnection, PostgresFeedJournal } from '../src/store/postgres-feed-journal.ts'
import { journalConnection, PostgresJournal } from '../src/store/postgres-journal.ts'
import { type Bench, type BenchResult, type Figures, NoResultError } from './bench.ts'
import { EVENTS_PER_ORDER, GROUP_MAX, Load } from './feed/load.ts'
import { FEED_HELP, type FeedOptions, readFeedOptions } from './feed/options.ts'
import { readSafeServer } from './ingest/record.ts'

export const feedBench: Bench = {
  name: 'feed',
  question: 'How many events per second are published, and how late is one at a subscriber?',
  help: FEED_HELP,
  run: runFeed,
}

const GROUP_EVERY_MS = 10
const SETTLE_MAX_MS = 120_000
const STREAM_LIMITS = { ageMaxMs: 3_600_000, bytesMax: 2_147_483_648, replicas: 1 }
/** Events that are waited for after the load ends are not part of its rate. */
const SAMPLE_EVERY_MS = 100

async function runFeed(argv: readonly string[], progress: (sentence: string) => void): Promise<BenchResult> {
  const options = readFeedOptions(argv)
  const ends: (() => Promise<unknown>)[] = []
  try {
    return await measure(options, await startRecord(options, ends, progress), ends, progress)
  } finally {
    for (let end = ends.pop(); end; end = ends.pop()) await end()
  }
}

async function startRecord(
  { postgresUrl }: FeedOptions,
  ends: (() => Promise<unknown>)[],
  log: (sentence: string) => void,
): Promise<string> {
  if (postgresUrl !== null) return postgresUrl
  const dir = await mkdtemp(join(tmpdir(), 'waggle-bench-'))
  ends.push(() => rm(dir, { recursive: true, force: true }))
  const dataDir = join(dir, 'record')
  const server = await startEmbeddedPostgres({ dataDir, log })
  ends.push(() => discardEmbeddedPostgres(dataDir), server.stop)
  return server.url
}

async function measure(
  options: FeedOptions,
  postgresUrl: string,
  ends: (() => Promise<unknown>)[],
  progress: (sentence: string) => void,
): Promise<BenchResult> {
  const link = async (name: string) => {
    const target = readNatsTarget(options.natsUrl)
    const opened = await NatsLink.open({ target, name, clock: systemClock, onEvent: () => undefined })
    ends.push(() => opened.close())
    return opened
  }
  const sql = connect(postgresUrl, { max: 1, applicationName: 'bench feed' })
  ends.push(() => disconnect(sql))
  await migrate(sql)
  const server = await readSafeServer(sql)
  const commits = journalConnection(postgresUrl, { max: 2, applicationName: 'bench commits' })
  const reads = feedConnection(postgresUrl)
  ends.push(
    () => disconnect(commits),
    () => disconnect(reads),
  )
  const shards = Array.from({ length: options.shards }, (_, shard) => shard as ShardId)
  const record = new PostgresJournal(commits)
  const epochs = await record.takeShards(shards, 'bench')
  if (epochs.some(epoch => epoch !== 1)) throw new NoResultError('the database is not empty')
  const owner = await link('bench feed')
  await forgetStream(owner)
  const troubles: string[] = []
  const feed = new EventFeed({
    journal: new PostgresFeedJournal(reads),
    sink: streamSink(
      await NatsEventStream.open({
        link: owner,
        clock: systemClock,
        limits: STREAM_LIMITS,
        onTrouble: said => troubles.push(said),
      }),
    ),
    name: 'The event feed',
    shardsServed: () => shards,
    clock: systemClock,
    onTrouble: said => troubles.push(said),
    onError: error => troubles.push(String(error)),
  })
  ends.push(() => feed.stop())
  const parts = { options, feed, load: new Load(record, options.shards), listener: await link('bench subscriber') }
  const backlog = await measureBacklog(parts, progress)
  const live = await measureLive(parts, progress)
  if (troubles.length > 0) throw new NoResultError(`the feed was in trouble: ${troubles[0]}`)
  const common = { orders_per_s: options.ordersPerS, seconds: options.durationS, shards: options.shards }
  return { figures: { ...common, ...backlog, ...live, fsync: server.fsync }, postgresVersion: server.version }
}

async function forgetStream(link: NatsLink): Promise<void> {
  const manager = await link.connection.jetstreamManager()
  const names = await manager.streams.names().next()
  if (names.includes(EVENT_STREAM)) await manager.streams.delete(EVENT_STREAM)
}

interface Parts {
  readonly options: FeedOptions
  readonly feed: EventFeed
  readonly load: Load
  readonly listener: NatsLink
}

async function measureBacklog({ options, feed, load }: Parts, progress: (s: string) => void): Promise<Figures> {
  const orders = Math.ceil(options.backlog / EVENTS_PER_ORDER)
  progress(`${orders * EVENTS_PER_ORDER} events wait`)
  for (let done = 0; done < orders; done += GROUP_MAX) await load.commit(Math.min(GROUP_MAX, orders - done))
  const startMs = performance.now()
  const before = process.cpuUsage()
  feed.start()
  await published(feed, orders * EVENTS_PER_ORDER)
  const tookS = (performance.now() - startMs) / 1_000
  const { user, system } = process.cpuUsage(before)
  return {
    backlog_events: feed.published,
    backlog_events_per_s: Math.round(feed.published / tookS),
    // Of this process: comparable on a machine that others use too.
    feed_cpu_us_per_event: rounded((user + system) / feed.published),
  }
}

async function measureLive({ options, feed, load, listener }: Parts, progress: (s: string) => void): Promise<Figures> {
  const { ordersPerS, durationS } = options
  progress(`${ordersPerS} orders/s for ${durationS} s`)
  const [delays, afterCommit, commitMs] = [new Histogram(), new Histogram(), new Histogram()]
  listener.connection.subscribe('waggle.events.*', {
    callback: (_, message) => {
      const { time, subject } = message.json<{ time: string; subject: string }>()
      delays.record(Math.max(0, Date.now() - Date.parse(time)))
      // Heard before the commit's answer came back: not late at all.
      const committedMs = load.committedAtMs(subject)
      afterCommit.record(committedMs === null ? 0 : performance.now() - committedMs)
    },
  })
  await listener.connection.flush()
  let lagMax = 0
  const sampling = setInterval(() => {
    lagMax = Math.max(lagMax, total(feed.lag()))
  }, SAMPLE_EVERY_MS)
  const before = feed.published
  const startMs = performance.now()
  const orders = await openLoop(options, async (due, count) => {
    await load.commit(count)
    feed.hint()
    commitMs.record(performance.now() - due)
  })
  const loadS = (performance.now() - startMs) / 1_000
  await published(feed, before + orders * EVENTS_PER_ORDER)
  clearInterval(sampling)
  await listener.connection.flush()
  return {
    events: feed.published - before,
    committed_events_per_s: Math.round((orders * EVENTS_PER_ORDER) / loadS),
    commit_p50_ms: rounded(commitMs.quantile(0.5)),
    commit_p99_ms: rounded(commitMs.quantile(0.99)),
    // From the moment the commit was sent to the subscriber's callback.
    heard: delays.count,
    heard_p50_ms: rounded(delays.quantile(0.5)),
    heard_p99_ms: rounded(delays.quantile(0.99)),
    heard_max_ms: rounded(delays.maxMs),
    // From the answer to the commit, so without what the record itself took.
    heard_after_commit_p50_ms: rounded(afterCommit.quantile(0.5)),
    heard_after_commit_p99_ms: rounded(afterCommit.quantile(0.99)),
    lag_max_events: lagMax,
  }
}

/** Groups are sent when they are due, whether or not the ones before are back. @returns orders committed. */
async function openLoop(
  { ordersPerS, durationS }: FeedOptions,
  commit: (dueMs: number, orders: number) => Promise<void>,
): Promise<number> {
  const startMs = performance.now()
  const under: Promise<void>[] = []
  let sent = 0
  for (let step = 1; step <= (durationS * 1_000) / GROUP_EVERY_MS; step++) {
    const dueMs = startMs + step * GROUP_EVERY_MS
    await Bun.sleep(Math.max(0, dueMs - performance.now()))
    const wanted = Math.floor((ordersPerS * step * GROUP_EVERY_MS) / 1_000) - sent
    for (let left = wanted; left > 0; left -= GROUP_MAX) under.push(commit(dueMs, Math.min(GROUP_MAX, left)))
    sent += wanted
  }
  await Promise.all(under)
  return sent
}

async function published(feed: EventFeed, events: number): Promise<void> {
  const endMs = performance.now() + SETTLE_MAX_MS
  while (feed.published < events) {
    if (performance.now() > endMs) throw new NoResultError(`${events - feed.published} events were not published`)
    await Bun.sleep(5)
  }
}

function total(lag: ReadonlyMap<ShardId, number>): number {
  return [...lag.values()].reduce((sum, events) => sum + events, 0)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
