/**
 * How many orders a second does a node carry through their whole lives, and how soon is each step acknowledged?
 *
 * What to expect: an order is placed, offered, held, accepted, and moved on four times: seven turns that are committed, in groups,
 * and some fifteen turns in all. A commit statement of 200 turns takes Postgres 2.4 ms, so 1,000 orders/s, 7,000 turns/s,
 * are some 10 ms of Postgres in 100; 5 HTTP requests at 50 µs, a solve of 200 orders per batch (some ms) and the messages
 * are the rest: one core, about. An acknowledgement is a group commit, or half of the one before it: 3 to 6 ms, p99 below 25.
 */
import { loadavg } from 'node:os'
import { nowMs } from '../src/sim/clock.ts'
import { Histogram } from '../src/sim/histogram.ts'
import { connect, disconnect, type Sql } from '../src/store/postgres.ts'
import { type Bench, type BenchResult, type Figures, NoResultError } from './bench.ts'
import { CpuMeter } from './cpu-meter.ts'
import { busFigures, readBus } from './ingest/bus-figures.ts'
import { postmasterOf, residentMb } from './ingest/processes.ts'
import { readSafeServer, readWal, serverFigures, walFigures } from './ingest/record.ts'
import { type Rig, startRig } from './ingest/rig.ts'
import { PhoneFleet } from './offers/phone-fleet.ts'
import { openLoop } from './open-loop.ts'
import { keptOf, type StoredOrder } from './orders/kept.ts'
import { type LatencyOf, Lives, STEPS } from './orders/lives.ts'
import { ORDERS_HELP, type OrdersOptions, readOrdersOptions } from './orders/options.ts'
import { profileEnv } from './profile.ts'
import { rounded, roundedOrNull } from './rounded.ts'

export const ordersBench: Bench = {
  name: 'orders',
  question: 'How many orders a second live their whole lives, and how soon is each step acknowledged?',
  help: ORDERS_HELP,
  run: async (argv, progress) => {
    const options = readOrdersOptions(argv)
    const rig = await startRig({ node: null, postgresUrl: null, nodes: options.nodes }, progress, {
      WAGGLE_MATCH_WINDOW_MS: String(options.windowMs),
      ...(await profileEnv(options.profileDir)),
    })
    try {
      return await measured(rig, options, progress)
    } finally {
      await rig.stop()
    }
  },
}

const LINGER_MAX_MS = 20_000
const COUNT_TIMEOUT_MS = 60_000
/** Of the warm-up: a node that has not been asked for anything yet is asked for little first. */
const RAMP_SHARE = 0.5
/** Of those that were asked for: a phone that lost its line answers no offer, and its order is under way until the next is made. */
const STRAGGLERS_SHARE = 0.01
/** Backends report their counters at most once a second. */
const COUNTERS_SETTLE_MS = 1_200
/** Commands that somebody waits for. */
const ACKNOWLEDGED: readonly LatencyOf[] = ['created', 'accepted', ...STEPS]

async function measured(rig: Rig, options: OrdersOptions, progress: (sentence: string) => void): Promise<BenchResult> {
  const sql = connect(rig.postgresUrl, {
    max: 1,
    applicationName: 'bench orders',
    statementTimeoutMs: COUNT_TIMEOUT_MS,
  })
  try {
    const server = await readSafeServer(sql)
    const lives = new Lives(rig.url, rig.token)
    const fleet = new PhoneFleet({
      ...rig,
      drivers: options.drivers,
      onOffer: orderId => lives.offered(orderId),
      onAccepted: orderId => lives.accepted(orderId),
    })
    const cpu = new CpuMeter({
      ...(rig.nodePid === null ? {} : { node: [rig.nodePid] }),
      postgres: [postmasterOf(server.backendPid) ?? 0],
    })
    try {
      progress(`${options.drivers} drivers come on duty`)
      await Promise.all([fleet.open(), lives.open()])
      const loadBefore = rounded(loadavg()[0] ?? 0)
      const walBefore = await readWal(sql)
      const busBefore = await readBus(rig.nodeUrls, rig.token)
      progress(`${options.ratePerS} orders a second`)
      const { lateness, startedAtMs, deliveredBefore } = await ordered(lives, options, cpu)
      const busAfter = await readBus(rig.nodeUrls, rig.token)
      await Bun.sleep(COUNTERS_SETTLE_MS)
      const wal = await readWal(sql)
      if (lives.deliveredMeasured === 0) {
        const refused = JSON.stringify(lives.refused.toObject())
        throw new NoResultError(
          `of ${lives.asked} orders, ${lives.created.size} acknowledged, none was delivered: ${refused}`,
        )
      }
      const elapsedS = Math.max(options.durationS, (lives.lastDeliveredAtMs - startedAtMs) / 1_000)
      return {
        figures: {
          ...runFigures(options, lives, elapsedS),
          ...(await recordFigures(sql, lives)),
          ...costFigures(cpu, lives.delivered.size - deliveredBefore, rig),
          // Warm-up included, with the positions that the drivers send meanwhile.
          ...busFigures(busBefore, busAfter, 'order', lives.created.size),
          generator_late_p99_ms: rounded(lateness.quantile(0.99)),
          load_average_before: loadBefore,
          ...walFigures(walBefore, wal),
          ...serverFigures(server),
        },
        postgresVersion: server.version,
      }
    } finally {
      fleet.close()
      lives.close()
    }
  } finally {
    await disconnect(sql)
  }
}

