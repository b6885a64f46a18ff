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
import { nowMs } from '../src/sim/clock.ts'
import { Histogram } from '../src/sim/histogram.ts'
import { connect, disconnect, type Sql } from '../src/store/postgres.ts'
import type { Bench, BenchResult, Figures } from './bench.ts'
import { busFigures, readBus } from './ingest/bus-figures.ts'
import { type BenchFleet, benchFleet } from './ingest/fleet.ts'
import { INGEST_HELP, type IngestOptions, readIngestOptions, STEP_MS } from './ingest/options.ts'
import { cpuSeconds, postmasterOf, residentMb } from './ingest/processes.ts'
import { measureRawCommits } from './ingest/raw-commit.ts'
import { countHistory, readSafeServer, readWal, type ServerSettings, type WalCounters } from './ingest/record.ts'
import { type Rig, startRig } from './ingest/rig.ts'
import { type IngestRun, runIngest } from './ingest/run.ts'

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
  { ledger, tally, reader, elapsedS, reconnects, lateness }: IngestRun,
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
    read_p50_ms: rounded(reader.latency.quantile(0.5)),
    read_p99_ms: rounded(reader.latency.quantile(0.99)),
    reads: reader.latency.count,
    reads_failed: reader.failed,
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

interface Reading {
  readonly nodeS: number | null
  readonly postgresS: number | null
  readonly generatorS: number
  readonly atMs: number
}

/** CPU of everybody while it was measured. The record's log is counted over the whole run. */
class Costs {
  readonly #rig: Rig
  readonly #postmasterPid: number | null
  readonly #walBefore: WalCounters
  #start: Reading | null = null
  #end: Reading | null = null
  #rssMb: number | null = null

  constructor(rig: Rig, server: ServerSettings, walBefore: WalCounters) {
    this.#rig = rig
    this.#postmasterPid = postmasterOf(server.backendPid)
    this.#walBefore = walBefore
  }

  onStart(): void {
    this.#start = this.#read()
  }

  onEnd(): void {
    this.#end = this.#read()
    this.#rssMb = this.#rig.nodePid === null ? null : residentMb(this.#rig.nodePid)
  }

  #read(): Reading {
    const { user, system } = process.cpuUsage()
    return {
      nodeS: this.#rig.nodePid === null ? null : cpuSeconds([this.#rig.nodePid]),
      postgresS: this.#postmasterPid === null ? null : cpuSeconds([this.#postmasterPid]),
      generatorS: (user + system) / 1e6,
      atMs: nowMs(),
    }
  }

  figures({ ledger }: IngestRun, wal: WalCounters): Figures {
    const nodeS = this.#spent('nodeS')
    const postgresS = this.#spent('postgresS')
    const generatorS = this.#spent('generatorS') ?? 0
    const servedS = nodeS === null || postgresS === null ? null : nodeS + postgresS
    const perMillion = (seconds: number | null): number | null =>
      seconds === null || ledger.ackedMeasured === 0 ? null : rounded((seconds / ledger.ackedMeasured) * 1e6)
    return {
      cpu_s_per_million: perMillion(servedS),
      node_cpu_s_per_million: perMillion(nodeS),
      postgres_cpu_s_per_million: perMillion(postgresS),
      // Of the CPU time that all of them took together.
      generator_cpu_share: servedS === null ? null : rounded(generatorS / Math.max(1e-9, generatorS + servedS)),
      generator_cores: rounded(
        generatorS / Math.max(1e-9, ((this.#end?.atMs ?? 0) - (this.#start?.atMs ?? 0)) / 1_000),
      ),
      rss_mb: this.#rssMb,
      wal_bytes: wal.bytes - this.#walBefore.bytes,
      wal_syncs: wal.syncs - this.#walBefore.syncs,
    }
  }

  #spent(what: 'nodeS' | 'postgresS' | 'generatorS'): number | null {
    const before = this.#start?.[what] ?? null
    const after = this.#end?.[what] ?? null
    return before === null || after === null ? null : after - before
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
