/**
 * What becomes of a node that is offered three times what it can do? It may refuse or hold its clients back; it may not grow without
 * end, lose what it has acknowledged, or need long to be itself again.
 *
 * What to expect: a node that is slow has in hand what it stores in 0.6 seconds, and the systems in between hold as much of each
 * socket as they do: so little more memory than in peace, and two to four seconds until what is under way is stored. Of orders it has as many in hand as there are
 * connections, each of which waits for its turn: a thousand of them are a second of its work.
 */
import { loadavg } from 'node:os'
import { connect, disconnect, type Sql } from '../src/store/postgres.ts'
import { type Bench, type Figures, NoResultError } from './bench.ts'
import { choiceFlag, numberFlag, readFlags } from './flags.ts'
import { benchFleet } from './ingest/fleet.ts'
import { readSafeServer } from './ingest/record.ts'
import { type Rig, startRig } from './ingest/rig.ts'
import { MemoryWatch, meanMbOf, mostMbOf } from './memory-watch.ts'
import { openLoop } from './open-loop.ts'
import type { Load } from './overload/load.ts'
import { OrderLoad } from './overload/order-load.ts'
import { OVERLOAD_DRIVERS_MIN, PositionLoad } from './overload/position-load.ts'
import { Probes } from './overload/probes.ts'
import { rounded, roundedOrNull } from './rounded.ts'

const WHAT = ['positions', 'orders', 'both'] as const
const HELP = `bun run bench overload -- [flags]: more than a node can do, and how soon it is itself again

  --what W       positions (over sockets), orders (over HTTP) or both, one after the other (both)
  --factor F     times what it does when it is kept busy (3)
  --seconds S    of overload (30)
  --calibrate S  of the closed loop that finds out what it can do (5)
  --drivers N    whose positions they are (20000)

A probe sends one thing every 100 ms beside it: the node has recovered once all probes of two seconds were acknowledged within 250 ms.
Held back is what a client did not send, since too much of what it had sent was unanswered.
`

/** Orders end soon: those that were taken and wait are no buffer, and of ten minutes' worth memory would show little else. */
const ENV = { WAGGLE_ORDER_TTL_S: '10' }

interface Options {
  readonly factor: number
  readonly durationS: number
  readonly calibrateS: number
  readonly drivers: number
}

export const overloadBench: Bench = {
  name: 'overload',
  question: 'What becomes of a node that is offered three times what it can do, and how soon is it itself again?',
  help: HELP,
  run: async (argv, progress) => {
    const values = readFlags(argv, ['what', 'factor', 'seconds', 'calibrate', 'drivers'])
    const what = choiceFlag(values, 'what', 'both', WHAT)
    const options = {
      factor: numberFlag(values, 'factor', 3, { min: 1.1, max: 100 }),
      durationS: numberFlag(values, 'seconds', 30, { min: 1, max: 3_600 }),
      calibrateS: numberFlag(values, 'calibrate', 5, { min: 1, max: 600 }),
      drivers: numberFlag(values, 'drivers', 20_000, { min: OVERLOAD_DRIVERS_MIN, max: 1_000_000, whole: true }),
    }
    const rig = await startRig({ node: null, postgresUrl: null, nodes: 0 }, progress, ENV)
    const sql = connect(rig.postgresUrl, { max: 1, applicationName: 'bench overload', statementTimeoutMs: 300_000 })
    try {
      const server = await readSafeServer(sql)
      const loadBefore = rounded(loadavg()[0] ?? 0)
      const run = (load: Load, name: string) => overloaded({ rig, sql, load, name, options, progress })
      const figures = {
        factor: options.factor,
        seconds: options.durationS,
        calibrate_s: options.calibrateS,
        drivers: options.drivers,
        ...(what === 'orders' ? {} : { positions: await run(positionsOf(rig, options), 'positions') }),
        ...(what === 'positions' ? {} : { orders: await run(new OrderLoad(rig), 'orders') }),
        load_average_before: loadBefore,
        fsync: server.fsync,
        synchronous_commit: server.synchronous_commit,
      }
      return { figures, postgresVersion: server.version }
    } finally {
      await disconnect(sql)
      await rig.stop()
    }
  },
}

const WARM_UP_MS = 2_000
const TOP_UP_MS = 2
const RECOVERY_MAX_MS = 60_000
const SETTLE_MAX_MS = 30_000

interface Run {
  readonly rig: Rig
  readonly sql: Sql
  readonly load: Load
  readonly name: string
  readonly options: Options
  readonly progress: (sentence: string) => void
}

