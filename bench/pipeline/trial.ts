/** One round against one of the systems: the same fleet, clients and books whichever it is. */
import { nowMs } from '../../src/sim/clock.ts'
import { Histogram } from '../../src/sim/histogram.ts'
import type { Sql } from '../../src/store/postgres.ts'
import type { Figures } from '../bench.ts'
import { CpuMeter, type Parts } from '../cpu-meter.ts'
import { deliveriesDue } from '../ingest/deliveries.ts'
import { benchFleet } from '../ingest/fleet.ts'
import { residentMb } from '../ingest/processes.ts'
import { countHistory, readWal } from '../ingest/record.ts'
import type { Rig } from '../ingest/rig.ts'
import { runIngest } from '../ingest/run.ts'
import { rounded } from '../rounded.ts'
import type { PipelineOptions, SystemName } from './options.ts'

export interface System {
  readonly name: SystemName
  readonly rig: Rig
  /** On its database. */
  readonly sql: Sql
  readonly parts: Parts
}

export interface Trial {
  readonly ratePerS: number
  readonly sent: number
  readonly acked: number
  readonly ackedPerS: number
  readonly stored: number
  readonly lost: number
  readonly repeated: number
  readonly refused: Readonly<Record<string, number>>
  readonly unanswered: number
  readonly delivered: number
  /** Positions of drivers who were watched. */
  readonly deliveriesDue: number
  readonly ack: Histogram
  readonly watch: Histogram
  readonly lateness: Histogram
  /** How long after the last position was sent the last one was acknowledged. */
  readonly drainMs: number
  /** By part, while it was measured. */
  readonly cpuS: Readonly<Record<string, number>>
  readonly generatorS: number
  /** Of work that is none of ours. */
  readonly othersCores: number | null
  readonly rssMb: number | null
  readonly walBytes: number
  readonly walSyncs: number
}

/** Backends report their counters at most once a second. */
const COUNTERS_SETTLE_MS = 1_200

export async function runTrial(system: System, options: PipelineOptions, ratePerS: number): Promise<Trial> {
  const { rig, sql } = system
  // A fleet of its own for each: what an earlier one has left in the tables is not counted again.
  const fleet = benchFleet(options.drivers, Math.floor(nowMs()).toString(36))
  const meter = new CpuMeter(system.parts)
  const pids = Object.entries(system.parts).flatMap(([name, pids]) => (name === 'postgres' ? [] : pids))
  let rssMb: number | null = null
  const walBefore = await readWal(sql)
  const run = await runIngest(rig, fleet, ingestOptions(options, ratePerS), {
    onStart: () => meter.start(),
    onEnd: () => {
      meter.end()
      rssMb = pids.reduce<number | null>((sum, pid) => plus(sum, residentMb(pid)), 0)
    },
  })
  await Bun.sleep(COUNTERS_SETTLE_MS)
  const wal = await readWal(sql)
  const { ledger, tally, lateness, elapsedS } = run
  const history = await countHistory(sql, fleet, ledger)
  return {
    ratePerS,
    sent: ledger.sentMeasured,
    acked: ledger.ackedMeasured,
    ackedPerS: ledger.ackedMeasured / elapsedS,
    ...history,
    refused: ledger.refusals.toObject(),
    unanswered: [...ledger.open].reduce((sum, batch) => sum + batch.drivers.length, 0),
    delivered: tally.fixesWatched,
    deliveriesDue: deliveriesDue({ ...options, ratePerS }, ledger.sentMeasured),
    ack: ledger.ack,
    watch: tally.watch,
    lateness,
    drainMs: Math.max(0, (elapsedS - options.durationS) * 1_000),
    cpuS: meter.seconds,
    generatorS: meter.generatorS,
    othersCores: meter.othersCores,
    rssMb,
    walBytes: wal.bytes - walBefore.bytes,
    walSyncs: wal.syncs - walBefore.syncs,
  }
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}

function ingestOptions(options: PipelineOptions, ratePerS: number): Parameters<typeof runIngest>[2] {
  return { ...options, ratePerS, readsPerS: 0, node: null, postgresUrl: null, nodes: 0 }
}

/** Rounds of one system taken together: sums, and the histograms merged. */
export function trialFigures(trials: readonly Trial[]): Figures {
  const sum = (of: (trial: Trial) => number): number => trials.reduce((total, trial) => total + of(trial), 0)
  const merged = (of: (trial: Trial) => Histogram): Histogram => {
    const all = new Histogram()
    for (const trial of trials) all.merge(of(trial))
    return all
  }
  const [ack, watch, late] = [merged(t => t.ack), merged(t => t.watch), merged(t => t.lateness)]
  const acked = sum(t => t.acked)
  const perMillion = (seconds: number): number | null => (acked === 0 ? null : rounded((seconds / acked) * 1e6))
  const parts = Object.keys(trials[0]?.cpuS ?? {})
  const servedS = sum(t => Object.values(t.cpuS).reduce((total, s) => total + s, 0))
  const generatorS = sum(t => t.generatorS)
  return {
    rate: trials[0]?.ratePerS ?? 0,
    sent: sum(t => t.sent),
    acked,
    acked_per_s: rounded(sum(t => t.ackedPerS) / Math.max(1, trials.length), 0),
    stored_total: sum(t => t.stored),
    delivered: sum(t => t.delivered),
    deliveries_due: sum(t => t.deliveriesDue),
    lost: sum(t => t.lost),
    repeated: sum(t => t.repeated),
    unanswered: sum(t => t.unanswered),
    refused: Object.assign({}, ...trials.map(t => t.refused)),
    ack_p50_ms: rounded(ack.quantile(0.5)),
    ack_p99_ms: rounded(ack.quantile(0.99)),
    watch_p50_ms: rounded(watch.quantile(0.5)),
    watch_p99_ms: rounded(watch.quantile(0.99)),
    drain_max_ms: rounded(Math.max(...trials.map(t => t.drainMs))),
    cpu_s_per_million: parts.length === 0 ? null : perMillion(servedS),
    cpu_s_per_million_by_part: Object.fromEntries(parts.map(name => [name, perMillion(sum(t => t.cpuS[name] ?? 0))])),
    generator_cpu_share: parts.length === 0 ? null : rounded(generatorS / Math.max(1e-9, generatorS + servedS)),
    others_cores: parts.length === 0 ? null : rounded(sum(t => t.othersCores ?? 0) / trials.length),
    generator_late_p99_ms: rounded(late.quantile(0.99)),
    rss_mb: trials.at(-1)?.rssMb ?? null,
    wal_bytes: sum(t => t.walBytes),
    wal_syncs: sum(t => t.walSyncs),
  }
}
