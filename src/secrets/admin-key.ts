import { adminKeyFile, type Config } from '../config.ts'
import { keepSecret } from './kept-secret.ts'

/** Characters of a key we make: 24 random bytes. */
const KEY_BYTES = 24

/** The key that may do everything: the one configured, else the one kept in the data directory, else a new one. */
export async function keepAdminKey(config: Config): Promise<{ key: string; isNew: boolean }> {
  if (config.adminKey !== null) return { key: config.adminKey, isNew: false }
  const { secret, isNew } = await keepSecret({
    file: adminKeyFile(config.dataDir),
    what: 'admin key',
    prefix: 'wag_',
    byteCount: KEY_BYTES,
  })
  return { key: secret, isNew }
}
