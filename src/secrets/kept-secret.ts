/** Secrets that a node makes for itself: once, kept in its data directory, readable by its user only. */
import { chmod, link, readFile, rm, writeFile } from 'node:fs/promises'
import { ConfigError } from '../config/config-error.ts'
import { SECRET } from '../config.ts'

const SECRET_BYTES = 32

export interface SecretKeeping {
  readonly file: string
  /** What an operator calls it. */
  readonly what: string
  /** Tells what it is to whoever finds it somewhere. */
  readonly prefix: string
  readonly byteCount?: number
}

export interface KeptSecret {
  readonly secret: string
  readonly isNew: boolean
}

/**
 * The secret in that file; where there is none, a new one. Two processes that begin together agree: the file comes into being
 * whole, and only one of them makes it.
 *
 * @throws {ConfigError} where what is kept is none, cut off by a full disk or by hand: others may have it, so it is not replaced
 * without a word.
 */
export async function keepSecret({ file, what, prefix, byteCount = SECRET_BYTES }: SecretKeeping): Promise<KeptSecret> {
  const kept = await readIfThere(file, what)
  if (kept !== null) return { secret: kept, isNew: false }
  const secret = `${prefix}${Buffer.from(crypto.getRandomValues(new Uint8Array(byteCount))).toString('base64url')}`
  const scratch = `${file}.${process.pid}.${secret.slice(-6)}`
  await writeFile(scratch, `${secret}\n`, { mode: 0o600 })
  try {
    await chmod(scratch, 0o600)
    await link(scratch, file)
    return { secret, isNew: true }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    const others = await readIfThere(file, what)
    if (others === null) throw error
    return { secret: others, isNew: false }
  } finally {
    await rm(scratch, { force: true })
  }
}

async function readIfThere(file: string, what: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const kept = text.trim()
  if (SECRET.test(kept)) return kept
  throw new ConfigError(
    `The ${what} in ${file} is none: 16 to 256 printable characters without blanks. Put the right one there, or remove the file to have a new one made.`,
  )
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
