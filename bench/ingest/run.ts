/** One run against one node: first sight of every driver, warm-up, the measured seconds, and the wait for what is open. */
import { Agenda } from '../../src/sim/agenda.ts'
import { nowMs } from '../../src/sim/clock.ts'
import type { Histogram } from '../../src/sim/histogram.ts'
import { Tally } from '../../src/sim/tally.ts'
import { Ticker } from '../../src/sim/ticker.ts'
import { Watchers } from '../../src/sim/watchers.ts'
import { Feed } from './feed.ts'
import { showEveryDriver } from './first-sight.ts'
import type { BenchFleet } from './fleet.ts'
import { BatchPosts, SinglePosts } from './http-senders.ts'
import { Ledger } from './ledger.ts'
import { type IngestOptions, STEP_MS } from './options.ts'
import { Reader } from './reader.ts'
import type { Rig } from './rig.ts'
import type { Sender } from './sender.ts'
import { StreamSender } from './stream-sender.ts'

export interface IngestRun {
  readonly ledger: Ledger
  readonly tally: Tally
  readonly reader: Reader
  /** From the first measured position to the last acknowledgement, at least the measured seconds. */
  readonly elapsedS: number
  readonly reconnects: number
  /** How late the generator itself was. */
  readonly lateness: Histogram
}

export interface RunHooks {
  /** The measured part begins; its books are good until the end. */
  onStart(books: { readonly ledger: Ledger; readonly tally: Tally }): void
  /** Its last position has been sent. */
  onEnd(): void
}

const DRAIN_MAX_MS = 15_000
const DRAIN_LOOK_MS = 10
/** Sockets of watchers open and get their first picture before anything is sent. */
const LEAD_MS = 500

export async function runIngest(
  rig: Rig,
  fleet: BenchFleet,
  options: IngestOptions,
  hooks: RunHooks,
): Promise<IngestRun> {
  const ledger = new Ledger(fleet.size)
  const tally = new Tally()
  const agenda = new Agenda()
  const reader = new Reader({ ...rig, fleet, ratePerS: options.readsPerS })
  const sender = senderOf(rig, fleet, options, ledger, agenda)
  const watchers = new Watchers({ ...rig, watchersMax: options.watchers, agenda, tally })
  try {
    await showEveryDriver(rig, fleet, ledger)
    await Promise.all([sender.open(), reader.open()])
    for (let i = 0; i < Math.min(options.watchers, fleet.size); i++) watchers.followDriver(fleet.driverId(i))
    const feed = feedOf(options, sender, ledger)
    await drive({ feed, agenda, reader, ledger, tally, hooks, stepMs: STEP_MS[options.protocol] })
    await drained(ledger, agenda)
    const elapsedS = Math.max(options.durationS, (ledger.lastAckAtMs - feed.measuredFromMs) / 1_000)
    const reconnects = sender instanceof StreamSender ? sender.reopened : 0
    return { ledger, tally, reader, elapsedS, reconnects, lateness: feed.lateness }
  } finally {
    watchers.close()
    sender.close()
    reader.close()
  }
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
  const { protocol, drivers, ratePerS, warmUpS, durationS } = options
  const stepMs = STEP_MS[protocol]
  const wholeSteps = (ms: number): number => Math.ceil(ms / stepMs) * stepMs
  return new Feed({
    sender,
    ledger,
    drivers,
    ratePerS,
    stepMs,
    startMs: wholeSteps(nowMs() + LEAD_MS),
    warmUpMs: wholeSteps(warmUpS * 1_000),
    durationMs: wholeSteps(durationS * 1_000),
  })
}

interface Drive {
  readonly feed: Feed
  readonly agenda: Agenda
  readonly reader: Reader
  readonly ledger: Ledger
  readonly tally: Tally
  readonly hooks: RunHooks
  readonly stepMs: number
}

/** Settles once the last position has been sent. */
function drive({ feed, agenda, reader, ledger, tally, hooks, stepMs }: Drive): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let started = false
  const tick = (): void => {
    const now = nowMs()
    agenda.runDue(now)
    if (!started && now >= feed.measuredFromMs) {
      started = true
      tally.watch.clear()
      tally.fixesWatched = 0
      reader.startAt(feed.measuredFromMs)
      hooks.onStart({ ledger, tally })
    }
    feed.tick(now)
    if (started) reader.tick(Math.min(now, feed.endMs))
    if (!feed.isOver) return
    ticker.stop()
    hooks.onEnd()
    resolve()
  }
  const ticker = new Ticker(stepMs, () => {
    try {
      tick()
    } catch (error) {
      ticker.stop()
      reject(error)
    }
  })
  ticker.start()
  return promise
}

/** What is open after so long stays open, and is reported as such. */
async function drained(ledger: Ledger, agenda: Agenda): Promise<void> {
  for (const untilMs = nowMs() + DRAIN_MAX_MS; ledger.open.size > 0 && nowMs() < untilMs; ) {
    await Bun.sleep(DRAIN_LOOK_MS)
    // Broken connections come back by the agenda.
    agenda.runDue(nowMs())
  }
}
