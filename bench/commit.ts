/**
 * How long does the record take for a group of turns, and how many turns a second is that?
 *
 * What to expect: one statement per group. The disk's sync is the floor, 1 to 2 ms, met beside it by a commit of one row; a
 * turn adds its row, its six events and its checks: 10 to 15 µs of the server, so 200 turns take 3 to 5 ms: 50,000 turns/s from one connection.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ShardId } from '../src/domain/ids.ts'
import { Histogram } from '../src/sim/histogram.ts'
import { discardEmbeddedPostgres, startEmbeddedPostgres } from '../src/store/embedded/embedded-postgres.ts'
import { migrate } from '../src/store/migrations/migrate.ts'
import { connect, disconnect, type Sql } from '../src/store/postgres.ts'
import { journalConnection, PostgresJournal } from '../src/store/postgres-journal.ts'
import type { Bench, BenchResult, Figures } from './bench.ts'
import { CpuMeter } from './cpu-meter.ts'
import { EVENTS_PER_ORDER, Load } from './feed/load.ts'
import { numberFlag, readFlags } from './flags.ts'
import { postmasterOf } from './ingest/processes.ts'
import { readSafeServer, readWal, serverFigures, walFigures } from './ingest/record.ts'
import { rounded, roundedOrNull } from './rounded.ts'

const SHARDS = 256
const GROUPS = [1, 20, 200] as const
const WARM_ROUNDS = 5
/** Backends report their counters at most once a second. */
const COUNTERS_SETTLE_MS = 1_200

export const commitBench: Bench = {
  name: 'commit',
  question: 'How long does the record take for a group of turns, beside a commit of one row?',
  help: `bun run bench commit -- [--rounds N] [--postgres URL]: groups of 1, 20 and 200 turns, by turns with a commit of one row

  --rounds N       of each (200)
  --postgres URL   an empty database (an embedded one of its own)

One after the other, on one connection, as a worker thread commits. Each turn is a whole life of an order: ${EVENTS_PER_ORDER} events.
`,
  run: async (argv, progress) => {
    const values = readFlags(argv, ['rounds', 'postgres'])
    const rounds = numberFlag(values, 'rounds', 200, { min: 1, max: 100_000, whole: true })
    if (values.postgres !== undefined) return measure(values.postgres, rounds)
    const dir = await mkdtemp(join(tmpdir(), 'waggle-bench-'))
    const dataDir = join(dir, 'record')
    const server = await startEmbeddedPostgres({ dataDir, log: progress })
    try {
      return await measure(server.url, rounds)
    } finally {
      await server.stop()
      await discardEmbeddedPostgres(dataDir)
      await rm(dir, { recursive: true, force: true })
    }
  },
}

async function measure(url: string, rounds: number): Promise<BenchResult> {
  const sql = connect(url, { max: 1, applicationName: 'bench commit' })
  const commits = journalConnection(url, { max: 1, applicationName: 'bench commits' })
  try {
    const server = await readSafeServer(sql)
    await migrate(sql)
    await sql`create table if not exists bench_commit (n int)`
    const journal = new PostgresJournal(commits)
    const shards = Array.from({ length: SHARDS }, (_, shard) => shard as ShardId)
    await journal.takeShards(shards, 'bench')
    const load = new Load(journal, SHARDS)
    const loadBefore = rounded(loadavg()[0] ?? 0)
    const walBefore = await readWal(sql)
    const cpu = new CpuMeter({ postgres: [postmasterOf(server.backendPid) ?? 0] })
    const { raw, groups } = await byTurns({ sql, load, rounds, cpu })
    await Bun.sleep(COUNTERS_SETTLE_MS)
    const wal = await readWal(sql)
    const turns = rounds * GROUPS.reduce((sum, size) => sum + size, 0)
    return {
      figures: {
        rounds,
        raw_commit_p50_ms: rounded(raw.quantile(0.5)),
        raw_commit_p99_ms: rounded(raw.quantile(0.99)),
        ...groupFigures(groups),
        postgres_cpu_us_per_turn: roundedOrNull(cpu.servedS === null ? null : (cpu.servedS / turns) * 1e6, 1),
        client_cpu_us_per_turn: rounded((cpu.generatorS / turns) * 1e6, 1),
        others_cores: roundedOrNull(cpu.othersCores),
        load_average_before: loadBefore,
        ...walFigures(walBefore, wal),
        ...serverFigures(server),
      },
      postgresVersion: server.version,
    }
  } finally {
    await Promise.all([disconnect(sql), disconnect(commits)])
  }
}

interface Measured {
  readonly sql: Sql
  readonly load: Load
  readonly rounds: number
  readonly cpu: CpuMeter
}

async function byTurns({ sql, load, rounds, cpu }: Measured) {
  const raw = new Histogram()
  const groups = new Map(GROUPS.map(size => [size, new Histogram()]))
  for (let round = -WARM_ROUNDS; round < rounds; round++) {
    if (round === 0) cpu.start()
    await timed(round >= 0 ? raw : null, () => sql`insert into bench_commit values (${round})`)
    for (const size of GROUPS) await timed(round >= 0 ? (groups.get(size) ?? null) : null, () => load.commit(size))
  }
  cpu.end()
  return { raw, groups }
}

async function timed(into: Histogram | null, work: () => PromiseLike<unknown>): Promise<void> {
  const beganMs = performance.now()
  await work()
  into?.record(performance.now() - beganMs)
}

function groupFigures(groups: ReadonlyMap<number, Histogram>): Figures {
  return Object.fromEntries(
    [...groups].flatMap(([size, took]) => [
      [`group_${size}_p50_ms`, rounded(took.quantile(0.5))],
      [`group_${size}_p99_ms`, rounded(took.quantile(0.99))],
      [`group_${size}_turns_per_s`, rounded((size / Math.max(1e-9, took.meanMs)) * 1_000, 0)],
    ]),
  )
}
