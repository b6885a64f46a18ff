/**
 * Personal fields at rest: names, phones, addresses, notes, plates, PINs and comments are sealed on their way into the record and opened on their way
 * out, wherever in a document they stand. Sealed text is `enc:1:<key id>:<base64url of iv, tag, ciphertext>`: AES-256-GCM,
 * bound to the field's name, so that a note cannot be moved into an address.
 *
 * The first key seals, all of them open: that is how a new one is brought in. Text that no key opens (its key is not
 * configured, or somebody wrote it that way) is left as it is, on both ways: so a node that lacks a key shows a sealed text
 * instead of a name, and never writes anything over it. What was stored before there were keys is read as it is.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

export interface PersonalKey {
  /** Stands in each text that it has sealed. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** As they are called in states, events and profiles. */
const FIELDS: ReadonlySet<string> = new Set([
  'address',
  'notes',
  'name',
  'phone',
  'driverName',
  'plate',
  'pin',
  'comment',
  // Not personal, but nobody who reads a backup may sign with them.
  'webhookSecret',
  'previousWebhookSecret',
])
const PREFIX = 'enc:1:'
const SEALED = /^enc:1:([a-z0-9-]{1,16}):([A-Za-z0-9_-]{38,})$/
const IV_BYTES = 12
const TAG_BYTES = 16

export class PersonalFields {
  readonly #keys: ReadonlyMap<string, Uint8Array>
  readonly #first: PersonalKey

  constructor(keys: readonly [PersonalKey, ...PersonalKey[]]) {
    this.#first = keys[0]
    this.#keys = new Map(keys.map(({ id, key }) => [id, key]))
  }

  /** A JSON text of the value, with its personal fields sealed. */
  stringify(value: unknown): string {
    return JSON.stringify(value, (field, part: unknown) =>
      typeof part === 'string' && FIELDS.has(field) ? this.#seal(field, part) : part,
    )
  }

  /** What a JSON text of the record says, opened. */
  parse(text: string): unknown {
    // Most documents have nothing to open, and a reviver looks at every part.
    if (!text.includes(`"${PREFIX}`)) return JSON.parse(text)
    return JSON.parse(text, (field, part: unknown) => (typeof part === 'string' ? this.#open(field, part) : part))
  }

  /** Sealed before, and could not be opened: it goes back as it came. */
  #seal(field: string, text: string): string {
    if (SEALED.test(text) && this.#open(field, text) === text) return text
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#first.key, iv).setAAD(Buffer.from(field))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return `${PREFIX}${this.#first.id}:${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`
  }

  #open(field: string, text: string): string {
    const [, id = '', body = ''] = SEALED.exec(text) ?? []
    const key = this.#keys.get(id)
    if (key === undefined) return text
    const bytes = Buffer.from(body, 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(field)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    try {
      const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
      return opened.toString('utf8')
    } catch {
      // The only thing that `final` throws: it is not what that key has sealed for this field.
      return text
    }
  }
}

const byConnection = new WeakMap<object, PersonalFields>()

/** Whatever is written over that connection is sealed by these. */
export function sealOver(connection: object, personal: PersonalFields): void {
  byConnection.set(connection, personal)
}

/** The JSON text that goes into the record over that connection. */
export function recordText(connection: object, value: unknown): string {
  return byConnection.get(connection)?.stringify(value) ?? JSON.stringify(value)
}

/** @returns nothing where there is no key: then documents are stored as they are. */
export function personalFields([first, ...others]: readonly PersonalKey[]): PersonalFields | undefined {
  return first === undefined ? undefined : new PersonalFields([first, ...others])
}
