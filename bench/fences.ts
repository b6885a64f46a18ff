/**
 * What do geofences cost a position? CPU of node and Postgres per position with none, with 100 and with 25,000 fences, over
 * HTTP and the worker threads, as users run it; by turns, on one node and one record.
 *
 * What to expect: a position costs the node and its Postgres some 20 to 30 µs. To look at it for fences costs the core of a cell
 * and, of the fences that touch that cell, a box each: well under a microsecond where fences are as dense as addresses that
 * matter are in a city (2.5 per km²). What is dear is what they are for: a crossing is a turn of the driver with a commit, some 100 µs, and one in
 * forty positions makes one. So a tenth or so more, most of it crossings. In a city full of fences (--spread 16: 98 per km²) every
 * position crosses something, and the commits of that are what is measured.
 */
import { loadavg } from 'node:os'
import { nowMs } from '../src/sim/clock.ts'
import { connect, disconnect, type Sql } from '../src/store/postgres.ts'
import type { Bench, BenchResult } from './bench.ts'
import { CpuMeter } from './cpu-meter.ts'
import { figure, filed, layFences } from './fences/lay.ts'
import { FENCES_HELP, type FencesOptions, readFencesOptions } from './fences/options.ts'
import { type BenchFleet, benchFleet } from './ingest/fleet.ts'
import { postmasterOf } from './ingest/processes.ts'
import { readSafeServer } from './ingest/record.ts'
import { type Rig, startRig } from './ingest/rig.ts'
import { runIngest } from './ingest/run.ts'
import { rounded } from './rounded.ts'

export const fencesBench: Bench = {
  name: 'fences',
  question: 'What do 25,000 geofences cost a position, and is a crossing dropped?',
  help: FENCES_HELP,
  run: async (argv, progress) => {
    const options = readFencesOptions(argv)
    // Two threads, so that what is measured crosses between them.
    const rig = await startRig({ node: null, postgresUrl: null, nodes: 0 }, progress, { WAGGLE_WORKERS: '2' })
    const sql = connect(rig.postgresUrl, { max: 1, applicationName: 'bench fences', statementTimeoutMs: 120_000 })
    try {
      return await measured({ rig, sql, options, progress })
    } finally {
      await disconnect(sql)
      await rig.stop()
    }
  },
}

interface Setting {
  readonly rig: Rig
  readonly sql: Sql
  readonly options: FencesOptions
  readonly progress: (sentence: string) => void
}

interface Run {
  readonly fences: number
  readonly acked: number
  readonly cpuS: number
  readonly nodeCpuS: number
  readonly ackP99Ms: number
  readonly crossings: number
  readonly filedMs: number
  readonly othersCores: number
  /** Everything was acknowledged, and no thread died and filed all fences anew meanwhile. */
  readonly isWhole: boolean
}

const COMMITTED_WITHIN_MS = 5_000
const LOOK_EVERY_MS = 100

const RESTARTS = 'waggle_worker_restarts_total'
const CROSSED = ['entered', 'left', 'dwelled'].map(event => `waggle_geofence_events_total{event="${event}"}`)
const DROPPED = ['too_many', 'shard_lost', 'not_stored'].map(
  reason => `waggle_geofence_events_dropped_total{reason="${reason}"}`,
)

async function measured(setting: Setting): Promise<BenchResult> {
  const { rig, sql, options, progress } = setting
  const server = await readSafeServer(sql)
  const loadBefore = loadavg()[0] ?? 0
  const runs: Run[] = []
  const fleet = benchFleet(options.drivers, Math.floor(nowMs()).toString(36))
  const postmasterPid = postmasterOf(server.backendPid)
  const counts = [0, 100, options.fences]
  progress('one round that does not count: code is compiled, drivers are made')
  await oneRun(setting, { fences: 0, fleet, postmasterPid })
  for (let round = 0; round < options.rounds; round++) {
    // There and back, so that what only grows (the record, the heap) weighs on all alike.
    for (const fences of round % 2 === 0 ? counts : counts.toReversed()) {
      progress(`round ${round + 1} of ${options.rounds}: ${fences} fences`)
      runs.push(await oneRun(setting, { fences, fleet, postmasterPid }))
    }
  }
  const crossings = await sumOf(rig, CROSSED)
  const committed = await committedOf(sql, crossings)
  const [none, few, many] = counts.map(fences => summary(runs.filter(run => run.fences === fences && run.isWhole)))
  const more = (of: typeof none) => rounded((of?.cpu_us_per_position ?? 0) / (none?.cpu_us_per_position ?? 1) - 1)
  return {
    figures: {
      rate: options.ratePerS,
      drivers: options.drivers,
      seconds: options.durationS,
      rounds: options.rounds,
      radius_m: options.radiusM,
      spread_km: options.spreadKm,
      worker_threads: 2,
      fences: options.fences,
      with_none: none ?? null,
      with_100: few ?? null,
      with_all: many ?? null,
      // Parts of what a position costs without any.
      more_cpu_with_100: more(few),
      more_cpu_with_all: more(many),
      // Not counted above: something was refused, or a thread died.
      runs_left_out: runs.filter(run => !run.isWhole).length,
      crossings,
      crossings_committed: committed,
      dropped: await sumOf(rig, DROPPED),
      load_average_before: rounded(loadBefore),
      fsync: server.fsync,
      synchronous_commit: server.synchronous_commit,
    },
    postgresVersion: server.version,
  }
}

