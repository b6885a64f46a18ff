/**
 * Who is near a point: how many such questions, and how many moves, does the node's own index carry, beside Redis GEO alone; and
 * how long does a client wait for an answer over HTTP?
 *
 * What to expect: 100,000 drivers over 22 km × 18 km are 250 per km², so a kilometre around holds 800, and the nearest ten are
 * found within some 150 m: a look at one to three rings of cells of 0.1 km², a hundred distances, 10 to 20 µs. GEOSEARCH reads all
 * nine boxes around, some thousand members, and sorts: 30 to 100 µs of Redis' one thread. A move is a cell and a look into a
 * map, 1 to 2 µs; GEOADD is a skip list, 2 µs. Over HTTP a request costs 15 µs more and waits for the event loop: p99 under 2 ms on a quiet machine.
 */
import { loadavg } from 'node:os'
import { Redis } from 'ioredis'
import { connect, disconnect } from '../src/store/postgres.ts'
import type { Bench, BenchResult } from './bench.ts'
import { showEveryDriver } from './ingest/first-sight.ts'
import type { BenchFleet } from './ingest/fleet.ts'
import { Ledger } from './ingest/ledger.ts'
import { readSafeServer } from './ingest/record.ts'
import { startRig } from './ingest/rig.ts'
import { compareInProcess, fill, nameOf } from './nearby/in-process.ts'
import { NEARBY_HELP, type NearbyOptions, readNearbyOptions } from './nearby/options.ts'
import { measureReads } from './nearby/over-http.ts'
import { type Places, places } from './nearby/places.ts'
import { startBaseline } from './pipeline/baseline-rig.ts'
import { type Servers, startServers } from './pipeline/servers.ts'
import { rounded } from './rounded.ts'

export const nearbyBench: Bench = {
  name: 'nearby',
  question: 'Who is near: the node’s index beside Redis GEO, in process and over HTTP?',
  help: NEARBY_HELP,
  run: async (argv, progress) => {
    const options = readNearbyOptions(argv)
    const servers = await startServers(progress)
    try {
      return await measured(servers, options, progress)
    } finally {
      await servers.stop()
    }
  },
}

async function measured(
  servers: Servers,
  options: NearbyOptions,
  progress: (sentence: string) => void,
): Promise<BenchResult> {
  const sql = connect(servers.postgresUrl, { max: 1, applicationName: 'bench nearby' })
  const server = await readSafeServer(sql).finally(() => disconnect(sql))
  const loadBefore = rounded(loadavg()[0] ?? 0)
  progress('memory and Redis, by turns')
  const inProcess = await compareInProcess(servers.redisUrl, options)
  const fleet = places(options.drivers, 1)
  progress(`a node with ${options.drivers} drivers`)
  const waggle = await overHttpOfNode(servers, options, fleet)
  progress('the baseline’s gateway before Redis')
  const baseline = await overHttpOfBaseline(servers, options, fleet)
  const { drivers, radiusM, top, durationS, rounds } = options
  return {
    figures: {
      drivers,
      radius_m: radiusM,
      top,
      seconds: durationS,
      rounds,
      ...inProcess,
      http_nearby: waggle.nearby,
      http_current: waggle.current,
      redis_http_nearby: baseline,
      load_average_before: loadBefore,
      fsync: server.fsync,
      synchronous_commit: server.synchronous_commit,
    },
    postgresVersion: server.version,
  }
}

/** Nobody becomes stale while it is measured. */
const ENV = { WAGGLE_STALE_S: '3600' }

async function overHttpOfNode(servers: Servers, options: NearbyOptions, fleet: Places) {
  const rig = await startRig({ node: null, postgresUrl: await servers.database('nearby'), nodes: 0 }, () => {}, ENV)
  try {
    await showEveryDriver(rig, benchFleetOf(fleet), new Ledger(options.drivers))
    const reads = { ...rig, ...options, pids: rig.nodePid === null ? [] : [rig.nodePid] }
    const nearby = await measureReads({ ...reads, path: () => nearbyPath(fleet, options) })
    const current = await measureReads({
      ...reads,
      path: n => `/v1/drivers/${nameOf((n * 7_919) % options.drivers)}/location`,
    })
    return { nearby, current }
  } finally {
    await rig.stop()
  }
}

async function overHttpOfBaseline(servers: Servers, options: NearbyOptions, fleet: Places) {
  const { redisUrl, redisPid } = servers
  const postgresUrl = await servers.database('nearby_baseline')
  const rig = await startBaseline({ redisUrl, postgresUrl, consumers: 1, store: 'copy', env: {} })
  try {
    const redis = new Redis(redisUrl)
    await fill(redis, fleet.homes)
    redis.disconnect()
    const pids = [rig.gatewayPid, redisPid]
    return await measureReads({ ...rig, ...options, pids, path: () => nearbyPath(fleet, options) })
  } finally {
    await rig.stop()
  }
}

function benchFleetOf({ homes }: Places): BenchFleet {
  return {
    size: homes.length,
    driverId: nameOf,
    place: index => homes[index] ?? { latitude: 0, longitude: 0 },
  }
}

function nearbyPath(fleet: Places, { radiusM, top }: NearbyOptions): string {
  const { latitude, longitude } = fleet.anywhere()
  return `/v1/drivers/nearby?lat=${latitude.toFixed(6)}&lng=${longitude.toFixed(6)}&radius=${radiusM}&limit=${top}`
}
