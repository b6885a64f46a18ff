/**
 * JSON Web Tokens: ours, signed with the shared secret (HS256), and those of other issuers, signed with a private key of
 * theirs. Which of the two a token is follows from the issuer that it names, and each way takes its own algorithms only: or a
 * public key, which everybody knows, could be used as a shared secret.
 */
import { decodeJwt, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../../actors/runtime/ports.ts'
import { parseDriverId, type UnixMs } from '../../domain/ids.ts'
import { isScope, type Scope } from '../../domain/scopes.ts'
import { YEAR_9999_END_MS } from '../rfc3339.ts'
import { type FetchKeys, JwksKeys } from './jwks-keys.ts'
import { isRole, type Principal, principalOf, type Role } from './principal.ts'

/** Who issues our own tokens, and whom every token is for that names somebody. */
export const WAGGLE = 'waggle'

const OTHERS_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
const SUBJECT = /^[\x21-\x7e]{1,64}$/

export interface IssuerSettings {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  /** Which roles its word is enough for. */
  readonly roles: readonly Role[]
  readonly roleClaim: string
  readonly subjectClaim: string
  /** Null: its tokens are not narrowed. Most issuers use `scope` for something else. */
  readonly scopeClaim: string | null
}

export interface TokenSettings {
  /** The first one signs, each is honoured. */
  readonly secrets: readonly [string, ...string[]]
  readonly issuers: readonly IssuerSettings[]
  readonly clockToleranceS: number
}

export type Verified =
  | { readonly kind: 'good'; readonly principal: Principal }
  /** `why` is a sentence for its bearer. */
  | { readonly kind: 'bad'; readonly why: string }

/** Which claims say who it is. */
type Claims = Pick<IssuerSettings, 'roles' | 'roleClaim' | 'subjectClaim' | 'scopeClaim'>

const OUR_CLAIMS: Claims = {
  roles: ['customer', 'driver', 'dispatcher', 'service', 'admin'],
  roleClaim: 'role',
  subjectClaim: 'sub',
  scopeClaim: 'scope',
}

export class TokenVerifier {
  readonly #settings: TokenSettings
  readonly #clock: Clock
  readonly #issuers: ReadonlyMap<string, { readonly settings: IssuerSettings; readonly keys: JwksKeys }>
  readonly #secrets: readonly Uint8Array[]

  constructor(settings: TokenSettings, clock: Clock, fetchKeys: FetchKeys) {
    this.#settings = settings
    this.#clock = clock
    this.#secrets = settings.secrets.map(secret => new TextEncoder().encode(secret))
    this.#issuers = new Map(
      settings.issuers.map(issuer => [
        issuer.issuer,
        { settings: issuer, keys: new JwksKeys({ url: issuer.jwksUrl, clock, fetch: fetchKeys }) },
      ]),
    )
  }

  /** @throws {Refusal} `issuer_unavailable`: it can be neither honoured nor refused now. */
  async verify(token: string): Promise<Verified> {
    try {
      const named = decodeJwt(token).iss
      const issuer = named === undefined ? undefined : this.#issuers.get(named)
      if (issuer === undefined) return this.#identified(await this.#ours(token), OUR_CLAIMS)
      return this.#identified(await this.#theirs(token, issuer.settings, issuer.keys), issuer.settings)
    } catch (error) {
      if (error instanceof errors.JOSEError) return bad(whyBad(error))
      throw error
    }
  }

  /** @throws {errors.JOSEError} of the last secret. */
  async #ours(token: string): Promise<JWTPayload> {
    let failure: unknown
    for (const secret of this.#secrets) {
      try {
        return (await jwtVerify(token, secret, { ...this.#common(), algorithms: ['HS256'] })).payload
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
        failure = error
      }
    }
    throw failure
  }

  async #theirs(token: string, { issuer, audience }: IssuerSettings, keys: JwksKeys): Promise<JWTPayload> {
    const expected = { ...this.#common(), algorithms: OTHERS_ALGORITHMS, issuer, audience }
    return (await jwtVerify(token, keys.keyFor, expected)).payload
  }

  #common() {
    return {
      currentDate: new Date(this.#clock.nowMs()),
      clockTolerance: this.#settings.clockToleranceS,
      requiredClaims: ['exp'],
    }
  }

  #identified(payload: JWTPayload, claims: Claims): Verified {
    // Whom a token is for, if it says so, must be us (RFC 7519); the audience of an issuer was checked with its signature.
    if (claims === OUR_CLAIMS && payload.aud !== undefined && ![payload.aud].flat().includes(WAGGLE)) {
      return bad('The token is for another audience.')
    }
    const role = payload[claims.roleClaim]
    if (!isRole(role) || !claims.roles.includes(role)) {
      return bad(`The claim ${claims.roleClaim} must be one of ${claims.roles.join(', ')}.`)
    }
    const id = payload[claims.subjectClaim]
    if (typeof id !== 'string' || !isSubject(role, id)) {
      return bad(`The claim ${claims.subjectClaim} must be the id of a ${role}.`)
    }
    const scopes = scopesOf(claims.scopeClaim === null ? undefined : payload[claims.scopeClaim])
    if (scopes === 'unknown') return bad('The claim of scopes must name known ones, with blanks between them.')
    const endsAtMs = (payload.exp ?? 0) * 1_000
    // Milliseconds, taken for seconds, are thousands of years.
    if (endsAtMs > YEAR_9999_END_MS) return bad('The claim exp must be a time in seconds.')
    const expiresAtMs = Math.min(endsAtMs + this.#settings.clockToleranceS * 1_000, YEAR_9999_END_MS)
    return { kind: 'good', principal: principalOf({ role, id, scopes, expiresAtMs }) }
  }
}

/** A driver's id must be one that a path can name. */
export function isSubject(role: Role, text: string): boolean {
  return role === 'driver' ? parseDriverId(text) !== null : SUBJECT.test(text)
}

function scopesOf(claim: unknown): ReadonlySet<Scope> | null | 'unknown' {
  if (claim === undefined) return null
  if (typeof claim !== 'string') return 'unknown'
  const names = claim.split(' ').filter(name => name !== '')
  const known = names.filter(isScope)
  return known.length === names.length ? new Set(known) : 'unknown'
}

function bad(why: string): Verified {
  return { kind: 'bad', why }
}

function whyBad(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.'
  if (error instanceof errors.JWTClaimValidationFailed) return `The claim ${error.claim} of the token does not hold.`
  return 'The token is not signed by anybody who is trusted here.'
}

export interface TokenRequest {
  readonly role: Role
  readonly subject: string
  readonly scopes: readonly Scope[] | null
  readonly ttlS: number
}

/** A token of our own. */
export function mintToken(
  secret: string,
  { role, subject, scopes, ttlS }: TokenRequest,
  nowMs: UnixMs,
): Promise<string> {
  const nowS = Math.floor(nowMs / 1_000)
  return new SignJWT({ role, ...(scopes === null ? {} : { scope: scopes.join(' ') }) })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(WAGGLE)
    .setAudience(WAGGLE)
    .setSubject(subject)
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + ttlS)
    .sign(new TextEncoder().encode(secret))
}
