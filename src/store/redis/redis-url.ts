/**
 * The URL of a Redis: `redis://[user:password@]host:port[/database]`, or `rediss://` for TLS, whose query may name
 * files in PEM (`ca`, `cert`, `key`) and the name that the certificate must have (`servername`).
 */
import { readFileSync } from 'node:fs'
import type { RedisOptions } from 'ioredis'

/** Its message is for the operator and repeats no password. */
export class RedisUrlError extends Error {
  override readonly name = 'RedisUrlError'
}

const PORT_DEFAULT = 6_379
const DATABASE_MAX = 15
const TLS_FILES = ['ca', 'cert', 'key'] as const
const TLS_PARAMETERS: readonly string[] = [...TLS_FILES, 'servername']

/** @throws {RedisUrlError} */
export function redisOptions(text: string): RedisOptions {
  const url = parsed(text)
  const isTls = url.protocol === 'rediss:'
  const given = [...url.searchParams.keys()]
  const unknown = given.find(name => !TLS_PARAMETERS.includes(name))
  if (unknown !== undefined)
    throw new RedisUrlError(`The URL of Redis has "${unknown}"; it may have ${TLS_PARAMETERS.join(', ')}.`)
  if (!isTls && given.length > 0)
    throw new RedisUrlError(`"${given[0]}" in the URL of Redis is for TLS: begin it with rediss://.`)
  return {
    host: url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: url.port === '' ? PORT_DEFAULT : Number(url.port),
    db: databaseOf(url),
    ...(url.username === '' ? {} : { username: decoded(url.username) }),
    ...(url.password === '' ? {} : { password: decoded(url.password) }),
    ...(isTls ? { tls: tlsOf(url) } : {}),
  }
}

function parsed(text: string): URL {
  if (URL.canParse(text)) {
    const url = new URL(text)
    if (url.protocol === 'redis:' || url.protocol === 'rediss:') return url
  }
  throw new RedisUrlError('The URL of Redis must begin with redis:// or rediss://.')
}

function databaseOf({ pathname }: URL): number {
  const text = pathname.replace(/^\//, '')
  if (text === '') return 0
  if (!/^\d{1,2}$/.test(text) || Number(text) > DATABASE_MAX) {
    throw new RedisUrlError(
      `The database in the URL of Redis must be a number from 0 to ${DATABASE_MAX}, not "${text}".`,
    )
  }
  return Number(text)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    throw new RedisUrlError('User or password in the URL of Redis are not percent-encoded.', { cause: error })
  }
}

function tlsOf(url: URL): NonNullable<RedisOptions['tls']> {
  const files = TLS_FILES.flatMap(name => {
    const path = url.searchParams.get(name)
    return path === null ? [] : [[name, contentOf(name, path)] as const]
  })
  const servername = url.searchParams.get('servername')
  return { ...Object.fromEntries(files), ...(servername === null ? {} : { servername }) }
}

function contentOf(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new RedisUrlError(`The file ${path}, named by "${name}" in the URL of Redis, cannot be read.`, {
      cause: error,
    })
  }
}
