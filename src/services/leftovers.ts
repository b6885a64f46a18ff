/** What an owner that was killed has left in its directory. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findCluster } from '../store/embedded/cluster.ts'
import { EMBEDDED_LIMITS } from '../store/embedded/limits.ts'
import { stopPostmaster } from '../store/embedded/postmaster.ts'
import { ServiceError } from './errors.ts'
import { endServerIn } from './processes.ts'

/** Ends the servers of a directory that we own. @throws {ServiceError} `stop_failed` */
export async function endLeftovers(dir: string): Promise<void> {
  for (const name of ['nats', 'redis']) {
    if (await endServerIn(join(dir, name))) continue
    throw new ServiceError('stop_failed', `The ${name} server that was left in ${dir} does not end.`)
  }
  const cluster = await findCluster(join(dir, 'postgres'))
  if (cluster !== null) await stopPostmaster(cluster.pgdata, EMBEDDED_LIMITS)
}

/** With the database, which may lie elsewhere. The servers have ended. */
export async function removeDir(dir: string): Promise<void> {
  const cluster = await findCluster(join(dir, 'postgres'))
  if (cluster !== null) await rm(cluster.home, { recursive: true, force: true })
  await rm(dir, { recursive: true, force: true })
}
