/** One Postgres and one Redis of this machine for both systems, a database for each: they meet the same disk and the same settings. */
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { startServices } from '../../src/services/services.ts'
import { createDatabase, urlOfDatabase } from '../../src/store/embedded/databases.ts'
import { NoResultError } from '../bench.ts'

export interface Servers {
  readonly postgresUrl: string
  readonly redisUrl: string
  readonly redisPid: number
  /** A fresh one. @returns its URL. */
  database(name: string): Promise<string>
  stop(): Promise<void>
}

/** @throws {NoResultError} a server is missing or does not start. */
export async function startServers(progress: (sentence: string) => void): Promise<Servers> {
  progress('starting Postgres and Redis')
  const services = await startServices({ only: ['redis', 'postgres'] }).catch((cause: unknown) => {
    throw new NoResultError(cause instanceof Error ? cause.message : String(cause), { cause })
  })
  try {
    const redisUrl = services.url('redis')
    const redis = new Redis(redisUrl)
    // What is in Redis is not the record here: its log on disk would cost the baseline CPU and syncs for nothing.
    await redis.config('SET', 'appendonly', 'no')
    const info = await redis.info('server')
    redis.disconnect()
    return {
      postgresUrl: services.url('postgres'),
      redisUrl,
      redisPid: Number(/^process_id:(\d+)/m.exec(info)?.[1]),
      async database(name) {
        const unique = `${name}_${randomUUID().slice(0, 8)}`
        await createDatabase(services.url('postgres'), unique)
        return urlOfDatabase(services.url('postgres'), unique)
      },
      stop: () => services.stop(),
    }
  } catch (error) {
    await services.stop()
    throw error
  }
}
