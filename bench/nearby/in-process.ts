/**
 * The node's own index beside Redis GEO alone, by turns on the same fleet and the same questions. Each gets what suits it: the
 * index is called in a loop, Redis is sent pipelines, so that its one thread is what bounds it and not the way to it.
 */
import { Redis } from 'ioredis'
import { MemoryHotView } from '../../src/actors/runtime/memory/memory-hot-view.ts'
import type { LatLng } from '../../src/domain/geo.ts'
import type { DriverId } from '../../src/domain/ids.ts'
import type { Figures } from '../bench.ts'
import { rounded } from '../rounded.ts'
import type { NearbyOptions } from './options.ts'
import { places } from './places.ts'

export const GEO_KEY = 'geo:drivers'
const ROUND_MS = 400
const QUERIES_PER_PIPELINE = 50
const UPDATES_PER_COMMAND = 500
const UNDER_WAY = 2
/** Questions whose answers are compared. */
const COMPARED = 200

export function nameOf(index: number): DriverId {
  return `driver_${index}` as DriverId
}

type Search = (at: LatLng) => Promise<string[]>

export async function compareInProcess(redisUrl: string, options: NearbyOptions): Promise<Figures> {
  const fleet = places(options.drivers, 1)
  const view = new MemoryHotView()
  const redis = new Redis(redisUrl)
  try {
    for (const [i, home] of fleet.homes.entries()) put(view, i, home)
    await fill(redis, fleet.homes)
    const near = (at: LatLng): string[] => inMemory(view, at, options)
    const same = await sameAnswers(near, at => inRedis(redis, at, options), fleet.anywhere)
    const rates = { memory: new Rates(), redis: new Rates(), puts: new Rates(), adds: new Rates() }
    const busy = { memory: new Rates(), redis: new Rates() }
    let moves = 0
    for (let round = -1; round < options.rounds; round++) {
      // The first round warms up.
      const into = round < 0 ? { memory: new Rates(), redis: new Rates(), puts: new Rates(), adds: new Rates() } : rates
      const perQuery = round < 0 ? { memory: new Rates(), redis: new Rates() } : busy
      const ownBefore = process.cpuUsage()
      const own = rateOf(() => near(fleet.anywhere()))
      const { user, system } = process.cpuUsage(ownBefore)
      into.memory.add(own.perS)
      perQuery.memory.add((user + system) / own.done)
      const serverBefore = await serverCpuUs(redis)
      const theirs = await pipelinedRate(redis, (pipeline, n) => ask(pipeline, n, fleet.anywhere, options))
      into.redis.add(theirs.perS)
      perQuery.redis.add(((await serverCpuUs(redis)) - serverBefore) / theirs.done)
      into.puts.add(rateOf(() => put(view, moves % options.drivers, fleet.moved(moves++))).perS)
      into.adds.add((await pipelinedRate(redis, pipeline => addSome(pipeline, fleet.moved, options.drivers))).perS)
    }
    return {
      memory_nearby_per_s: rates.memory.median,
      redis_geosearch_per_s: rates.redis.median,
      // Says the same on a busy machine, where rates do not.
      memory_nearby_cpu_us: busy.memory.median,
      redis_geosearch_cpu_us: busy.redis.median,
      nearby_of_redis: rounded(rates.memory.median / rates.redis.median),
      memory_update_per_s: rates.puts.median,
      redis_geoadd_per_s: rates.adds.median,
      update_of_redis: rounded(rates.puts.median / rates.adds.median),
      same_answers_share: rounded(same, 4),
    }
  } finally {
    redis.disconnect()
  }
}

export async function fill(redis: Redis, homes: readonly LatLng[]): Promise<void> {
  for (let from = 0; from < homes.length; from += UPDATES_PER_COMMAND) {
    const some = homes.slice(from, from + UPDATES_PER_COMMAND)
    await redis.geoadd(GEO_KEY, ...some.flatMap((p, i) => [p.longitude, p.latitude, nameOf(from + i)]))
  }
}