function positionsOf(rig: Rig, { drivers }: Options): Load {
  return new PositionLoad(rig, benchFleet(drivers, `over_${Date.now().toString(36)}`))
}

async function overloaded({ rig, sql, load, name, options, progress }: Run): Promise<Figures> {
  const memory = new MemoryWatch(rig.nodePid)
  const probes = new Probes(onSettled => load.probe(onSettled))
  try {
    await load.open()
    progress(`${name}: what it can do`)
    await keptBusy(load, WARM_UP_MS)
    const capacityPerS = await keptBusy(load, options.calibrateS * 1_000)
    if (capacityPerS === 0)
      throw new NoResultError(`nothing was acknowledged: ${JSON.stringify(load.refused.toObject())}`)
    await answered(load)
    const restingMb = roundedOrNull(meanMbOf(await lookedAt(rig), 0, 1), 0)
    const offeredPerS = options.factor * capacityPerS
    progress(`${name}: ${Math.round(offeredPerS)} a second, of ${Math.round(capacityPerS)} that it can do`)
    probes.start()
    memory.start()
    const before = { acked: load.acked, refused: totalOf(load) }
    const beganMs = performance.now()
    const heldBack = await offered(load, offeredPerS, options.durationS)
    const endedMs = performance.now()
    const [acked, refused] = [load.acked - before.acked, totalOf(load) - before.refused]
    const inOverload = [...memory.samples]
    progress(`${name}: until it is itself again`)
    const recoveryS = await probes.untilWell(endedMs, RECOVERY_MAX_MS)
    probes.stop()
    await answered(load)
    memory.stop()
    const probed = probes.latencies(beganMs, endedMs)
    return {
      capacity_per_s: rounded(capacityPerS, 0),
      offered_per_s: rounded(offeredPerS, 0),
      acked_per_s: rounded((acked * 1_000) / (endedMs - beganMs), 0),
      refused_share: rounded(refused / Math.max(1, acked + refused + heldBack), 3),
      held_back_share: rounded(heldBack / Math.max(1, acked + refused + heldBack), 3),
      refused: load.refused.toObject(),
      refused_without_retry_after: load.withoutRetryAfter,
      probe_p50_ms: rounded(probed.quantile(0.5)),
      probe_p99_ms: rounded(probed.quantile(0.99)),
      probes_taken: probed.count,
      recovery_s: roundedOrNull(recoveryS),
      unanswered: load.underWay,
      ...(await load.check(sql)),
      rss_before_mb: restingMb,
      rss_max_mb: roundedOrNull(mostMbOf(inOverload), 0),
      rss_last_of_second_third: ratio(meanMbOf(inOverload, 2 / 3, 1), meanMbOf(inOverload, 1 / 3, 2 / 3)),
      rss_after_mb: memory.samples.at(-1)?.mb ?? null,
    }
  } finally {
    probes.stop()
    memory.stop()
    load.close()
  }
}

/** Closed loop. @returns acknowledged per second. */
async function keptBusy(load: Load, forMs: number): Promise<number> {
  const [fromMs, ackedBefore] = [performance.now(), load.acked]
  while (performance.now() < fromMs + forMs) {
    while (load.underWay < load.busyWith) load.send()
    load.tick()
    await Bun.sleep(TOP_UP_MS)
  }
  return ((load.acked - ackedBefore) * 1_000) / (performance.now() - fromMs)
}

/** Open loop. @returns how much was held back. */
async function offered(load: Load, ratePerS: number, durationS: number): Promise<number> {
  let heldBack = 0
  await openLoop({
    ratePerS: ratePerS / load.perSend,
    warmUpS: 0,
    durationS,
    send: () => {
      load.tick()
      if (load.underWay < load.underWayMax) load.send()
      else heldBack += load.perSend
    },
  })
  return heldBack
}

async function answered(load: Load): Promise<void> {
  for (const untilMs = performance.now() + SETTLE_MAX_MS; load.underWay > 0 && performance.now() < untilMs; ) {
    load.tick()
    await Bun.sleep(TOP_UP_MS)
  }
}

async function lookedAt(rig: Rig) {
  const watch = new MemoryWatch(rig.nodePid)
  watch.start()
  watch.stop()
  return watch.samples
}

function totalOf({ refused }: Load): number {
  return Object.values(refused.toObject()).reduce((sum, count) => sum + count, 0)
}

function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : rounded(a / b)
}
