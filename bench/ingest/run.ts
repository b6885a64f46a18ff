/** One run against one node: first sight of every driver, warm-up, the measured seconds, and the wait for what is open. */
import { Agenda } from '../../src/sim/agenda.ts'
import { nowMs } from '../../src/sim/clock.ts'
import type { Histogram } from '../../src/sim/histogram.ts'
import { randomStream } from '../../src/sim/random.ts'
import { Tally } from '../../src/sim/tally.ts'
import { Watchers } from '../../src/sim/watchers.ts'
import type { ReadPlan, ReadReport } from '../reads/plan.ts'
import { Reading } from '../reads/reading.ts'
import { ticksUntilOver } from '../ticking.ts'
import { deliveriesDue, watchedDrivers } from './deliveries.ts'
import { Feed } from './feed.ts'
import { showEveryDriver } from './first-sight.ts'
import type { BenchFleet } from './fleet.ts'
import { BatchPosts, SinglePosts } from './http-senders.ts'
import { Ledger } from './ledger.ts'
import { type IngestOptions, STEP_MS } from './options.ts'
import type { Rig } from './rig.ts'
import type { Sender } from './sender.ts'
import { StreamSender } from './stream-sender.ts'

export interface IngestRun {
  readonly ledger: Ledger
  readonly tally: Tally
  /** Of current positions, all the while: reads must not suffer from writes. Null: none were made. */
  readonly reads: ReadReport | null
  /** From the first measured position to the last acknowledgement, at least the measured seconds. */
  readonly elapsedS: number
  readonly reconnects: number
  /** How late the generator itself was. */
  readonly lateness: Histogram
}

export interface Books {
  readonly ledger: Ledger
  readonly tally: Tally
  /** Processes of the generator, besides this one. */
  readonly generatorPids: readonly number[]
}

export interface RunHooks {
  /** The measured part begins; its books are good until the end. */
  onStart(books: Books): void
  /** Its last position has been sent. */
  onEnd(): void
}

const DRAIN_MAX_MS = 15_000
const DRAIN_LOOK_MS = 10
/** A node that is behind shows the latest only, so they need not all come. */
const SEEN_MAX_MS = 1_000
/** Sockets of watchers open and get their first picture before anything is sent. */
const LEAD_MS = 500
const READ_CONNECTIONS = 8
const READ_DRAIN_MAX_S = 5
/** Different ones; after them they come again. */
const READ_PATHS = 5_000

export async function runIngest(
  rig: Rig,
  fleet: BenchFleet,
  options: IngestOptions,
  hooks: RunHooks,
): Promise<IngestRun> {
  const ledger = new Ledger(fleet.size)
  const tally = new Tally()
  const agenda = new Agenda()
  const sender = senderOf(rig, fleet, options, ledger, agenda)
  const watchers = new Watchers({ ...rig, watchersMax: options.watchers, agenda, tally })
  let reading: Reading | null = null
  try {
    await showEveryDriver(rig, fleet, ledger)
    await sender.open()
    if (options.readsPerS > 0) reading = await Reading.open(readsOf(rig, fleet, options))
    for (const driver of watchedDrivers({ ...options, drivers: fleet.size }))
      watchers.followDriver(fleet.driverId(driver))
    const feed = feedOf(options, sender, ledger)
    // By when they were due: what is sent of the warm-up may be seen when the measured part has begun.
    tally.watchedFromMs = feed.measuredFromMs
    const books = { ledger, tally, generatorPids: reading === null ? [] : [reading.pid] }
    const [reads] = await Promise.all([
      reading?.run({}, feed.measuredFromMs - warmUpMs(options)) ?? null,
      drive({ feed, agenda, books, hooks, stepMs: STEP_MS[options.protocol] }),
    ])
    await drained(ledger, agenda)
    await allSeen(tally, deliveriesDue(options, ledger.sentMeasured))
    const elapsedS = Math.max(options.durationS, (ledger.lastAckAtMs - feed.measuredFromMs) / 1_000)
    const reconnects = sender instanceof StreamSender ? sender.reopened : 0
    return { ledger, tally, reads, elapsedS, reconnects, lateness: feed.lateness }
  } finally {
    watchers.close()
    sender.close()
    reading?.close()
  }
}

function readsOf({ url, token }: Rig, fleet: BenchFleet, options: IngestOptions): ReadPlan {
  const { readsPerS: ratePerS, durationS } = options
  const random = randomStream(1, 'reads')
  const path = () => `/v1/drivers/${fleet.driverId(Math.floor(random() * fleet.size))}/location`
  const paths = Array.from({ length: READ_PATHS }, path)
  const common = { url, token, paths, ratePerS, durationS, connections: READ_CONNECTIONS, drainMaxS: READ_DRAIN_MAX_S }
  return { ...common, warmUpS: warmUpMs(options) / 1_000 }
}

function senderOf(rig: Rig, fleet: BenchFleet, options: IngestOptions, ledger: Ledger, agenda: Agenda): Sender {
  const common = { url: rig.url, token: rig.token, connections: options.connections, fleet, ledger }
  switch (options.protocol) {
    case 'http':
      return new SinglePosts(common)
    case 'http-batch':
      return new BatchPosts(common)
    case 'json':
    case 'msgpack':
      return new StreamSender({ ...common, protocol: options.protocol, agenda })
  }
}

function feedOf(options: IngestOptions, sender: Sender, ledger: Ledger): Feed {
  const { protocol, drivers, ratePerS, durationS } = options
  const stepMs = STEP_MS[protocol]
  return new Feed({
    sender,
    ledger,
    drivers,
    ratePerS,
    stepMs,
    startMs: wholeSteps(options, nowMs() + LEAD_MS),
    warmUpMs: warmUpMs(options),
    durationMs: wholeSteps(options, durationS * 1_000),
  })
}

function warmUpMs(options: IngestOptions): number {
  return wholeSteps(options, options.warmUpS * 1_000)
}

function wholeSteps({ protocol }: IngestOptions, ms: number): number {
  const stepMs = STEP_MS[protocol]
  return Math.ceil(ms / stepMs) * stepMs
}

interface Drive {
  readonly feed: Feed
  readonly agenda: Agenda
  readonly books: Books
  readonly hooks: RunHooks
  readonly stepMs: number
}

/** Settles once the last position has been sent. */
function drive({ feed, agenda, books, hooks, stepMs }: Drive): Promise<void> {
  let started = false
  return ticksUntilOver(stepMs, () => {
    const now = nowMs()
    agenda.runDue(now)
    if (!started && now >= feed.measuredFromMs) {
      started = true
      hooks.onStart(books)
    }
    feed.tick(now)
    if (!feed.isOver) return 'goes_on'
    hooks.onEnd()
    return 'over'
  })
}

/** What is acknowledged may be on its way to its watchers still. */
async function allSeen(tally: Tally, due: number): Promise<void> {
  for (const untilMs = nowMs() + SEEN_MAX_MS; tally.fixesWatched < due && nowMs() < untilMs; ) {
    await Bun.sleep(DRAIN_LOOK_MS)
  }
}

/** What is open after so long stays open, and is reported as such. */
async function drained(ledger: Ledger, agenda: Agenda): Promise<void> {
  for (const untilMs = nowMs() + DRAIN_MAX_MS; ledger.open.size > 0 && nowMs() < untilMs; ) {
    await Bun.sleep(DRAIN_LOOK_MS)
    // Broken connections come back by the agenda.
    agenda.runDue(nowMs())
  }
}
