/** The baseline as processes: one gateway and a few consumers, between the Redis and the Postgres that are given. */
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { systemClock } from '../../src/cluster/system-clock.ts'
import { readConfig } from '../../src/config.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { keepPartitions } from '../../src/store/partitions.ts'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { NoResultError } from '../bench.ts'
import type { Rig } from '../ingest/rig.ts'
import type { Way } from './baseline/history.ts'
import { GROUP, streamOf } from './baseline/names.ts'

export interface BaselineOptions {
  readonly redisUrl: string
  readonly postgresUrl: string
  readonly consumers: number
  readonly store: Way
  /** Beside its own settings. */
  readonly env: Readonly<Record<string, string>>
}

export interface BaselineRig extends Rig {
  readonly gatewayPid: number
  readonly consumerPids: readonly number[]
}

const MAIN = join(import.meta.dir, 'baseline', 'main.ts')
const START_MAX_MS = 30_000
const READY = /ready at (http:\S+)/

/** @throws {NoResultError} it does not start. */
export async function startBaseline(options: BaselineOptions): Promise<BaselineRig> {
  const token = `bench_${crypto.randomUUID()}`
  const stopKeeping = await prepareRecord(options.postgresUrl)
  await prepareStreams(options)
  const env = {
    ...process.env,
    ...options.env,
    BASELINE_TOKEN: token,
    BASELINE_REDIS_URL: options.redisUrl,
    BASELINE_POSTGRES_URL: options.postgresUrl,
    BASELINE_CONSUMERS: String(options.consumers),
    BASELINE_STORE: options.store,
  }
  const start = (...role: string[]) =>
    Bun.spawn([process.execPath, MAIN, ...role], { env, stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' })
  const gateway = start('gateway')
  const consumers = Array.from({ length: options.consumers }, (_, i) => start('consumer', String(i)))
  const stop = async (): Promise<void> => {
    for (const child of [gateway, ...consumers]) child.kill('SIGTERM')
    await Promise.all([gateway, ...consumers].map(child => child.exited))
    stopKeeping()
  }
  const giveUp = setTimeout(() => gateway.kill('SIGKILL'), START_MAX_MS)
  const url = await readUrl(gateway.stdout)
  clearTimeout(giveUp)
  if (url === null) {
    await stop()
    throw new NoResultError('the baseline did not start')
  }
  return {
    url,
    token,
    postgresUrl: options.postgresUrl,
    nodePid: gateway.pid,
    nodeUrls: [],
    gatewayPid: gateway.pid,
    consumerPids: consumers.map(child => child.pid),
    stop,
  }
}

/** The same tables and the same partitions as a node's. */
async function prepareRecord(postgresUrl: string): Promise<() => void> {
  const sql = connect(postgresUrl, { max: 1, applicationName: 'bench baseline' })
  await migrate(sql)
  await disconnect(sql)
  return keepPartitions({
    open: () => connect(postgresUrl, { max: 1, applicationName: 'bench partitions' }),
    clock: systemClock,
    upkeep: readConfig({}).upkeep,
    onFailure: error => {
      throw error
    },
  })
}

async function prepareStreams({ redisUrl, consumers }: BaselineOptions): Promise<void> {
  const redis = new Redis(redisUrl)
  for (let i = 0; i < consumers; i++) await redis.xgroup('CREATE', streamOf(i), GROUP, '$', 'MKSTREAM')
  redis.disconnect()
}

async function readUrl(output: ReadableStream<Uint8Array>): Promise<string | null> {
  let text = ''
  for await (const chunk of output) {
    text += new TextDecoder().decode(chunk)
    const url = READY.exec(text)?.[1]
    if (url !== undefined) return url
  }
  return null
}
