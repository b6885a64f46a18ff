/**
 * Who may call. For now one key that may do everything; the principal that it stands for is what later roles will
 * be. Keys are compared as digests, in constant time: neither a prefix nor the length of the key can be felt out.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Actor } from '../actors/order/order.state.ts'
import { Refusal } from './problem.ts'

export type Principal = Actor

const ADMIN: Principal = { role: 'admin', id: 'admin' }
const BEARER = /^Bearer +(\S+) *$/i
/** Longer than any key: what is longer is not hashed. */
const KEY_MAX = 4_096

export class Authenticator {
  readonly #digest: Buffer

  constructor(adminKey: string) {
    this.#digest = digestOf(adminKey)
  }

  /** @throws {Refusal} `unauthorized` */
  fromHeader(request: Request): Principal {
    const given = request.headers.get('authorization')
    const key = given === null ? undefined : BEARER.exec(given)?.[1]
    return this.#principalOf(key)
  }

  /** A browser cannot set headers on a socket, so there the query may carry it. @throws {Refusal} `unauthorized` */
  fromHeaderOrQuery(request: Request, query: URLSearchParams): Principal {
    const token = query.get('token')
    return token === null || request.headers.has('authorization') ? this.fromHeader(request) : this.#principalOf(token)
  }

  #principalOf(key: string | undefined): Principal {
    if (key === undefined || key.length > KEY_MAX || !timingSafeEqual(digestOf(key), this.#digest)) {
      throw new Refusal('unauthorized', 'Send a valid key as `Authorization: Bearer …`.', {
        headers: { 'www-authenticate': 'Bearer realm="waggle"' },
      })
    }
    return ADMIN
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
