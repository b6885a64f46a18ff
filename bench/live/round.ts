/** One round: positions at a fixed rate, and everybody who watches. */
import { Agenda } from '../../src/sim/agenda.ts'
import { nowMs } from '../../src/sim/clock.ts'
import { Histogram } from '../../src/sim/histogram.ts'
import { CpuMeter } from '../cpu-meter.ts'
import { Feed } from '../ingest/feed.ts'
import type { BenchFleet } from '../ingest/fleet.ts'
import { Ledger } from '../ingest/ledger.ts'
import type { Rig } from '../ingest/rig.ts'
import { StreamSender } from '../ingest/stream-sender.ts'
import { ticksUntilOver } from '../ticking.ts'
import type { LiveOptions } from './options.ts'
import { TopicReader } from './topic-reader.ts'

export interface Round {
  /** Of the whole round, warm-up included. */
  readonly due: number
  readonly delivered: number
  readonly deliveredPerS: number
  readonly age: Histogram
  readonly missedSilently: number
  /** Of those who read: told that they were too slow. */
  readonly announced: number
  readonly slow: { readonly gaps: number; readonly announced: number; readonly missedSilently: number } | null
  readonly cpu: CpuMeter
  readonly lateness: Histogram
}

const STEP_MS = 10
const CONNECTIONS = 4
const LEAD_MS = 200
const DRAIN_MAX_MS = 10_000
const TOPIC = 'fleet'

export async function runRound(
  rig: Rig,
  fleet: BenchFleet,
  options: LiveOptions,
  kind: 'all read' | 'one reads nothing',
): Promise<Round> {
  const age = new Histogram()
  const readers = Array.from({ length: options.watchers }, () => new TopicReader({ ...rig, topic: TOPIC, age }))
  const slow = kind === 'all read' ? null : new TopicReader({ ...rig, topic: TOPIC, age: new Histogram() })
  const ledger = new Ledger(fleet.size)
  const agenda = new Agenda()
  const sender = new StreamSender({ ...rig, protocol: 'msgpack', connections: CONNECTIONS, fleet, ledger, agenda })
  const cpu = new CpuMeter({ node: rig.nodePid === null ? [] : [rig.nodePid] })
  try {
    for (const reader of [...readers, ...(slow ? [slow] : [])]) await reader.open()
    await sender.open()
    slow?.pause()
    const feed = feedOf(options, sender, ledger)
    const received = (): number => readers.reduce((sum, reader) => sum + reader.received, 0)
    let receivedBefore = 0
    const startedMs = await drive(feed, agenda, () => {
      receivedBefore = received()
      age.clear()
      cpu.start()
    })
    cpu.end()
    // Warm-up included: where it ends no message says.
    const due = ledger.sentOf.reduce((sum, sent) => sum + sent, 0) * readers.length
    const announced = (): number => readers.reduce((sum, reader) => sum + reader.announced, 0)
    const isOver = (): boolean => received() + announced() >= due && ledger.open.size === 0
    for (const untilMs = nowMs() + DRAIN_MAX_MS; !isOver() && nowMs() < untilMs; ) await Bun.sleep(10)
    const elapsedS = Math.max(options.durationS, (nowMs() - startedMs) / 1_000)
    if (slow) await caughtUp(slow, readers[0]?.lastSeq ?? 0)
    return {
      due,
      delivered: received(),
      deliveredPerS: (received() - receivedBefore) / elapsedS,
      age,
      missedSilently: readers.reduce((sum, reader) => sum + reader.missedSilently, 0),
      announced: announced(),
      slow: slow && { gaps: slow.gaps, announced: slow.announced, missedSilently: slow.missedSilently },
      cpu,
      lateness: feed.lateness,
    }
  } finally {
    for (const reader of [...readers, ...(slow ? [slow] : [])]) reader.close()
    sender.close()
  }
}

function feedOf(options: LiveOptions, sender: StreamSender, ledger: Ledger): Feed {
  const wholeSteps = (ms: number): number => Math.ceil(ms / STEP_MS) * STEP_MS
  return new Feed({
    sender,
    ledger,
    drivers: options.drivers,
    ratePerS: options.ratePerS,
    stepMs: STEP_MS,
    startMs: wholeSteps(nowMs() + LEAD_MS),
    warmUpMs: wholeSteps(options.warmUpS * 1_000),
    durationMs: wholeSteps(options.durationS * 1_000),
  })
}

/** @returns when the measured part began. */
async function drive(feed: Feed, agenda: Agenda, onStart: () => void): Promise<number> {
  let started = false
  await ticksUntilOver(STEP_MS, () => {
    const now = nowMs()
    agenda.runDue(now)
    if (!started && now >= feed.measuredFromMs) {
      started = true
      onStart()
    }
    feed.tick(now)
    return feed.isOver ? 'over' : 'goes_on'
  })
  return feed.measuredFromMs
}

/** It reads again: now it must learn of all that it missed. */
async function caughtUp(slow: TopicReader, lastSeq: number): Promise<void> {
  slow.resume()
  for (const untilMs = nowMs() + DRAIN_MAX_MS; slow.lastSeq < lastSeq && nowMs() < untilMs; ) await Bun.sleep(10)
  // What never came is missing without a word.
  slow.missedSilently += Math.max(0, lastSeq - slow.lastSeq)
}
