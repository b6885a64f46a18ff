/**
 * What do access control and limits cost a position, from its socket to its row? Two nodes as users start them, each with a record of its
 * own, asked the same by the same phones: one with a single admin key and no rates, one with a token of each driver's own, judged by role
 * and object, and the rates by default. By turns in one run, so that the machine's weather meets both.
 *
 * What to expect: showing who sends costs about a microsecond (`bench access`), a rate in memory as much, beside 40 to 200 that
 * a position costs its node and Postgres; a socket is judged when it opens and every ten seconds. So a few percent over HTTP and nothing over sockets.
 */
import { loadavg } from 'node:os'
import { mintToken } from '../src/http/access/tokens.ts'
import { nowMs } from '../src/sim/clock.ts'
import { connect, disconnect } from '../src/store/postgres.ts'
import type { Bench, Figures } from './bench.ts'
import { NoResultError } from './bench.ts'
import { CpuMeter } from './cpu-meter.ts'
import { numberFlag, readFlags } from './flags.ts'
import { type Phone, Phones, type PhoneWay } from './guarded/phones.ts'
import { postmasterOf } from './ingest/processes.ts'
import { readSafeServer } from './ingest/record.ts'
import { type Rig, startRig } from './ingest/rig.ts'
import { rounded } from './rounded.ts'

const SECRET = 'a-secret-of-the-bench-0123456789-0123456789'
const WAYS: readonly PhoneWay[] = ['msgpack', 'http']
const STEP_MS = 10
const DRAIN_MAX_MS = 10_000
const TOKEN_TTL_S = 36_000
/** Of a driver over HTTP, by default. */
const PER_DRIVER_AND_S_MAX = 10

interface GuardedOptions {
  readonly ratePerS: number
  readonly drivers: number
  readonly seconds: number
  readonly rounds: number
}

interface Node {
  readonly rig: Rig
  readonly phones: readonly Phone[]
  readonly parts: Readonly<Record<string, readonly number[]>>
}

