/**
 * What does the shared hot view carry, and what does it cost the node?
 *
 * What to expect: a put is a lookup in a map and an assignment, some 0.1–0.3 µs beside the 0.5–1 µs that memory needs for
 * its index. Redis does about 260,000 GEOADDs a second one by one; a driver's write is six commands inside a script, each
 * some 0.5–1 µs without the protocol, so 100,000 drivers a second or more, of which ten flushes a second of a fleet of
 * 10,000 take all. A search within 1 km looks at tens of candidates, each a hash to read: some 10,000 a second. On two
 * cores the generator and Redis have one each.
 */
import { randomUUID } from 'node:crypto'
import { MemoryHotView } from '../src/actors/runtime/memory/memory-hot-view.ts'
import type { HotView, LiveFix, NearbyQuery } from '../src/actors/runtime/ports.ts'
import { systemClock } from '../src/cluster/system-clock.ts'
import type { DriverId } from '../src/domain/ids.ts'
import { startServices } from '../src/services/services.ts'
import { HOT_VIEW_LIMITS } from '../src/store/redis/limits.ts'
import { RedisHotView } from '../src/store/redis/redis-hot-view.ts'
import { RedisLink } from '../src/store/redis/redis-link.ts'
import { redisOptions } from '../src/store/redis/redis-url.ts'
import { TieredHotView } from '../src/store/redis/tiered-hot-view.ts'
import { type Bench, type BenchResult, type Figures, NoResultError } from './bench.ts'
import { numberFlag, readFlags } from './flags.ts'

const HELP = `bun run bench hot-view -- [flags]: the hot view on a redis-server of its own

  --drivers N   in the view, over about 20 km of a city (10000)
  --seconds S   of each measurement (3)
  --at-once C   reads under way (32)
`

const CITY = { latitude: 37.7749, longitude: -122.4194 }
const SPREAD_DEGREES = 0.1
const STALE_MS = 60_000
/** One in so many is available. */
const AVAILABLE_EVERY = 4
const PUT_ROUNDS = 15
const PUTS_PER_ROUND = 100_000

export const hotViewBench: Bench = {
  name: 'hot-view',
  question: 'What does the hot view on Redis carry, and what does a position cost its node?',
  help: HELP,
  run: runHotView,
}

interface Options {
  readonly drivers: number
  readonly seconds: number
  readonly atOnce: number
}

async function runHotView(argv: readonly string[], progress: (sentence: string) => void): Promise<BenchResult> {
  const values = readFlags(argv, ['drivers', 'seconds', 'at-once'])
  const options = {
    drivers: numberFlag(values, 'drivers', 10_000, { min: 1, max: 500_000, whole: true }),
    seconds: numberFlag(values, 'seconds', 3, { min: 0.1, max: 600 }),
    atOnce: numberFlag(values, 'at-once', 32, { min: 1, max: 1_000, whole: true }),
  }
  const services = await startServices({ only: ['redis'] }).catch((cause: unknown) => {
    throw new NoResultError(cause instanceof Error ? cause.message : String(cause), { cause })
  })
  try {
    return { figures: await measured(services.url('redis'), options, progress), postgresVersion: null }
  } finally {
    await services.stop()
  }
}

async function measured(url: string, options: Options, progress: (sentence: string) => void): Promise<Figures> {
  const { own, shared, tiered, links } = open(url)
  try {
    while (!links.every(link => link.isUp)) await Bun.sleep(5)
    progress('writing')
    const beganUs = await serverCpuUs(links[0])
    const written = await writes(shared, options)
    const serverUs = (await serverCpuUs(links[0])) - beganUs
    const fleet = Array.from({ length: options.drivers }, (_, i) => driverAt(i))
    for (const [i, fix] of fleet.entries()) {
      tiered.putFix(fix)
      tiered.putDriver(fix.driverId, {
        status: i % AVAILABLE_EVERY === 0 ? 'available' : 'busy',
        vehicleType: 'car',
        orderId: null,
      })
    }
    await shared.flush()
    progress('reading')
    const redis = await reads(shared, options)
    const memory = await reads(own, options)
    const both = await reads(tiered, options)
    progress('putting')
    return {
      drivers: options.drivers,
      reads_at_once: options.atOnce,
      redis_writes_per_s: written.perS,
      redis_cpu_per_write_us: Math.round((serverUs / written.drivers) * 10) / 10,
      redis,
      memory,
      tiered: both,
      ...putCosts(url),
    }
  } finally {
    await shared.close()
    for (const link of links) link.close()
  }
}

