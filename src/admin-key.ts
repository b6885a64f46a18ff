import { chmod, readFile, writeFile } from 'node:fs/promises'
import { adminKeyFile, type Config } from './config.ts'

/** Characters of a key we make: 24 random bytes. */
const KEY_BYTES = 24

/**
 * The key that may do everything: the one configured, else the one kept in the data directory, else a new one that is
 * kept there from now on, readable by this user only.
 */
export async function keepAdminKey(config: Config): Promise<{ key: string; isNew: boolean }> {
  if (config.adminKey !== null) return { key: config.adminKey, isNew: false }
  const file = adminKeyFile(config.dataDir)
  try {
    const kept = (await readFile(file, 'utf8')).trim()
    if (kept.length >= 16) return { key: kept, isNew: false }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const key = `wag_${Buffer.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES))).toString('base64url')}`
  await writeFile(file, `${key}\n`, { mode: 0o600 })
  await chmod(file, 0o600)
  return { key, isNew: true }
}