function put(view: MemoryHotView, index: number, at: LatLng): void {
  const nowMs = Date.now()
  view.putFix({
    ...at,
    driverId: nameOf(index),
    speed: null,
    heading: null,
    accuracy: null,
    recordedAtMs: nowMs,
    receivedAtMs: nowMs,
    orderId: null,
  })
}

function inMemory(view: MemoryHotView, at: LatLng, { radiusM, top }: NearbyOptions): string[] {
  return view.nearby({ ...at, radiusM, limit: top, freshSinceMs: 0 }).map(({ driver }) => driver.fix.driverId)
}

function geosearch(at: LatLng, { radiusM, top }: NearbyOptions) {
  return [GEO_KEY, 'FROMLONLAT', at.longitude, at.latitude, 'BYRADIUS', radiusM, 'm', 'ASC', 'COUNT', top] as const
}

async function inRedis(redis: Redis, at: LatLng, options: NearbyOptions): Promise<string[]> {
  return (await redis.geosearch(...geosearch(at, options))) as string[]
}

/** Of the server alone: its client's is not in it. */
async function serverCpuUs(redis: Redis): Promise<number> {
  const info = await redis.info('cpu')
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? Number.NaN)
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6
}

type Pipeline = ReturnType<Redis['pipeline']>

function ask(pipeline: Pipeline, queries: number, anywhere: () => LatLng, options: NearbyOptions): number {
  for (let i = 0; i < queries; i++) pipeline.geosearch(...geosearch(anywhere(), options))
  return queries
}

function addSome(pipeline: Pipeline, moved: (index: number) => LatLng, drivers: number): number {
  const from = Math.floor(Math.random() * drivers)
  const some = Array.from({ length: UPDATES_PER_COMMAND }, (_, i) => {
    const at = moved(from + i)
    return [at.longitude, at.latitude, nameOf((from + i) % drivers)]
  })
  pipeline.geoadd(GEO_KEY, ...some.flat())
  return UPDATES_PER_COMMAND
}

interface Rate {
  readonly perS: number
  readonly done: number
}

function rateOf(work: () => void): Rate {
  const beganMs = performance.now()
  let done = 0
  while (performance.now() - beganMs < ROUND_MS) {
    for (let i = 0; i < 20; i++) work()
    done += 20
  }
  return { perS: (done / (performance.now() - beganMs)) * 1_000, done }
}

async function pipelinedRate(redis: Redis, fillIn: (pipeline: Pipeline, n: number) => number): Promise<Rate> {
  const beganMs = performance.now()
  let done = 0
  const sender = async (): Promise<void> => {
    while (performance.now() - beganMs < ROUND_MS) {
      const pipeline = redis.pipeline()
      const asked = fillIn(pipeline, QUERIES_PER_PIPELINE)
      await pipeline.exec()
      done += asked
    }
  }
  await Promise.all(Array.from({ length: UNDER_WAY }, sender))
  return { perS: (done / (performance.now() - beganMs)) * 1_000, done }
}

/** Redis keeps a position to some 0.6 m: two drivers that are as near as that may change places. */
async function sameAnswers(near: (at: LatLng) => string[], search: Search, anywhere: () => LatLng): Promise<number> {
  let same = 0
  let all = 0
  for (let i = 0; i < COMPARED; i++) {
    const at = anywhere()
    const ours = near(at)
    const theirs = new Set(await search(at))
    all += Math.max(ours.length, theirs.size)
    same += ours.filter(id => theirs.has(id)).length
  }
  return all === 0 ? 1 : same / all
}

class Rates {
  readonly #values: number[] = []

  add(value: number): void {
    this.#values.push(value)
  }

  get median(): number {
    const sorted = this.#values.toSorted((a, b) => a - b)
    return Math.round(sorted[sorted.length >> 1] ?? 0)
  }
}