function open(url: string) {
  const clock = systemClock
  const limits = HOT_VIEW_LIMITS
  const link = (answerMaxMs: number) =>
    new RedisLink({ connection: redisOptions(url), name: 'bench', answerMaxMs, limits, clock })
  // Time-outs would measure themselves.
  const links = [link(10_000), link(10_000)] as const
  const [reading, writing] = links
  const onRefused = (error: unknown) => {
    throw error
  }
  const common = { clock, staleMs: STALE_MS, onRefused }
  const shared = new RedisHotView({ ...common, reads: reading, writes: writing, limits, nodeId: randomUUID() })
  const own = new MemoryHotView()
  return { own, shared, tiered: new TieredHotView({ ...common, own, shared }), links }
}

function driverAt(i: number): LiveFix {
  const place = {
    latitude: CITY.latitude + (Math.random() * 2 - 1) * SPREAD_DEGREES,
    longitude: CITY.longitude + (Math.random() * 2 - 1) * SPREAD_DEGREES,
  }
  const nowMs = Date.now()
  return {
    ...place,
    driverId: `driver_${i}` as DriverId,
    speed: 12.5,
    heading: 90,
    accuracy: 5,
    recordedAtMs: nowMs,
    receivedAtMs: nowMs,
    orderId: null,
  }
}

/** What the server itself worked: says the same on a busy machine. */
async function serverCpuUs(link: RedisLink): Promise<number> {
  const info = await link.ask(redis => redis.info('cpu'))
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? Number.NaN)
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1_000_000
}

/** Whole fleets, one after the other, as fast as Redis takes them. */
async function writes(view: RedisHotView, { drivers, seconds }: Options): Promise<{ perS: number; drivers: number }> {
  const beganMs = performance.now()
  let written = 0
  let writingMs = 0
  while (performance.now() - beganMs < seconds * 1_000) {
    for (let i = 0; i < drivers; i++) view.putFix(driverAt(i))
    const flushedMs = performance.now()
    await view.flush()
    writingMs += performance.now() - flushedMs
    written += drivers
  }
  return { perS: Math.round((written / writingMs) * 1_000), drivers: written }
}

async function reads(view: HotView, options: Options): Promise<Figures> {
  const near = (): NearbyQuery => ({
    ...driverAt(0),
    radiusM: 1_000,
    limit: 10,
    freshSinceMs: Date.now() - STALE_MS * 10,
  })
  const pickup = (): NearbyQuery => ({ ...near(), radiusM: 15_000, limit: 1, status: 'available' })
  return {
    gets_per_s: await rate(options, i => view.get(`driver_${i % options.drivers}` as DriverId)),
    nearby_1km_10_per_s: await rate(options, () => view.nearby(near())),
    nearest_available_15km_per_s: await rate(options, () => view.nearby(pickup())),
  }
}

async function rate({ seconds, atOnce }: Options, read: (i: number) => unknown): Promise<number> {
  const beganMs = performance.now()
  let done = 0
  const reader = async (): Promise<void> => {
    while (performance.now() - beganMs < seconds * 1_000) await read(done++)
  }
  await Promise.all(Array.from({ length: atOnce }, reader))
  return Math.round((done / (performance.now() - beganMs)) * 1_000)
}

/** Interleaved, so that a noisy neighbour meets both; the best round of each. */
function putCosts(url: string): Figures {
  const opened = [open(url), open(url)] as const
  const views = { memory: opened[0].own, shared: opened[0].shared, tiered: opened[1].tiered }
  const fleet = Array.from({ length: 10_000 }, (_, i) => driverAt(i))
  const bestNs = {
    memory: Number.POSITIVE_INFINITY,
    shared: Number.POSITIVE_INFINITY,
    tiered: Number.POSITIVE_INFINITY,
  }
  for (let round = 0; round < PUT_ROUNDS; round++) {
    for (const name of ['memory', 'shared', 'tiered'] as const)
      bestNs[name] = Math.min(bestNs[name], putNs(views[name], fleet))
  }
  for (const { links } of opened) for (const link of links) link.close()
  return {
    put_memory_ns: Math.round(bestNs.memory),
    /** What a position costs its node more with Redis than without. */
    put_shared_ns: Math.round(bestNs.shared),
    put_tiered_ns: Math.round(bestNs.tiered),
  }
}

function putNs(view: HotView, fleet: readonly LiveFix[]): number {
  const beganNs = Bun.nanoseconds()
  for (let i = 0; i < PUTS_PER_ROUND; i++) {
    const fix = fleet[i % fleet.length]
    if (fix !== undefined) view.putFix(fix)
  }
  return (Bun.nanoseconds() - beganNs) / PUTS_PER_ROUND
}
