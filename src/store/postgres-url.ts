/**
 * The URL of a Postgres: `postgres://[user:password@]host[:port]/database`, whose query may say, as with libpq, `sslmode`
 * (`disable`; `require`: encrypted, whoever it is; `verify-full`: it must show a certificate of its name) and files in PEM:
 * `sslrootcert`, an authority beside those of the system; `sslcert` and `sslkey`, who we are.
 */
import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'

/** Its message is for the operator and repeats no password. */
export class PostgresUrlError extends Error {
  override readonly name = 'PostgresUrlError'
}

export interface PostgresTarget {
  /** Without what it says of TLS. */
  readonly url: string
  /** Null: not encrypted. */
  readonly tls: ConnectionOptions | null
}

const MODES = ['disable', 'require', 'verify-full']
const FILES = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const

/** @throws {PostgresUrlError} */
export function postgresTarget(text: string): PostgresTarget {
  if (!URL.canParse(text)) throw new PostgresUrlError('The URL of Postgres must begin with postgres://.')
  const url = new URL(text)
  const mode = url.searchParams.get('sslmode') ?? 'disable'
  if (!MODES.includes(mode)) throw new PostgresUrlError(`sslmode in the URL of Postgres must be ${MODES.join(', ')}.`)
  const files = Object.entries(FILES).flatMap(([name, option]) => {
    const path = url.searchParams.get(name)
    url.searchParams.delete(name)
    return path === null ? [] : [[option, pem(name, path)] as const]
  })
  url.searchParams.delete('sslmode')
  if (mode === 'disable') {
    if (files.length > 0) throw new PostgresUrlError('Files of TLS in the URL of Postgres need sslmode=verify-full.')
    return { url: url.href, tls: null }
  }
  const name = url.hostname.replace(/^\[|\]$/g, '')
  const tls = { ...Object.fromEntries(files), rejectUnauthorized: mode === 'verify-full', ...servername(name) }
  return { url: url.href, tls }
}

function pem(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new PostgresUrlError(`${name} in the URL of Postgres must be a file that can be read.`, { cause })
  }
}

/** An address is no name to ask for. */
function servername(host: string): { servername?: string } {
  return /^[0-9.]+$|:/.test(host) ? {} : { servername: host }
}
