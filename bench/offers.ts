/**
 * How soon does an order ring? From the moment at which a customer was to ask for it, over HTTP, to the offer on the socket of a
 * driver's own connection, through a real node with its record.
 *
 * What to expect: the order is committed (2–5 ms), waits for the batch of its metropolis (up to the window, 1 s unless set; a
 * lone order goes at once), is proposed, and its offer is committed (2–5 ms) before it rings. So p99 is about the window, and
 * what is beyond it should be well under 50 ms.
 */
import { nowMs } from '../src/sim/clock.ts'
import { Histogram } from '../src/sim/histogram.ts'
import { connect, disconnect } from '../src/store/postgres.ts'
import { type Bench, type BenchResult, NoResultError } from './bench.ts'
import { numberFlag, readFlags } from './flags.ts'
import { type BusCounts, busFigures, readBus } from './ingest/bus-figures.ts'
import { readSafeServer } from './ingest/record.ts'
import { type Rig, startRig } from './ingest/rig.ts'
import { Customers } from './offers/customers.ts'
import { PhoneFleet } from './offers/phone-fleet.ts'

const HELP = `bun run bench offers -- [flags]: orders at a fixed rate against a node of its own, drivers on their own sockets

  --drivers N   on duty, each on a connection of its own (2000)
  --rate R      orders a second (50)
  --seconds S   measured, after a warm-up of 5 (30)
  --window MS   how long a batch is collected (1000)
  --nodes N     that many nodes on NATS, Redis and Postgres of their own, instead of one embedded (0)
`

const WARM_UP_MS = 5_000
/** What rings late still counts. */
const LINGER_MS = 3_000

export const offersBench: Bench = {
  name: 'offers',
  question: 'How soon after it was asked for does an order ring on a driver’s phone?',
  help: HELP,
  run: runOffers,
}

interface Options {
  readonly drivers: number
  readonly ratePerS: number
  readonly seconds: number
  readonly windowMs: number
}

async function runOffers(argv: readonly string[], progress: (sentence: string) => void): Promise<BenchResult> {
  const values = readFlags(argv, ['drivers', 'rate', 'seconds', 'window', 'nodes'])
  const options: Options = {
    drivers: numberFlag(values, 'drivers', 2_000, { min: 1, max: 20_000, whole: true }),
    ratePerS: numberFlag(values, 'rate', 50, { min: 0.1, max: 2_000 }),
    seconds: numberFlag(values, 'seconds', 30, { min: 1, max: 3_600 }),
    windowMs: numberFlag(values, 'window', 1_000, { min: 0, max: 60_000, whole: true }),
  }
  const nodes = numberFlag(values, 'nodes', 0, { min: 0, max: 9, whole: true })
  const rig = await startRig({ node: null, postgresUrl: null, nodes }, progress, {
    WAGGLE_MATCH_WINDOW_MS: String(options.windowMs),
  })
  try {
    return await measured(rig, options, progress)
  } finally {
    await rig.stop()
  }
}

async function measured(rig: Rig, options: Options, progress: (sentence: string) => void): Promise<BenchResult> {
  const sql = connect(rig.postgresUrl, { max: 1, applicationName: 'bench offers' })
  const { version } = await readSafeServer(sql).finally(() => disconnect(sql))
  const delays = new Histogram()
  const customers = new Customers({ ...rig, ratePerS: options.ratePerS, delays })
  const fleet = new PhoneFleet({
    ...rig,
    drivers: options.drivers,
    onOffer: orderId => customers.ring(orderId),
    onAccepted: orderId => customers.end(orderId),
  })
  let [busBefore, busAfter]: BusCounts[] = [{}, {}]
  try {
    progress(`${options.drivers} drivers come on duty`)
    await fleet.open()
    progress('orders come')
    busBefore = await readBus(rig.nodeUrls, rig.token)
    const fromMs = nowMs() + WARM_UP_MS
    await customers.run(fromMs, fromMs + options.seconds * 1_000)
    await Bun.sleep(options.windowMs + LINGER_MS)
    busAfter = await readBus(rig.nodeUrls, rig.token)
  } finally {
    fleet.close()
  }
  const { asked, refused, unheard } = customers
  if (refused > 0 || asked === 0) throw new NoResultError(`${refused} of ${asked} orders were refused`)
  return {
    figures: {
      drivers: options.drivers,
      orders_per_s: options.ratePerS,
      seconds: options.seconds,
      window_ms: options.windowMs,
      orders: asked,
      never_rang: unheard,
      request_to_offer_p50_ms: rounded(delays.quantile(0.5)),
      request_to_offer_p99_ms: rounded(delays.quantile(0.99)),
      request_to_offer_max_ms: rounded(delays.maxMs),
      beyond_window_p99_ms: rounded(delays.quantile(0.99) - options.windowMs),
      // Warm-up included, with the positions that the drivers send meanwhile.
      ...busFigures(busBefore ?? {}, busAfter ?? {}, 'order', customers.total),
    },
    postgresVersion: version,
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
