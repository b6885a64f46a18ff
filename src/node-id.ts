import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from './config.ts'

/** Characters of a name we make: 6 random bytes. */
const NAME_BYTES = 6

/**
 * The name of this node in its cluster, the same after a restart: the one configured, else the one kept in the data directory,
 * else a new one that is kept there from now on.
 */
export async function keepNodeId({ node, dataDir }: Pick<Config, 'node' | 'dataDir'>): Promise<string> {
  if (node !== null) return node
  const file = join(dataDir, 'node-id')
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const name = `node-${Buffer.from(crypto.getRandomValues(new Uint8Array(NAME_BYTES))).toString('hex')}`
  await writeFile(file, `${name}\n`)
  return name
}
