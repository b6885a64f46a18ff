import { chmod, link, readFile, rm, writeFile } from 'node:fs/promises'
import { ADMIN_KEY, adminKeyFile, type Config, ConfigError } from './config.ts'

/** Characters of a key we make: 24 random bytes. */
const KEY_BYTES = 24

/**
 * The key that may do everything: the one configured, else the one kept in the data directory, else a new one that is
 * kept there from now on, readable by this user only.
 *
 * @throws {ConfigError} where what is kept is no key: clients may have it, so it is not replaced without a word.
 */
export async function keepAdminKey(config: Config): Promise<{ key: string; isNew: boolean }> {
  if (config.adminKey !== null) return { key: config.adminKey, isNew: false }
  const file = adminKeyFile(config.dataDir)
  const kept = await readKept(file)
  if (kept !== null) return { key: kept, isNew: false }
  const key = `wag_${Buffer.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES))).toString('base64url')}`
  const isOurs = await writeOnce(file, key)
  // Another process has made one in the same moment.
  return isOurs ? { key, isNew: true } : { key: (await readKept(file)) ?? key, isNew: false }
}

async function readKept(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const kept = text.trim()
  if (ADMIN_KEY.test(kept)) return kept
  throw new ConfigError(
    `The admin key in ${file} is none: 16 to 256 printable characters without blanks. Put the right one there, or remove the file to have a new one made.`,
  )
}

/** It is there as a whole or not at all, whenever we are killed. @returns false where there was one already. */
async function writeOnce(file: string, key: string): Promise<boolean> {
  const draft = `${file}.${crypto.randomUUID()}`
  await writeFile(draft, `${key}\n`, { mode: 0o600 })
  await chmod(draft, 0o600)
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    await rm(draft, { force: true })
  }
}
