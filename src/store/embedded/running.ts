/** The server of a data directory that is running now, whoever runs it: for a second reader beside a node. */
import { resolve } from 'node:path'
import { clusterPassword, findCluster, isInitialised, SUPERUSER } from './cluster.ts'
import { findPostmaster } from './postmaster.ts'

/**
 * Changes nothing and owns nothing.
 * @returns null where no server runs; `missing` where there is no database at all.
 * @throws {EmbeddedPostgresError} where its password is lost.
 */
export async function runningServer(dataDir: string, database = 'waggle'): Promise<string | 'missing' | null> {
  const dir = resolve(dataDir)
  const cluster = await findCluster(dir)
  if (cluster === null || !(await isInitialised(cluster))) return 'missing'
  const postmaster = await findPostmaster(cluster.pgdata)
  if (postmaster === null || postmaster.port === null || postmaster.status !== 'ready') return null
  return `postgres://${SUPERUSER}:${await clusterPassword(dir, cluster)}@127.0.0.1:${postmaster.port}/${database}`
}
