/**
 * How long does the route of a driver take to read, once there is a past, and what does the past take on disk?
 *
 * What to expect: an hour of a driver are some 700 positions, packed into runs of what is recorded between two compactions: a look at the
 * index, and a page for each two or three runs. Unpacking takes a millisecond, the JSON of 100 KB that comes of it longer.
 */
import { loadavg } from 'node:os'
import { dropExpired } from '../src/store/partitions.ts'
import { connect, disconnect, type Sql } from '../src/store/postgres.ts'
import type { Bench, BenchResult, Figures } from './bench.ts'
import { numberFlag, readFlags } from './flags.ts'
import { assertRoomFor } from './history/disk-space.ts'
import { DRIVER_PREFIX, generate, type Past, pastOf, shiftStartMs } from './history/generate.ts'
import { postmasterOf } from './ingest/processes.ts'
import { readSafeServer, readWal, walFigures } from './ingest/record.ts'
import { startRig } from './ingest/rig.ts'
import { measureReads } from './nearby/over-http.ts'
import { rounded } from './rounded.ts'

const HELP = `bun run bench history -- [flags]: routes out of a generated past, over HTTP

  --rows N      of the past (1000000); 100000000 take some 8 GB of disk, and 6 of log beside them
  --drivers N   whose past it is (500)
  --days N      the last so many, one partition each (7)
  --rate R      routes of one hour asked per second, open loop (100); then as many current positions, of drivers whom no
                actor and no hot view knows, so that they come out of the past as well
  --seconds S   of each (10)

The oldest day is dropped at the end, as retention does it, and timed.
`

export const historyBench: Bench = {
  name: 'history',
  question: 'How long does a driver’s route take to read out of a long past, and what does that take on disk?',
  help: HELP,
  run: async (argv, progress) => {
    const values = readFlags(argv, ['rows', 'drivers', 'days', 'rate', 'seconds'])
    const options = {
      rows: numberFlag(values, 'rows', 1_000_000, { min: 1, max: 1_000_000_000, whole: true }),
      drivers: numberFlag(values, 'drivers', 500, { min: 1, max: 100_000, whole: true }),
      // Within the retention of a node.
      days: numberFlag(values, 'days', 7, { min: 1, max: 28, whole: true }),
      ratePerS: numberFlag(values, 'rate', 100, { min: 0.1, max: 10_000 }),
      durationS: numberFlag(values, 'seconds', 10, { min: 0.2, max: 3_600 }),
    }
    const rig = await startRig({ node: null, postgresUrl: null, nodes: 0 }, progress)
    const sql = connect(rig.postgresUrl, { max: 1, applicationName: 'bench history', statementTimeoutMs: 600_000 })
    try {
      const server = await readSafeServer(sql)
      const past = pastOf(options, Date.now())
      await assertRoomFor(sql, past.rows)
      const generated = await generatedPast(sql, rig.postgresUrl, past, progress)
      progress(`${options.ratePerS} routes a second`)
      const pids = rig.nodePid === null ? [] : [rig.nodePid, postmasterOf(server.backendPid) ?? 0]
      const routes = await measureReads({ ...rig, ...options, pids, path: n => routePath(past, n) })
      progress(`${options.ratePerS} current positions a second`)
      const currents = await measureReads({ ...rig, ...options, pids, path: n => currentPath(past, n) })
      const beganMs = performance.now()
      const dropped = await dropExpired(sql, (past.days.at(-1) ?? 0) + 1)
      const figures: Figures = {
        rows: past.rows,
        drivers: past.drivers,
        days: past.days.length,
        seconds: options.durationS,
        ...generated,
        route: routes,
        current: currents,
        // Of each the rows and the runs.
        days_dropped: new Set(dropped.map(name => name.slice(-8))).size,
        drop_day_ms: rounded(performance.now() - beganMs),
        load_average_before: rounded(loadavg()[0] ?? 0),
        fsync: server.fsync,
        synchronous_commit: server.synchronous_commit,
      }
      return { figures, postgresVersion: server.version } satisfies BenchResult
    } finally {
      await disconnect(sql)
      await rig.stop()
    }
  },
}

async function generatedPast(
  sql: Sql,
  postgresUrl: string,
  past: Past,
  progress: (sentence: string) => void,
): Promise<Figures> {
  const walBefore = await readWal(sql)
  const beganMs = performance.now()
  let toldMs = beganMs
  const tell = (rows: number): void => {
    const nowMs = performance.now()
    if (nowMs - toldMs < TELL_EVERY_MS && rows < past.rows) return
    toldMs = nowMs
    const perS = (rows * 1_000) / (nowMs - beganMs)
    const leftS = Math.round((past.rows - rows) / perS)
    progress(`${rows} of ${past.rows} rows, ${Math.round(perS)} a second, ${leftS} s to go`)
  }
  await generate({ sql, postgresUrl, past, progress: tell })
  const tookS = (performance.now() - beganMs) / 1_000
  const [size] = await sql<{ rows: number; indexes: number }[]>`
    select sum(pg_table_size(inhrelid))::float8 as rows, sum(pg_indexes_size(inhrelid))::float8 as indexes
    from pg_inherits where inhparent = 'position_runs'::regclass`
  const [runs] = await sql<{ count: number }[]>`select count(*)::int as count from position_runs`
  const wal = await readWal(sql)
  return {
    generated_s: rounded(tookS, 1),
    generated_rows_per_s: rounded(past.rows / tookS, 0),
    every_s: rounded(past.everyMs / 1_000),
    positions_per_run: rounded(past.rows / Math.max(1, runs?.count ?? 0), 1),
    row_bytes: rounded((size?.rows ?? 0) / past.rows, 1),
    index_bytes_per_row: rounded((size?.indexes ?? 0) / past.rows, 1),
    ...walFigures(walBefore, wal),
  }
}

const TELL_EVERY_MS = 5_000
const HOUR_MS = 3_600_000

function currentPath({ drivers }: Past, n: number): string {
  return `/v1/drivers/${DRIVER_PREFIX}${(n * 7_919) % drivers}/location`
}

/** Another driver, day and hour each time. */
function routePath({ drivers, days, points, everyMs }: Past, n: number): string {
  const day = days[n % days.length] ?? 0
  const hours = Math.max(1, Math.floor((points * everyMs) / HOUR_MS))
  const startMs = shiftStartMs(day) + ((n * 7) % hours) * HOUR_MS
  const iso = (ms: number): string => encodeURIComponent(new Date(ms).toISOString())
  const driver = `${DRIVER_PREFIX}${(n * 7_919) % drivers}`
  return `/v1/drivers/${driver}/route?start_time=${iso(startMs)}&end_time=${iso(startMs + HOUR_MS - 1)}&limit=1000`
}
