/**
 * Who calls. A bearer shows the admin key, an API key, a token or a tracking link; which it is can be seen from its text.
 * What was found good is remembered, so that a phone that sends a position each second is looked at once: keys by the
 * {@link KeyRing}, tokens here, for a minute, and never beyond their expiry.
 *
 * Keys are compared as digests, in constant time: neither a prefix nor the length of one can be felt out.
 */
import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../actors/runtime/ports.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { Refusal } from '../problem.ts'
import { digestOf, isApiKey } from './api-key.ts'
import type { KeyRing } from './key-ring.ts'
import { ADMIN, type Principal } from './principal.ts'
import { rateLimited } from './rate-limit.ts'
import type { TokenVerifier } from './tokens.ts'
import { isTrackingToken, type TrackingLinks } from './tracking-link.ts'

const BEARER = /^Bearer +(\S+) *$/i
/** Longer than any key or sensible token: what is longer is not hashed. */
const TEXT_MAX = 4_096
/** A key that its issuer has withdrawn is honoured for this much longer. */
const REMEMBERED_MS = 60_000
/** About half a kilobyte each. */
const REMEMBERED_MAX = 20_000
const CHALLENGE = 'Bearer realm="waggle"'

export interface AuthenticatorDeps {
  readonly adminKey: string
  readonly clock: Pick<Clock, 'nowMs'>
  readonly keys: Pick<KeyRing, 'find' | 'isMet'>
  readonly tokens: Pick<TokenVerifier, 'verify'>
  readonly links: Pick<TrackingLinks, 'read'>
}

type Found = Principal | Promise<Principal>

/**
 * `heldMs`: for how much longer nothing is looked up for this caller that is not known already; 0 for everybody else.
 * @throws {Refusal} `rate_limited`
 */
type Held = number

export class Authenticator {
  readonly #deps: AuthenticatorDeps
  readonly #adminDigest: Buffer
  readonly #remembered = new Map<string, { readonly principal: Principal; readonly untilMs: UnixMs }>()

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps
    this.#adminDigest = digestOf(deps.adminKey)
  }

  /** @throws {Refusal} `unauthorized` */
  fromHeader(request: Request, heldMs: Held = 0): Found {
    const given = request.headers.get('authorization')
    const text = given === null ? undefined : BEARER.exec(given)?.[1]
    return text === undefined ? nothingShown() : this.#find(text, heldMs)
  }

  /** A browser cannot set headers on a socket, so there the query may carry it. @throws {Refusal} `unauthorized` */
  fromHeaderOrQuery(request: Request, query: URLSearchParams, heldMs: Held = 0): Found {
    const text = query.get('token')
    return text === null || showsHeader(request) ? this.fromHeader(request, heldMs) : this.#find(text, heldMs)
  }

  /** A tracking link is a URL; keys and tokens do not belong in one, where logs and histories keep them. */
  fromHeaderOrLink(request: Request, query: URLSearchParams, heldMs: Held = 0): Found {
    const text = query.get('token')
    const isLink = text !== null && isTrackingToken(text) && !showsHeader(request)
    return isLink ? this.#find(text, heldMs) : this.fromHeader(request, heldMs)
  }

  #find(text: string, heldMs: Held): Found {
    if (text.length > TEXT_MAX) throw unauthorized('The credential is too long.')
    const digest = digestOf(text)
    if (timingSafeEqual(digest, this.#adminDigest)) return ADMIN
    if (isApiKey(text)) return this.#byKey(text, digest, heldMs)
    if (isTrackingToken(text)) return known(this.#deps.links.read(text, this.#deps.clock.nowMs()), 'link')
    if (text.split('.', 4).length === 3) return this.#byToken(text, digest.toString('latin1'), heldMs)
    throw unauthorized('This key is not known.')
  }

  #byKey(text: string, digest: Buffer, heldMs: Held): Found {
    if (heldMs > 0 && !this.#deps.keys.isMet(text)) throw rateLimited(heldMs)
    const found = this.#deps.keys.find(text, digest)
    return found instanceof Promise ? found.then(principal => known(principal, 'key')) : known(found, 'key')
  }

  #byToken(text: string, digest: string, heldMs: Held): Found {
    const before = this.#remembered.get(digest)
    if (before !== undefined && this.#deps.clock.nowMs() < before.untilMs) return before.principal
    if (heldMs > 0) throw rateLimited(heldMs)
    return this.#verify(text, digest)
  }

  async #verify(text: string, digest: string): Promise<Principal> {
    this.#remembered.delete(digest)
    const verified = await this.#deps.tokens.verify(text)
    if (verified.kind === 'bad') throw unauthorized(verified.why)
    const { principal } = verified
    const untilMs = this.#deps.clock.nowMs() + REMEMBERED_MS
    this.#remembered.set(digest, { principal, untilMs: Math.min(untilMs, principal.expiresAtMs ?? untilMs) })
    this.#makeRoom()
    return principal
  }

  #makeRoom(): void {
    if (this.#remembered.size <= REMEMBERED_MAX) return
    for (const oldest of this.#remembered.keys()) {
      this.#remembered.delete(oldest)
      return
    }
  }
}

function showsHeader({ headers }: Request): boolean {
  return (headers.get('authorization') ?? '') !== ''
}

/** One sentence for what is unknown, wrong, revoked or over: which of them is nobody's business. */
function known(principal: Principal | null, what: 'key' | 'link'): Principal {
  if (principal === null) throw unauthorized(`This ${what} is not good, or not any more.`)
  return principal
}

function nothingShown(): never {
  throw new Refusal('unauthorized', 'Send a key or a token as `Authorization: Bearer …`.', {
    headers: { 'www-authenticate': CHALLENGE },
  })
}

function unauthorized(why: string): Refusal {
  return new Refusal('unauthorized', why, {
    headers: { 'www-authenticate': `${CHALLENGE}, error="invalid_token"` },
  })
}
