/**
 * The text of an API key: `sk_live_<id>_<secret>`. The id is public: it names the row, is shown in lists and may stand in a
 * log. The secret is 256 bits of the platform's randomness, so one round of SHA-256 is all that it needs at rest: a slow hash
 * protects what people choose, and nobody can try 2^256. `sk_test_` is kept free for a test mode.
 */
import { hash } from 'node:crypto'

/** Bytes of the platform's secure randomness. */
export type RandomBytes = (count: number) => Uint8Array

export interface MadeApiKey {
  readonly keyId: string
  readonly digest: Buffer
  /** Shown once and kept by nobody here. */
  readonly secret: string
}

const PREFIX = 'sk_live_'
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const ID_CHARACTERS = 16
const SECRET_BYTES = 32
const KEY = new RegExp(`^${PREFIX}([${ALPHABET}]{${ID_CHARACTERS}})_[A-Za-z0-9_-]{43}$`)
const KEY_ID = new RegExp(`^key_[${ALPHABET}]{${ID_CHARACTERS}}$`)

export function isApiKey(text: string): boolean {
  return text.startsWith(PREFIX)
}

/** @returns null where the text cannot be a key: nothing is looked up for it. */
export function keyIdIn(text: string): string | null {
  const id = KEY.exec(text)?.[1]
  return id === undefined ? null : `key_${id}`
}

export function isKeyId(text: string): boolean {
  return KEY_ID.test(text)
}

export function newKeyId(random: RandomBytes): string {
  // 32 letters: each byte gives five bits without favour.
  return `key_${Array.from(random(ID_CHARACTERS), byte => ALPHABET[byte % ALPHABET.length]).join('')}`
}

/** A secret for that id: a first one, or another. */
export function makeApiKey(keyId: string, random: RandomBytes): MadeApiKey {
  const secret = `${publicPart(keyId)}_${Buffer.from(random(SECRET_BYTES)).toString('base64url')}`
  return { keyId, secret, digest: digestOf(secret) }
}

/** How the keys of that id begin. */
export function publicPart(keyId: string): string {
  return `${PREFIX}${keyId.slice('key_'.length)}`
}

export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
