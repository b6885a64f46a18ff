import { findCluster } from '../store/embedded/cluster.ts'
import { findPostmaster } from '../store/embedded/postmaster.ts'

/**
 * Kills the Postgres of an embedded node, found by the pid file of its data directory, as `kill -9` does it.
 *
 * @returns false where there is no server to be killed.
 */
export async function killPostgres(dataDir: string): Promise<boolean> {
  const cluster = await findCluster(dataDir)
  const server = cluster === null ? null : await findPostmaster(cluster.pgdata)
  if (server === null) return false
  try {
    process.kill(server.pid, 'SIGKILL')
    return true
  } catch (error) {
    // Ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
