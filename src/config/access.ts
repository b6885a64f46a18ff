/** Settings of who may call: the secrets of tokens and links, and other issuers of tokens. */
import { isRole, ROLES, type Role } from '../http/access/principal.ts'
import { type Rates, readRates } from '../http/access/rates.ts'
import type { IssuerSettings } from '../http/access/tokens.ts'
import { ConfigError } from './config-error.ts'
import type { SettingReader } from './values.ts'

export interface AccessConfig {
  /** Null: made at the first start and kept in the data directory. */
  readonly jwtSecrets: readonly [string, ...string[]] | null
  readonly jwtIssuers: readonly IssuerSettings[]
  readonly jwtToleranceS: number
  /** Null: follows from the secret of tokens. */
  readonly trackingSecrets: readonly [string, ...string[]] | null
  readonly trackingTtlMs: number
  readonly proxies: number
  readonly rates: Rates
}

export function readAccessConfig({ text, whole }: SettingReader): AccessConfig {
  return {
    jwtSecrets: secrets('WAGGLE_JWT_SECRET', text('WAGGLE_JWT_SECRET')),
    jwtIssuers: issuers(text('WAGGLE_JWT_ISSUERS')),
    jwtToleranceS: whole('WAGGLE_JWT_TOLERANCE_S', 0, 300),
    trackingSecrets: secrets('WAGGLE_TRACKING_SECRET', text('WAGGLE_TRACKING_SECRET')),
    trackingTtlMs: whole('WAGGLE_TRACKING_TTL_S', 60, 31_536_000) * 1_000,
    proxies: whole('WAGGLE_PROXIES', 0, 10),
    rates: rates(text('WAGGLE_RATE_LIMITS')),
  }
}

/** Of HS256 a shorter key is the weakest part. */
const SECRET = /^[\x21-\x2b\x2d-\x7e]{32,512}$/
/** The new one, the old one, and one for whoever was in the middle of it. */
const SECRETS_MAX = 3

function secrets(name: string, value: string): readonly [string, ...string[]] | null {
  if (value === '') return null
  const [first, ...others] = value.split(',')
  if (first === undefined || others.length >= SECRETS_MAX || ![first, ...others].every(each => SECRET.test(each))) {
    throw new ConfigError(
      `${name} must be 32 to 512 printable characters without blanks and commas; up to ${SECRETS_MAX} with commas between them, the first of which signs.`,
    )
  }
  return [first, ...others]
}

function rates(value: string): Rates {
  const read = readRates(value)
  if (typeof read === 'string') throw new ConfigError(`WAGGLE_RATE_LIMITS ${read}.`)
  return read
}

const ISSUERS_MAX = 16
const VARIABLE = 'WAGGLE_JWT_ISSUERS'

function issuers(value: string): readonly IssuerSettings[] {
  if (value === '') return []
  const list = parsed(value)
  if (!Array.isArray(list) || list.length > ISSUERS_MAX) wrong(`must be a JSON array of at most ${ISSUERS_MAX} issuers`)
  const read = list.map(issuer)
  if (new Set(read.map(each => each.issuer)).size < read.length) wrong('names an issuer twice')
  return read
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch (cause) {
    throw new ConfigError(`${VARIABLE} must be JSON.`, { cause })
  }
}

const FIELDS = ['issuer', 'audience', 'jwks_url', 'roles', 'role_claim', 'subject_claim', 'scope_claim']

function issuer(entry: unknown): IssuerSettings {
  if (typeof entry !== 'object' || entry === null) wrong('must be an array of objects')
  const fields: Record<string, unknown> = { ...entry }
  const unknown = Object.keys(fields).find(name => !FIELDS.includes(name))
  if (unknown !== undefined) wrong(`has the unknown field ${unknown}; known are ${FIELDS.join(', ')}`)
  return {
    issuer: textOf(fields, 'issuer'),
    audience: textOf(fields, 'audience'),
    jwksUrl: jwksUrl(textOf(fields, 'jwks_url')),
    roles: rolesOf(fields.roles ?? ['customer', 'driver']),
    roleClaim: textOf({ role_claim: 'role', ...fields }, 'role_claim'),
    subjectClaim: textOf({ subject_claim: 'sub', ...fields }, 'subject_claim'),
    scopeClaim: fields.scope_claim === undefined ? null : textOf(fields, 'scope_claim'),
  }
}

function textOf(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name]
  return typeof value === 'string' && value !== '' ? value : wrong(`must say ${name} of each issuer, as text`)
}

/** Whoever can change what comes over an open line makes its own tokens. */
function jwksUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isLoopback = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)
  return isSafe ? text : wrong('must have a jwks_url that begins with https://')
}

function rolesOf(value: unknown): readonly Role[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isRole)) {
    wrong(`may have roles out of ${ROLES.join(', ')}`)
  }
  return value
}

function wrong(what: string): never {
  throw new ConfigError(`${VARIABLE} ${what}.`)
}
