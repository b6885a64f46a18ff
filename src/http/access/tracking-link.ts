/**
 * Links that show one order to whoever holds them, until they expire: `trk_<order>_<expiry>_<signature>`. Nothing is stored:
 * the signature is an HMAC over the order and the expiry. The expiry follows from the order alone, so that an order has one
 * link, and a repeated answer is the same answer.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { OrderState } from '../../actors/order/order.state.ts'
import { type OrderId, parseOrderId, type UnixMs } from '../../domain/ids.ts'
import { modeOfOrder } from '../../domain/mode.ts'
import type { Principal } from './principal.ts'

const LINK = /^trk_([0-9a-z]{22})_([0-9a-z]{1,9})_([A-Za-z0-9_-]{22})$/
/** Half of an HMAC with SHA-256: 128 bits are not guessed, and links are typed into messages. */
const SIGNATURE_BYTES = 16

export interface TrackingSettings {
  /** The first one signs, each is honoured: so that a new one can be brought in. */
  readonly secrets: readonly [string, ...string[]]
  /** After the order was made, or is due where that is later. */
  readonly ttlMs: number
}

export class TrackingLinks {
  readonly #settings: TrackingSettings
  /** By the terms of their order: whoever is told of it several times has them as one object. */
  readonly #made = new WeakMap<OrderState['terms'], { readonly untilMs: UnixMs; readonly token: string }>()

  constructor(settings: TrackingSettings) {
    this.#settings = settings
  }

  tokenFor({ terms, createdAtMs }: Pick<OrderState, 'terms' | 'createdAtMs'>): string {
    const untilMs = Math.max(createdAtMs, terms.scheduledAtMs ?? 0) + this.#settings.ttlMs
    const made = this.#made.get(terms)
    if (made?.untilMs === untilMs) return made.token
    const token = this.#make(terms.orderId, untilMs)
    this.#made.set(terms, { untilMs, token })
    return token
  }

  #make(orderId: OrderId, untilMs: UnixMs): string {
    const expiry = Math.ceil(untilMs / 1_000).toString(36)
    const signature = signed(this.#settings.secrets[0], orderId, expiry).toString('base64url')
    return `trk_${orderId.slice(4)}_${expiry}_${signature}`
  }

  /** @returns null where the text is no link of ours, or no longer one. */
  read(text: string, nowMs: UnixMs): Principal | null {
    const [, tail, expiry, signature] = LINK.exec(text) ?? []
    if (tail === undefined || expiry === undefined || signature === undefined) return null
    const orderId = parseOrderId(`ord_${tail}`)
    const expiresAtMs = Number.parseInt(expiry, 36) * 1_000
    if (orderId === null || nowMs >= expiresAtMs) return null
    const given = Buffer.from(signature, 'base64url')
    const isSigned = this.#settings.secrets.some(secret => timingSafeEqual(given, signed(secret, orderId, expiry)))
    return isSigned ? holder(orderId, expiresAtMs) : null
  }
}

export function isTrackingToken(text: string): boolean {
  return text.startsWith('trk_')
}

function holder(orderId: OrderId, expiresAtMs: UnixMs): Principal {
  const actor = { role: 'system', id: 'tracking-link' } as const
  return { role: 'link', mode: modeOfOrder(orderId), id: orderId, actor, scopes: null, key: null, expiresAtMs }
}

function signed(secret: string, orderId: OrderId, expiry: string): Buffer {
  const text = `waggle tracking 1\n${orderId}\n${expiry}`
  return createHmac('sha256', secret).update(text).digest().subarray(0, SIGNATURE_BYTES)
}
