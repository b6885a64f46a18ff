/**
 * Where NATS is and who we are there, read from what an operator sets. Secrets stay in here: no error and no description of
 * a target repeats them.
 */

/** The setting is not understood. The sentence never holds a user, a password or a token. */
export class NatsTargetError extends Error {
  override readonly name = 'NatsTargetError'
}

export interface NatsTarget {
  /** `host:port`, at least one. */
  readonly servers: readonly string[]
  /** Refuse a server that does not offer TLS. */
  readonly tls: boolean
  readonly login: NatsLogin
  /** A file with a user's JWT and seed, as `nsc` writes it. */
  readonly credsFile: string | null
  /** A certificate authority beside those of the system. */
  readonly caFile: string | null
}

export type NatsLogin =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }

const PORT_DEFAULT = '4222'
/** More than any cluster of NATS has; bounds what a broken setting can ask for. */
const SERVERS_MAX = 32

/**
 * @param text  one URL or several with commas between: `nats://host:4222`, `tls://user:password@host`, `nats://token@host`.
 * @throws {NatsTargetError} naming what is wrong, without repeating secrets.
 */
export function readNatsTarget(
  text: string,
  credsFile: string | null = null,
  caFile: string | null = null,
): NatsTarget {
  const parts = text.split(',').map(part => part.trim())
  if (parts.length > SERVERS_MAX) throw new NatsTargetError(`more than ${SERVERS_MAX} servers`)
  const urls = parts.map(readUrl)
  const logins = urls.map(loginOf).filter(login => login.kind !== 'none')
  const [login = { kind: 'none' }] = logins
  if (logins.some(other => JSON.stringify(other) !== JSON.stringify(login))) {
    throw new NatsTargetError('the servers are given with different users; one is used for all of them')
  }
  if (login.kind !== 'none' && credsFile !== null) {
    throw new NatsTargetError('a user in the URL and a credentials file; give one of them')
  }
  const secure = urls.filter(url => url.protocol === 'tls:')
  if (secure.length > 0 && secure.length < urls.length) {
    throw new NatsTargetError(
      'some servers are given as tls:// and some as nats://; TLS is for all of them or for none',
    )
  }
  return {
    servers: urls.map(url => `${url.hostname}:${url.port || PORT_DEFAULT}`),
    tls: secure.length > 0,
    login,
    credsFile,
    caFile,
  }
}

function readUrl(text: string, index: number): URL {
  const url = URL.parse(text)
  if (url === null || url.hostname === '' || (url.protocol !== 'nats:' && url.protocol !== 'tls:')) {
    throw new NatsTargetError(`server ${index + 1} must be a URL that begins with nats:// or tls:// and names a host`)
  }
  return url
}

function loginOf({ username, password }: URL): NatsLogin {
  if (username === '') return { kind: 'none' }
  const user = decodeURIComponent(username)
  return password === ''
    ? { kind: 'token', token: user }
    : { kind: 'password', user, password: decodeURIComponent(password) }
}
