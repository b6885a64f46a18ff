/**
 * An operator, an account and a user of NATS, made for one test: what `nsc` makes for an operator of servers. Tokens are those of
 * NATS: JWTs signed by Ed25519 keys, the hash of its claims as the id of each.
 */
import { createHash } from 'node:crypto'
import { nkeys } from 'nats'

type KeyPair = ReturnType<typeof nkeys.createUser>

export interface NatsAccounts {
  /** Of a server's configuration. */
  readonly config: string
  /** The contents of a credentials file. */
  readonly creds: string
}

const UNLIMITED = -1
const ACCOUNT_LIMITS = { subs: UNLIMITED, data: UNLIMITED, payload: UNLIMITED, imports: UNLIMITED, exports: UNLIMITED }
const CONNECTION_LIMITS = { wildcards: true, conn: UNLIMITED, leaf: UNLIMITED }
const JETSTREAM_LIMITS = { mem_storage: UNLIMITED, disk_storage: UNLIMITED, streams: UNLIMITED, consumer: UNLIMITED }
const NO_PERMISSIONS = { pub: {}, sub: {} }

export function makeNatsAccounts(): NatsAccounts {
  const [operator, account, system, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ]
  const accountClaims = (limits: object) => ({
    type: 'account',
    version: 2,
    limits: { ...ACCOUNT_LIMITS, ...CONNECTION_LIMITS, ...limits },
    default_permissions: NO_PERMISSIONS,
  })
  const systemKey = system.getPublicKey()
  const accounts = {
    [account.getPublicKey()]: token(account, operator, 'waggle', accountClaims(JETSTREAM_LIMITS)),
    [systemKey]: token(system, operator, 'system', accountClaims({})),
  }
  const operatorToken = token(operator, operator, 'test', { type: 'operator', version: 2, system_account: systemKey })
  const userClaims = {
    ...NO_PERMISSIONS,
    subs: UNLIMITED,
    data: UNLIMITED,
    payload: UNLIMITED,
    type: 'user',
    version: 2,
  }
  const preloaded = Object.entries(accounts).map(([key, jwt]) => `  ${key}: ${jwt}`)
  return {
    config: [
      `operator: ${operatorToken}`,
      `system_account: ${systemKey}`,
      'resolver: MEMORY',
      'resolver_preload {',
      ...preloaded,
      '}',
    ].join('\n'),
    creds: credsOf(token(user, account, 'node', userClaims), new TextDecoder().decode(user.getSeed())),
  }
}

function token(subject: KeyPair, issuer: KeyPair, name: string, nats: object): string {
  const claims = {
    iat: Math.floor(Date.now() / 1_000),
    iss: issuer.getPublicKey(),
    name,
    sub: subject.getPublicKey(),
    nats,
  }
  const jti = createHash('sha512-256').update(JSON.stringify(claims)).digest('hex')
  const body = [
    { typ: 'JWT', alg: 'ed25519-nkey' },
    { jti, ...claims },
  ]
    .map(base64Url)
    .join('.')
  return `${body}.${Buffer.from(issuer.sign(new TextEncoder().encode(body))).toString('base64url')}`
}

function base64Url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function credsOf(jwt: string, seed: string): string {
  const part = (name: string, text: string, line: string) =>
    `-----BEGIN ${name}-----\n${text}\n${line}END ${name}${line}\n`
  return part('NATS USER JWT', jwt, '------') + part('USER NKEY SEED', seed, '------')
}
