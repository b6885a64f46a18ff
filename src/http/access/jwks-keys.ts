/**
 * The public keys of one issuer of tokens, fetched from its address and kept.
 *
 * The issuer may be slow, dead or gone for a day, and whoever already has a token must not feel that: keys that are known go
 * on while they cannot be fetched again, for {@link SILENCE_MAX_MS}. A token that names another key may be of a new one: the
 * keys are fetched at once, but not more often than the cooldown, or strangers would have us call the issuer for each of
 * their inventions. Where the issuer did not answer, such a token is neither good nor bad, and its bearer is told to come back
 * (503); where it did, the token is bad (401).
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type LocalJWKSet } from 'jose'
import type { Clock } from '../../actors/runtime/ports.ts'
import type { UnixMs } from '../../domain/ids.ts'
import { Refusal } from '../problem.ts'

/** Then they are fetched again behind the requests: a key that its issuer withdrew is out by then. */
const FRESH_MS = 600_000
/** Keys that their issuer could not confirm for so long are not believed any more. */
const SILENCE_MAX_MS = 86_400_000
const COOLDOWN_MS = 30_000
/** Of an issuer that did not answer. */
const RETRY_MS = 5_000
const FETCH_MAX_MS = 3_000
/** Some dozens of keys. */
const BYTES_MAX = 262_144

type Header = Parameters<LocalJWKSet>[0]
type Token = Parameters<LocalJWKSet>[1]

export type FetchKeys = (url: string, signal: AbortSignal) => Promise<Response>

export interface JwksDeps {
  readonly url: string
  readonly clock: Clock
  readonly fetch: FetchKeys
}

interface Fetched {
  readonly keys: LocalJWKSet
  readonly atMs: UnixMs
}

/** The issuer gave no keys. */
class JwksFetchError extends Error {
  override readonly name = 'JwksFetchError'
}

export class JwksKeys {
  readonly #deps: JwksDeps
  #fetched: Fetched | null = null
  #fetching: Promise<void> | null = null
  #triedAtMs = Number.NEGATIVE_INFINITY
  #hasFailed = false

  constructor(deps: JwksDeps) {
    this.#deps = deps
  }

  /** For `jwtVerify`. @throws {Refusal} `issuer_unavailable` @throws {errors.JOSEError} where the issuer has no such key. */
  readonly keyFor = async (header: Header, token: Token) => {
    const keys = await this.#usable()
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw notUsable(error)
      const newer = await this.#newer(error)
      return await newer(header, token).catch((cause: unknown) => {
        throw notUsable(cause)
      })
    }
  }

  async #usable(): Promise<LocalJWKSet> {
    const nowMs = this.#deps.clock.nowMs()
    const ageMs = this.#fetched === null ? Number.POSITIVE_INFINITY : nowMs - this.#fetched.atMs
    if (ageMs > FRESH_MS && this.#mayTry(nowMs)) {
      const fetching = this.#fetch(nowMs)
      if (ageMs > SILENCE_MAX_MS) await fetching
    } else if (ageMs > SILENCE_MAX_MS && this.#fetching !== null) {
      await this.#fetching
    }
    const fetched = this.#fetched
    if (fetched === null || this.#deps.clock.nowMs() - fetched.atMs > SILENCE_MAX_MS) throw unavailable()
    return fetched.keys
  }

  /** @param miss  what is thrown where the issuer has answered lately, and has no such key. */
  async #newer(miss: Error): Promise<LocalJWKSet> {
    const before = this.#fetched
    const nowMs = this.#deps.clock.nowMs()
    if (this.#fetching !== null) await this.#fetching
    else if (this.#mayTry(nowMs)) await this.#fetch(nowMs)
    if (this.#fetched !== null && this.#fetched !== before) return this.#fetched.keys
    throw this.#hasFailed ? unavailable() : miss
  }

  #mayTry(nowMs: UnixMs): boolean {
    return this.#fetching === null && nowMs - this.#triedAtMs >= (this.#hasFailed ? RETRY_MS : COOLDOWN_MS)
  }

  /** Never rejects: whether there are keys now is looked at afterwards. */
  #fetch(nowMs: UnixMs): Promise<void> {
    this.#triedAtMs = nowMs
    const fetching = this.#fetchKeys().then(
      keys => {
        this.#fetched = { keys, atMs: nowMs }
        this.#hasFailed = false
      },
      () => {
        this.#hasFailed = true
      },
    )
    this.#fetching = fetching.finally(() => {
      this.#fetching = null
    })
    return this.#fetching
  }

  async #fetchKeys(): Promise<LocalJWKSet> {
    const { url, fetch } = this.#deps
    const response = await fetch(url, AbortSignal.timeout(FETCH_MAX_MS))
    if (response.status !== 200) throw new JwksFetchError(`status ${response.status}`)
    return createLocalJWKSet(JSON.parse(await textOf(response)) as JSONWebKeySet)
  }
}

/** A key that the platform cannot read is the issuer's mistake, and to us as good as none. */
function notUsable(error: unknown): Error {
  return error instanceof errors.JOSEError ? error : new errors.JWKSInvalid('not a key', { cause: error })
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > BYTES_MAX) throw new JwksFetchError(`more than ${BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function unavailable(): Refusal {
  return new Refusal(
    'issuer_unavailable',
    'The issuer of this token does not answer, so its key is not known. Try again.',
  )
}