interface Run {
  readonly usPerPosition: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export const guardedBench: Bench = {
  name: 'guarded',
  question: 'What do access control and limits cost a position, from socket to row?',
  help: `bun run bench guarded -- [flags]: two nodes by turns, one key without rates against a token each with rates

  --rate R      positions per second, all drivers together (1000)
  --drivers N   each with a connection of its own (200)
  --seconds S   of each run (5)
  --rounds N    of each way and node (5)
`,
  async run(argv, progress) {
    const options = optionsOf(argv)
    const open = await startNode({ WAGGLE_RATE_LIMITS: 'off' }, null, options, progress)
    try {
      const guarded = await startNode({ WAGGLE_JWT_SECRET: SECRET }, SECRET, options, progress)
      try {
        const postgresVersion = await versionOf(open.rig)
        return { figures: await measured(open, guarded, options, progress), postgresVersion }
      } finally {
        await guarded.rig.stop()
      }
    } finally {
      await open.rig.stop()
    }
  },
}

function optionsOf(argv: readonly string[]): GuardedOptions {
  const values = readFlags(argv, ['rate', 'drivers', 'seconds', 'rounds'])
  const ratePerS = numberFlag(values, 'rate', 1_000, { min: 100, max: 50_000 })
  const least = Math.ceil(ratePerS / PER_DRIVER_AND_S_MAX)
  return {
    ratePerS,
    drivers: numberFlag(values, 'drivers', Math.max(200, 2 * least), { min: least, max: 5_000, whole: true }),
    seconds: numberFlag(values, 'seconds', 5, { min: 1, max: 600 }),
    rounds: numberFlag(values, 'rounds', 5, { min: 1, max: 100, whole: true }),
  }
}

/** @param secret  of tokens, one a driver; null: all with the admin key. */
async function startNode(
  env: Readonly<Record<string, string>>,
  secret: string | null,
  { drivers }: GuardedOptions,
  progress: (sentence: string) => void,
): Promise<Node> {
  const rig = await startRig({ node: null, postgresUrl: null, nodes: 0 }, progress, env)
  const phones = await Promise.all(
    Array.from({ length: drivers }, async (_, i): Promise<Phone> => {
      const driverId = `drv_${i}`
      const request = { role: 'driver', subject: driverId, scopes: null, ttlS: TOKEN_TTL_S } as const
      return { driverId, token: secret === null ? rig.token : await mintToken(secret, request, Date.now()) }
    }),
  )
  return { rig, phones, parts: await partsOf(rig) }
}

/** The node and its Postgres: what is spared in one may be spent in the other. */
async function partsOf({ postgresUrl, nodePid }: Rig): Promise<Readonly<Record<string, readonly number[]>>> {
  const sql = connect(postgresUrl, { max: 1, applicationName: 'bench guarded' })
  try {
    const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
    const postmaster = row ? postmasterOf(row.pid) : null
    if (nodePid === null || postmaster === null)
      throw new NoResultError('this machine does not tell what CPU processes take')
    return { node: [nodePid], postgres: [postmaster] }
  } finally {
    await disconnect(sql)
  }
}

async function versionOf({ postgresUrl }: Rig): Promise<string | null> {
  const sql = connect(postgresUrl, { max: 1, applicationName: 'bench guarded' })
  try {
    return (await readSafeServer(sql)).version
  } finally {
    await disconnect(sql)
  }
}

async function measured(
  open: Node,
  guarded: Node,
  options: GuardedOptions,
  progress: (sentence: string) => void,
): Promise<Figures> {
  const figures: Record<string, Figures[string]> = {
    rate_per_s: options.ratePerS,
    drivers: options.drivers,
    seconds: options.seconds,
    rounds: options.rounds,
  }
  const load = [rounded(loadavg()[0] ?? 0, 2)]
  for (const way of WAYS) {
    // Connections stay from round to round, as those of phones do; the first round is for the compiler.
    const [bare, full] = [await phonesOf(open, way), await phonesOf(guarded, way)]
    const runs: { readonly open: Run[]; readonly guarded: Run[] } = { open: [], guarded: [] }
    for (let round = -1; round < options.rounds; round++) {
      const turn = round % 2 === 0 ? (['open', 'guarded'] as const) : (['guarded', 'open'] as const)
      for (const which of turn) {
        const [node, phones] = which === 'open' ? [open, bare] : [guarded, full]
        const run = await runOnce(node, phones, options)
        if (round >= 0) runs[which].push(run)
      }
      progress(`${way}: round ${round + 1} of ${options.rounds}`)
    }
    for (const phones of [bare, full]) phones.close()
    Object.assign(figures, figuresOf(way, runs.open, runs.guarded))
  }
  return { ...figures, load: [...load, rounded(loadavg()[0] ?? 0, 2)] }
}

function phonesOf({ rig, phones }: Node, way: PhoneWay): Promise<Phones> {
  return Phones.open({ url: rig.url, way, phones })
}

/** @throws {NoResultError} something was refused, or not acknowledged: then less was done for the CPU. */
async function runOnce({ parts }: Node, phones: Phones, { ratePerS, seconds, drivers }: GuardedOptions): Promise<Run> {
  const meter = new CpuMeter(parts)
  const [sentBefore, takenBefore] = [phones.sent, phones.taken]
  phones.tookMs.clear()
  meter.start()
  const startMs = nowMs()
  for (let step = 1, done = 0; step <= (seconds * 1_000) / STEP_MS; step++) {
    const dueMs = startMs + step * STEP_MS
    await Bun.sleep(Math.max(0, dueMs - nowMs()))
    const until = Math.floor((step * STEP_MS * ratePerS) / 1_000)
    phones.report(done % drivers, until - done, dueMs)
    done = until
  }
  for (const endMs = nowMs() + DRAIN_MAX_MS; phones.open > 0 && nowMs() < endMs; ) await Bun.sleep(STEP_MS)
  meter.end()
  const [sent, taken] = [phones.sent - sentBefore, phones.taken - takenBefore]
  if (taken < sent) throw new NoResultError(`${sent - taken} of ${sent} positions were not taken`)
  const { servedS } = meter
  if (servedS === null) throw new NoResultError('this machine does not tell what CPU processes take')
  const { tookMs } = phones
  return { usPerPosition: (servedS * 1e6) / sent, p50Ms: tookMs.quantile(0.5), p99Ms: tookMs.quantile(0.99) }
}

function figuresOf(way: PhoneWay, open: readonly Run[], guarded: readonly Run[]): Figures {
  // Of each round by itself: what the machine did meanwhile was the same for both of it.
  const shares = open.map(({ usPerPosition }, i) => (guarded[i]?.usPerPosition ?? 0) / usPerPosition - 1)
  const mid = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  const all = (runs: readonly Run[]) => runs.map(({ usPerPosition }) => rounded(usPerPosition, 1))
  return {
    [`${way}_open_us`]: all(open),
    [`${way}_guarded_us`]: all(guarded),
    [`${way}_overhead_share_p50`]: rounded(mid(shares), 3),
    [`${way}_overhead_shares`]: shares.map(share => rounded(share, 3)),
    [`${way}_open_ack_p50_ms`]: rounded(mid(open.map(({ p50Ms }) => p50Ms)), 1),
    [`${way}_guarded_ack_p50_ms`]: rounded(mid(guarded.map(({ p50Ms }) => p50Ms)), 1),
    [`${way}_open_ack_p99_ms`]: rounded(mid(open.map(({ p99Ms }) => p99Ms)), 1),
    [`${way}_guarded_ack_p99_ms`]: rounded(mid(guarded.map(({ p99Ms }) => p99Ms)), 1),
  }
}
