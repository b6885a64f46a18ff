/**
 * Does a node that works for long hold more and more, or become slower? A rate of positions that it bears, watched ones among them,
 * for as long as is asked, in thirty samples.
 *
 * What to expect: the heap of a node moves by some tens of megabytes as it is collected, around a mean that stays; latencies follow
 * the disk's. The history grows by some 50 bytes per position: 36 million of half an hour at 20,000/s are 1.8 GB.
 */
import { loadavg } from 'node:os'
import { nowMs } from '../src/sim/clock.ts'
import { connect, disconnect, type Sql } from '../src/store/postgres.ts'
import type { Bench, BenchResult } from './bench.ts'
import { CpuMeter } from './cpu-meter.ts'
import { choiceFlag, numberFlag, readFlags } from './flags.ts'
import { type BenchFleet, benchFleet } from './ingest/fleet.ts'
import type { Ledger } from './ingest/ledger.ts'
import { type IngestOptions, readIngestOptions } from './ingest/options.ts'
import { postmasterOf } from './ingest/processes.ts'
import { countHistory, readSafeServer } from './ingest/record.ts'
import { type Rig, startRig } from './ingest/rig.ts'
import { runIngest } from './ingest/run.ts'
import { MemoryWatch, meanMbOf } from './memory-watch.ts'
import { rounded, roundedOrNull } from './rounded.ts'
import { SoakSamples } from './soak/samples.ts'

const HELP = `bun run bench soak -- [flags]: a rate for long, and what it does to memory and latency

  --minutes N    measured (30)
  --rate R       positions per second (20000)
  --drivers N    in turn (10000)
  --protocol P   msgpack or json, over sockets (msgpack)
  --watchers W   people who watch a driver each (50)

Thirty samples, each of the same length: acknowledged per second, latencies in it, memory of the node at its end. Nothing may be lost or
repeated; the mean memory of the last tenth is compared with that of the second, and the median of the samples' p99 in the second half with
that in the first. Takes some 50 bytes of disk per position, and at the end as long again as it takes to count them.
`

export const soakBench: Bench = {
  name: 'soak',
  question: 'Does a node that works for long hold more and more, or become slower?',
  help: HELP,
  run: async (argv, progress) => {
    const options = optionsOf(argv)
    const rig = await startRig(options, progress)
    try {
      return await soaked(rig, options, progress)
    } finally {
      await rig.stop()
    }
  },
}

const SAMPLES = 30
const COUNT_TIMEOUT_MS = 1_800_000
const S_PER_MINUTE = 60

function optionsOf(argv: readonly string[]): IngestOptions {
  const values = readFlags(argv, ['minutes', 'rate', 'drivers', 'protocol', 'watchers'])
  const minutes = numberFlag(values, 'minutes', 30, { min: 0.05, max: 1_440 })
  const flags = {
    rate: numberFlag(values, 'rate', 20_000, { min: 1, max: 1_000_000 }),
    drivers: numberFlag(values, 'drivers', 10_000, { min: 1, max: 2_000_000, whole: true }),
    protocol: choiceFlag(values, 'protocol', 'msgpack', ['msgpack', 'json']),
    watchers: numberFlag(values, 'watchers', 50, { min: 0, max: 10_000, whole: true }),
    seconds: minutes * S_PER_MINUTE,
    'warm-up': Math.min(30, (minutes * S_PER_MINUTE) / 10),
  }
  return readIngestOptions(
    Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    {},
  )
}

async function soaked(rig: Rig, options: IngestOptions, progress: (sentence: string) => void): Promise<BenchResult> {
  const fleet = benchFleet(options.drivers, `soak_${Math.floor(nowMs()).toString(36)}`)
  const sql = connect(rig.postgresUrl, { max: 1, applicationName: 'bench soak', statementTimeoutMs: COUNT_TIMEOUT_MS })
  const memory = new MemoryWatch(rig.nodePid)
  const samples = new SoakSamples((options.durationS * 1_000) / SAMPLES, memory, sample =>
    progress(JSON.stringify(sample)),
  )
  try {
    const server = await readSafeServer(sql)
    const cpu = new CpuMeter({
      ...(rig.nodePid === null ? {} : { node: [rig.nodePid] }),
      postgres: [postmasterOf(server.backendPid) ?? 0],
    })
    const loadBefore = rounded(loadavg()[0] ?? 0)
    progress(`${options.ratePerS} positions a second for ${options.durationS} s`)
    const run = await runIngest(rig, fleet, options, {
      onStart: books => {
        cpu.start(books.generatorPids)
        memory.start()
        samples.start(books)
      },
      onEnd: () => {
        samples.end()
        memory.stop()
        cpu.end()
      },
    })
    progress('counting rows')
    const history = await counted(sql, fleet, run.ledger)
    const perPosition = (s: number | undefined): number | null =>
      s === undefined ? null : rounded((s / Math.max(1, run.ledger.ackedMeasured)) * 1e6)
    return {
      figures: {
        protocol: options.protocol,
        rate: options.ratePerS,
        drivers: options.drivers,
        minutes: rounded(options.durationS / S_PER_MINUTE),
        watchers: options.watchers,
        sent: run.ledger.sentMeasured,
        acked: run.ledger.ackedMeasured,
        refused: run.ledger.refusals.toObject(),
        reconnects: run.reconnects,
        ...history,
        ...samples.figures(),
        rss_second_tenth_mb: roundedOrNull(meanMbOf(memory.samples, 0.1, 0.2), 0),
        rss_last_tenth_mb: roundedOrNull(meanMbOf(memory.samples, 0.9, 1), 0),
        rss_last_of_second: ratio(meanMbOf(memory.samples, 0.9, 1), meanMbOf(memory.samples, 0.1, 0.2)),
        node_cpu_us_per_position: perPosition(cpu.seconds.node),
        postgres_cpu_us_per_position: perPosition(cpu.seconds.postgres),
        others_cores: roundedOrNull(cpu.othersCores),
        load_average_before: loadBefore,
        fsync: server.fsync,
        synchronous_commit: server.synchronous_commit,
        // Last, and as a list: the table is for whoever wants to see when.
        samples: samples.rows,
      },
      postgresVersion: server.version,
    }
  } finally {
    memory.stop()
    samples.end()
    await disconnect(sql)
  }
}

async function counted(sql: Sql, fleet: BenchFleet, ledger: Ledger) {
  const { stored, lost, repeated } = await countHistory(sql, fleet, ledger)
  const unanswered = [...ledger.open].reduce((sum, batch) => sum + batch.drivers.length, 0)
  return { acked_total: ledger.ackedTotal, stored_total: stored, lost, repeated, unanswered }
}

function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : rounded(a / b, 3)
}
