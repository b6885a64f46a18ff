/**
 * A node dies with a city in it: how long until the next one has an offer accepted?
 *
 * What to expect: a process with its threads and connections is up in half a second, the shards are taken in one statement each way,
 * and 20,000 open orders of 2 KB are read in pages in about a second and announced to their cell, which solves them as one batch.
 * Drivers are loaded as they report. An offer and its accept are two commits more: 2 to 3 s on a quiet machine.
 */
import { loadavg } from 'node:os'
import { connect, disconnect, type Sql } from '../src/store/postgres.ts'
import { type Bench, type BenchResult, type Figures, NoResultError } from './bench.ts'
import { numberFlag, readFlags } from './flags.ts'
import { showEveryDriver } from './ingest/first-sight.ts'
import { benchFleet } from './ingest/fleet.ts'
import { Ledger } from './ingest/ledger.ts'
import { cpuSeconds, residentMb } from './ingest/processes.ts'
import { readSafeServer } from './ingest/record.ts'
import { type Rig, startRig } from './ingest/rig.ts'
import { PhoneFleet } from './offers/phone-fleet.ts'
import { keptOf, type StoredOrder } from './orders/kept.ts'
import { placeOpenOrders } from './restart/open-orders.ts'
import { rounded, roundedOrNull } from './rounded.ts'

const HELP = `bun run bench restart -- [flags]: a node is killed (kill -9) and started again on its record

  --drivers N   that it knows (100000)
  --orders N    that wait for a driver (20000)
  --phones N    drivers who come on duty as soon as it answers, and say yes to whatever rings (20)

Counted from the start of the new process. The server of the record goes on meanwhile. The orders are put into the record of the
dead node, as its workers would have committed them.
`

export const restartBench: Bench = {
  name: 'restart',
  question: 'How soon after it was killed does a node, with a city of drivers and open orders, have an offer accepted?',
  help: HELP,
  run: async (argv, progress) => {
    const values = readFlags(argv, ['drivers', 'orders', 'phones'])
    const options = {
      drivers: numberFlag(values, 'drivers', 100_000, { min: 1, max: 1_000_000, whole: true }),
      orders: numberFlag(values, 'orders', 20_000, { min: 1, max: 100_000, whole: true }),
      phones: numberFlag(values, 'phones', 20, { min: 1, max: 1_000, whole: true }),
    }
    const first = await startRig({ node: null, postgresUrl: null, nodes: 0 }, progress, ENV)
    try {
      return await measured(first, options, progress)
    } finally {
      await first.stop()
    }
  },
}

interface Options {
  readonly drivers: number
  readonly orders: number
  readonly phones: number
}

const SHARDS = 256
/** No order ends while the city is made. */
const ENV = { WAGGLE_ORDER_TTL_S: '7200', WAGGLE_SHARDS: String(SHARDS) }
const ACCEPTED_MAX_MS = 120_000
const COUNT_TIMEOUT_MS = 60_000

async function measured(first: Rig, options: Options, progress: (sentence: string) => void): Promise<BenchResult> {
  if (first.nodePid === null) throw new NoResultError('there is no process to kill')
  const sql = connect(first.postgresUrl, {
    max: 1,
    applicationName: 'bench restart',
    statementTimeoutMs: COUNT_TIMEOUT_MS,
  })
  try {
    const server = await readSafeServer(sql)
    progress(`${options.drivers} drivers report`)
    await showEveryDriver(first, benchFleet(options.drivers, 'restart'), new Ledger(options.drivers))
    progress('kill -9')
    process.kill(first.nodePid, 'SIGKILL')
    progress(`${options.orders} orders wait in its record`)
    const created = await placeOpenOrders({ postgresUrl: first.postgresUrl, count: options.orders, shards: SHARDS })
    const loadBefore = rounded(loadavg()[0] ?? 0)
    const beganMs = performance.now()
    const second = await startRig({ node: null, postgresUrl: first.postgresUrl, nodes: 0 }, progress, ENV)
    try {
      const figures = await untilAccepted(second, options, beganMs)
      return {
        figures: {
          ...options,
          ...figures,
          ...(await recordFigures(sql, created)),
          load_average_before: loadBefore,
          fsync: server.fsync,
          synchronous_commit: server.synchronous_commit,
        },
        postgresVersion: server.version,
      }
    } finally {
      await second.stop()
    }
  } finally {
    await disconnect(sql)
  }
}

async function untilAccepted(rig: Rig, { phones }: Options, beganMs: number): Promise<Figures> {
  const sinceS = (): number => rounded((performance.now() - beganMs) / 1_000)
  const readyS = sinceS()
  const [offered, accepted] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()]
  const fleet = new PhoneFleet({
    ...rig,
    drivers: phones,
    onOffer: () => offered.resolve(sinceS()),
    onAccepted: () => accepted.resolve(sinceS()),
  })
  const giveUp = setTimeout(
    () => accepted.reject(new NoResultError(`no offer was accepted within ${ACCEPTED_MAX_MS} ms`)),
    ACCEPTED_MAX_MS,
  )
  try {
    await fleet.open()
    const onDutyS = sinceS()
    const firstAcceptedS = await accepted.promise
    return {
      ready_s: readyS,
      on_duty_s: onDutyS,
      first_offer_s: await offered.promise,
      first_accepted_s: firstAcceptedS,
      node_cpu_s: roundedOrNull(rig.nodePid === null ? null : cpuSeconds([rig.nodePid])),
      rss_mb: rig.nodePid === null ? null : residentMb(rig.nodePid),
    }
  } finally {
    clearTimeout(giveUp)
    fleet.close()
  }
}

/** Every order that was acknowledged before is there, and nobody's has two drivers. */
async function recordFigures(sql: Sql, created: ReadonlySet<string>): Promise<Figures> {
  const rows = await sql<StoredOrder[]>`select order_id as id, status from orders`
  const [row] = await sql<{ twice: number }[]>`
    select count(*)::float8 as twice from
      (select from assignments where ended_at is null group by order_id having count(*) > 1) as t`
  const { lost, repeated } = keptOf({ created, delivered: new Set(), sent: created.size }, rows)
  return { orders_lost: lost, repeated: repeated + (row?.twice ?? 0) }
}
