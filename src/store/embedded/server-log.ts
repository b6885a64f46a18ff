import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from './cluster.ts'
import { readIfThere } from './read-if-there.ts'

const TAIL_MAX_CHARS = 2_000

/**
 * Keeps the newest files. Postgres begins a new one at a size but never removes any, so the bound is ours; the
 * names sort by time.
 */
export async function sweepServerLog(cluster: Cluster, filesMax: number): Promise<void> {
  const files = await logFiles(cluster)
  for (const file of files.slice(0, -filesMax)) await rm(join(cluster.logDir, file), { force: true })
}

/** @returns the last of what the server said in its present life, for the sentence about a start that failed. */
export async function lastWords(cluster: Cluster): Promise<string> {
  const atStart = (await readIfThere(cluster.startLog)) ?? ''
  // A server that ends before it opens its log has said all here, and the log is about an earlier life.
  const newest = atStart.includes('logging collector') ? (await logFiles(cluster)).at(-1) : undefined
  const later = newest === undefined ? '' : await readIfThere(join(cluster.logDir, newest))
  return `${atStart}\n${later ?? ''}`.trim().slice(-TAIL_MAX_CHARS)
}

async function logFiles(cluster: Cluster): Promise<string[]> {
  return (await readdir(cluster.logDir)).filter(name => name.endsWith('.log')).sort()
}
