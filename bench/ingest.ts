/**
 * How fast is a position taken in, for good? From the time it was due to the acknowledgement of its commit, to a watcher's
 * socket, and down to its row.
 *
 * What to expect on 2 cores with the generator beside the node: a group commit with fsync takes 1 to 3 ms, and a position
 * waits for half of the one before it, so an acknowledgement takes some 3 ms and its p99 follows the disk's; a watcher
 * is told before the commit, in about 1 ms; a read comes from memory in well under 1 ms. The floor is measured beside it:
 * COPY of the same rows at the same rate, with nothing around it. Bounds: COPY stores 400,000 rows/s,
 * JSON frames parse at some 500,000 positions/s, single POSTs at some 100,000/s, all of it on the same two cores.
 */
import { loadavg } from 'node:os'
import { nowMs } from '../src/sim/clock.ts'
import { Histogram } from '../src/sim/histogram.ts'
import { connect, disconnect, type Sql } from '../src/store/postgres.ts'
import type { Bench, BenchResult, Figures } from './bench.ts'
import { CpuMeter } from './cpu-meter.ts'
import { busFigures, readBus } from './ingest/bus-figures.ts'
import { deliveriesDue } from './ingest/deliveries.ts'
import { type BenchFleet, benchFleet } from './ingest/fleet.ts'
import { INGEST_HELP, type IngestOptions, readIngestOptions, STEP_MS } from './ingest/options.ts'
import { postmasterOf, residentMb } from './ingest/processes.ts'
import { measureRawCommits } from './ingest/raw-commit.ts'
import {
  countHistory,
  readSafeServer,
  readWal,
  type ServerSettings,
  type WalCounters,
  walFigures,
} from './ingest/record.ts'
import { type Rig, startRig } from './ingest/rig.ts'
import { type Books, type IngestRun, runIngest } from './ingest/run.ts'
import { rounded, roundedOrNull } from './rounded.ts'

export const ingestBench: Bench = {
  name: 'ingest',
  question: 'How soon is a position acknowledged, seen and stored, at what cost, and is one lost?',
  help: INGEST_HELP,
  run: async (argv, progress) => {
    const options = readIngestOptions(argv, process.env)
    const rig = await startRig(options, progress)
    try {
      return await measure(rig, options, progress)
    } finally {
      await rig.stop()
    }
  },
}

/** Before and after, so that a disk that changes its mind shows. */
const RAW_COMMIT_MAX_S = 3
/** Backends report their counters at most once a second. */
const COUNTERS_SETTLE_MS = 1_200
/** Counting rows of a long run takes its time. */
const COUNT_TIMEOUT_MS = 120_000

async function measure(rig: Rig, options: IngestOptions, progress: (sentence: string) => void): Promise<BenchResult> {
  const fleet = benchFleet(options.drivers, Math.floor(nowMs()).toString(36))
  const sql = connect(rig.postgresUrl, {
    max: 1,
    applicationName: 'bench ingest',
    statementTimeoutMs: COUNT_TIMEOUT_MS,
  })
  try {
    const server = await readSafeServer(sql)
    const raw = new Histogram()
    const measureRaw = (): Promise<void> =>
      measureRawCommits({
        sql,
        postgresUrl: rig.postgresUrl,
        fleet,
        ratePerS: options.ratePerS,
        stepMs: STEP_MS[options.protocol],
        durationS: Math.min(RAW_COMMIT_MAX_S, options.durationS / 4),
        into: raw,
      })
    progress('the floor: raw group commits')
    await measureRaw()
    await Bun.sleep(COUNTERS_SETTLE_MS)
    const costs = new Costs(rig, server, await readWal(sql))
    progress(`${options.drivers} drivers, ${options.ratePerS} positions/s by ${options.protocol}`)
    const busBefore = await readBus(rig.nodeUrls, rig.token)
    const run = await runIngest(rig, fleet, options, costs)
    const busAfter = await readBus(rig.nodeUrls, rig.token)
    await Bun.sleep(COUNTERS_SETTLE_MS)
    const wal = await readWal(sql)
    progress('counting rows, and the floor once more')
    const history = await historyFigures(sql, fleet, run)
    await measureRaw()
    return {
      figures: {
        ...runFigures(options, run),
        ...history,
        ...costs.figures(run, wal),
        // The whole run, with the first sight of each driver.
        ...busFigures(busBefore, busAfter, 'position', run.ledger.ackedTotal),
        raw_commit_p50_ms: rounded(raw.quantile(0.5)),
        raw_commit_p99_ms: rounded(raw.quantile(0.99)),
        fsync: server.fsync,
        synchronous_commit: server.synchronous_commit,
      },
      postgresVersion: server.version,
    }
  } finally {
    await disconnect(sql)
  }
}

