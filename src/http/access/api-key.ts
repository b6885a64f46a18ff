/**
 * The text of an API key: `sk_live_<id>_<secret>`. The id is public: it names the row, is shown in lists and may stand in a
 * log. The secret is 256 bits of the platform's randomness, so one round of SHA-256 is all that it needs at rest: a slow hash
 * protects what people choose, and nobody can try 2^256. `sk_test_…` are keys of test mode; which a key is stands in what is digested.
 */
import { hash } from 'node:crypto'
import type { Mode } from '../../domain/mode.ts'

/** Bytes of the platform's secure randomness. */
export type RandomBytes = (count: number) => Uint8Array

export interface MadeApiKey {
  readonly keyId: string
  readonly digest: Buffer
  /** Shown once and kept by nobody here. */
  readonly secret: string
}

const PREFIXES = { live: 'sk_live_', test: 'sk_test_' } as const
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const ID_CHARACTERS = 16
const SECRET_BYTES = 32
const KEY = new RegExp(`^sk_(?:live|test)_([${ALPHABET}]{${ID_CHARACTERS}})_[A-Za-z0-9_-]{43}$`)
const KEY_ID = new RegExp(`^key_[${ALPHABET}]{${ID_CHARACTERS}}$`)

export function isApiKey(text: string): boolean {
  return text.startsWith(PREFIXES.live) || text.startsWith(PREFIXES.test)
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
export function makeApiKey(keyId: string, mode: Mode, random: RandomBytes): MadeApiKey {
  const secret = `${publicPart(keyId, mode)}_${Buffer.from(random(SECRET_BYTES)).toString('base64url')}`
  return { keyId, secret, digest: digestOf(secret) }
}

/** How the keys of that id begin. */
export function publicPart(keyId: string, mode: Mode): string {
  return `${PREFIXES[mode]}${keyId.slice('key_'.length)}`
}

export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