/** The last ones collect for a moment before they are committed. @returns how many are, at the latest after some seconds. */
async function committedOf(sql: Sql, crossings: number): Promise<number> {
  const untilMs = nowMs() + COMMITTED_WITHIN_MS
  for (;;) {
    const [row] = await sql<{ count: number }[]>`
      select count(*)::int as count from journal where type like 'geofence%'`
    const count = row?.count ?? 0
    if (count >= crossings || nowMs() > untilMs) return count
    await Bun.sleep(LOOK_EVERY_MS)
  }
}

interface RunOf {
  readonly fences: number
  readonly fleet: BenchFleet
  readonly postmasterPid: number | null
}

async function oneRun({ rig, sql, options }: Setting, { fences, fleet, postmasterPid }: RunOf): Promise<Run> {
  await layFences(sql, fences, options)
  const filedMs = await filed(rig, fences)
  const cpu = new CpuMeter({
    ...(rig.nodePid === null ? {} : { node: [rig.nodePid] }),
    ...(postmasterPid === null ? {} : { postgres: [postmasterPid] }),
  })
  const { ratePerS, drivers, durationS } = options
  // Where fences were laid or taken away around a driver that is a crossing, with its next report: measured is what comes after it.
  const warmUpS = Math.max(options.warmUpS, Math.ceil(drivers / ratePerS) + 1)
  const ingest = {
    protocol: 'msgpack',
    ratePerS,
    drivers,
    durationS,
    warmUpS,
    watchers: 0,
    connections: 4,
    readsPerS: 0,
    node: null,
    postgresUrl: null,
    nodes: 0,
  } as const
  const before = await sumOf(rig, CROSSED)
  const restartsBefore = await figure(rig, RESTARTS)
  const { ledger } = await runIngest(rig, fleet, ingest, { onStart: () => cpu.start(), onEnd: () => cpu.end() })
  return {
    fences,
    acked: ledger.ackedMeasured,
    cpuS: cpu.servedS ?? 0,
    nodeCpuS: cpu.seconds.node ?? 0,
    ackP99Ms: ledger.ack.quantile(0.99),
    crossings: (await sumOf(rig, CROSSED)) - before,
    filedMs,
    othersCores: cpu.othersCores ?? 0,
    isWhole: ledger.ackedMeasured === ledger.sentMeasured && (await figure(rig, RESTARTS)) === restartsBefore,
  }
}

async function sumOf(rig: Rig, names: readonly string[]): Promise<number> {
  const values = await Promise.all(names.map(name => figure(rig, name)))
  return values.reduce((total, value) => total + value, 0)
}

/** The median of the rounds, so that one that met other work does not count. */
function summary(runs: readonly Run[]) {
  const median = (of: (run: Run) => number): number => {
    const sorted = runs.map(of).sort((a, b) => a - b)
    const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? 0, sorted[sorted.length >> 1] ?? 0]
    return (low + high) / 2
  }
  return {
    cpu_us_per_position: rounded(median(run => (run.cpuS / Math.max(1, run.acked)) * 1e6)),
    node_cpu_us_per_position: rounded(median(run => (run.nodeCpuS / Math.max(1, run.acked)) * 1e6)),
    ack_p99_ms: rounded(median(run => run.ackP99Ms)),
    acked: runs.reduce((total, run) => total + run.acked, 0),
    // Of the whole run, first sight and warm-up included.
    crossings: runs.reduce((total, run) => total + run.crossings, 0),
    filed_ms: rounded(median(run => run.filedMs)),
    others_cores: rounded(median(run => run.othersCores)),
  }
}