function runFigures(
  options: IngestOptions,
  { ledger, tally, reads, elapsedS, reconnects, lateness }: IngestRun,
): Figures {
  const unanswered = [...ledger.open].reduce((sum, batch) => sum + batch.drivers.length, 0)
  return {
    protocol: options.protocol,
    rate: options.ratePerS,
    drivers: options.drivers,
    seconds: options.durationS,
    watchers: options.watchers,
    connections: options.connections,
    sent: ledger.sentMeasured,
    acked: ledger.ackedMeasured,
    acked_per_s: rounded(ledger.ackedMeasured / elapsedS),
    ack_p50_ms: rounded(ledger.ack.quantile(0.5)),
    ack_p99_ms: rounded(ledger.ack.quantile(0.99)),
    ack_max_ms: rounded(ledger.ack.maxMs),
    watch_p50_ms: rounded(tally.watch.quantile(0.5)),
    watch_p99_ms: rounded(tally.watch.quantile(0.99)),
    watched: tally.fixesWatched,
    deliveries_due: deliveriesDue(options, ledger.sentMeasured),
    read_p50_ms: roundedOrNull(reads?.p50Ms ?? null),
    read_p99_ms: roundedOrNull(reads?.p99Ms ?? null),
    reads: reads?.answered ?? 0,
    reads_failed: reads === null ? 0 : reads.failed + reads.unanswered,
    refused: ledger.refusals.toObject(),
    unanswered,
    reconnects,
    // Part of every latency above: the clock runs from the time that was intended.
    generator_late_p50_ms: rounded(lateness.quantile(0.5)),
    generator_late_p99_ms: rounded(lateness.quantile(0.99)),
  }
}

/** The whole run, first sight and warm-up included. */
async function historyFigures(sql: Sql, fleet: BenchFleet, { ledger }: IngestRun): Promise<Figures> {
  const { stored, lost, repeated } = await countHistory(sql, fleet, ledger)
  return { acked_total: ledger.ackedTotal, stored_total: stored, lost, repeated }
}

/** CPU of everybody while it was measured. The record's log is counted over the whole run. */
class Costs {
  readonly #rig: Rig
  readonly #cpu: CpuMeter
  readonly #walBefore: WalCounters
  readonly #loadBefore = loadavg()[0] ?? 0
  #rssMb: number | null = null

  constructor(rig: Rig, server: ServerSettings, walBefore: WalCounters) {
    this.#rig = rig
    const postmasterPid = postmasterOf(server.backendPid)
    this.#cpu = new CpuMeter({
      ...(rig.nodePid === null ? {} : { node: [rig.nodePid] }),
      ...(postmasterPid === null ? {} : { postgres: [postmasterPid] }),
    })
    this.#walBefore = walBefore
  }

  onStart({ generatorPids }: Books): void {
    this.#cpu.start(generatorPids)
  }

  onEnd(): void {
    this.#cpu.end()
    this.#rssMb = this.#rig.nodePid === null ? null : residentMb(this.#rig.nodePid)
  }

  figures({ ledger }: IngestRun, wal: WalCounters): Figures {
    const { node, postgres } = this.#cpu.seconds
    const isWhole = node !== undefined && postgres !== undefined
    const perMillion = (seconds: number | null | undefined): number | null =>
      seconds === null || seconds === undefined || ledger.ackedMeasured === 0
        ? null
        : rounded((seconds / ledger.ackedMeasured) * 1e6)
    return {
      cpu_s_per_million: isWhole ? perMillion(this.#cpu.servedS) : null,
      node_cpu_s_per_million: perMillion(node),
      postgres_cpu_s_per_million: perMillion(postgres),
      // Of the CPU time that all of them took together.
      generator_cpu_share: isWhole ? roundedOrNull(this.#cpu.generatorShare) : null,
      generator_cores: rounded(this.#cpu.generatorCores),
      others_cores: isWhole ? roundedOrNull(this.#cpu.othersCores) : null,
      load_average_before: rounded(this.#loadBefore),
      rss_mb: this.#rssMb,
      ...walFigures(this.#walBefore, wal),
    }
  }
}