async function ordered(lives: Lives, options: OrdersOptions, cpu: CpuMeter) {
  let startedAtMs = 0
  let deliveredBefore = 0
  const { lateness } = await openLoop({
    ...options,
    rampS: options.warmUpS * RAMP_SHARE,
    send: (n, dueAtMs, isMeasured) => lives.ask(n, dueAtMs, isMeasured),
    onStart: () => {
      startedAtMs = nowMs()
      deliveredBefore = lives.delivered.size
      cpu.start()
    },
  })
  const untilMs = nowMs() + LINGER_MAX_MS
  // With what was still under way: a node that is behind would look cheap by what it has not done yet. But what a node does while
  // it waits for a few is nothing that its orders have cost.
  await until(() => lives.underWay <= lives.asked * STRAGGLERS_SHARE, untilMs)
  cpu.end()
  await until(() => lives.underWay === 0, untilMs)
  return { lateness, startedAtMs, deliveredBefore }
}

async function until(isSo: () => boolean, atLatestMs: number): Promise<void> {
  while (!isSo() && nowMs() < atLatestMs) await Bun.sleep(20)
}

function runFigures(options: OrdersOptions, lives: Lives, elapsedS: number): Figures {
  const ack = new Histogram()
  for (const what of ACKNOWLEDGED) ack.merge(lives.latencies[what])
  const byStep = Object.entries(lives.latencies).map(([what, latency]) => [
    what,
    { p50_ms: rounded(latency.quantile(0.5)), p99_ms: rounded(latency.quantile(0.99)) },
  ])
  return {
    rate: options.ratePerS,
    seconds: options.durationS,
    drivers: options.drivers,
    window_ms: options.windowMs,
    nodes: options.nodes,
    asked: lives.asked,
    delivered: lives.deliveredMeasured,
    delivered_per_s: rounded(lives.deliveredMeasured / elapsedS, 1),
    ack_p50_ms: rounded(ack.quantile(0.5)),
    ack_p99_ms: rounded(ack.quantile(0.99)),
    ack_max_ms: rounded(ack.maxMs),
    steps: Object.fromEntries(byStep),
    whole_p50_ms: rounded(lives.whole.quantile(0.5)),
    whole_p99_ms: rounded(lives.whole.quantile(0.99)),
    offered_again: lives.offeredAgain,
    refused: lives.refused.toObject(),
    not_delivered: lives.underWay,
  }
}

/** The whole run, warm-up included: what was acknowledged must be so in the record, once. */
async function recordFigures(sql: Sql, lives: Lives): Promise<Figures> {
  // As of now: what is answered while the record is read, by a node that is behind, is not in what is read.
  const answered = { created: new Set(lives.created), delivered: new Set(lives.delivered), sent: lives.sent }
  const rows = await sql<StoredOrder[]>`select order_id as id, status from orders`
  // Nobody takes an order back here: a second assignment would be a second commit of one decision.
  const [twice] = await sql<{ count: number }[]>`
    select count(*)::float8 as count from (select from assignments group by order_id having count(*) > 1) as twice`
  const { lost, repeated } = keptOf(answered, rows)
  return {
    acked_total: answered.created.size,
    stored_total: rows.length,
    lost,
    repeated: repeated + (twice?.count ?? 0),
  }
}

/** @param delivered  meanwhile: those that were under way when the measured part began are among them. */
function costFigures(cpu: CpuMeter, delivered: number, rig: Rig): Figures {
  const perOrder = (seconds: number): number => rounded((seconds / Math.max(1, delivered)) * 1e6, 0)
  const parts = { ...cpu.seconds, generator: cpu.generatorS }
  return {
    cpu_us_per_order: Object.fromEntries(Object.entries(parts).map(([name, s]) => [name, perOrder(s)])),
    generator_cpu_share: roundedOrNull(cpu.generatorShare),
    others_cores: roundedOrNull(cpu.othersCores),
    rss_mb: rig.nodePid === null ? null : residentMb(rig.nodePid),
  }
}
