/**
 * Reads MessagePack values of known kinds one after the other. A value of another kind, or bytes that end too soon, read as
 * what no caller takes: NaN, null, a size of 0. Nothing is thrown, since whoever reads on only comes to the same end.
 */
const NIL = 0xc0
const FIX_STR = 0xa0
const STR_8 = 0xd9
const FIX_MAP = 0x80
const FIX_ARRAY = 0x90
const ARRAY_16 = 0xdc
const MAP_16 = 0xde
const NEGATIVE_FIX = 0xe0

/** The names of the fields that are read. */
const NAMES = [
  'type',
  'seq',
  'points',
  'driver_id',
  'latitude',
  'longitude',
  'speed',
  'heading',
  'accuracy',
  'recorded_at',
  'order_id',
] as const
export type FieldName = (typeof NAMES)[number]

interface Known {
  readonly name: FieldName
  readonly bytes: Uint8Array
}

/** By length, then first letter: no two names have both. */
const KNOWN: readonly (ReadonlyMap<number, Known> | undefined)[] = Array.from({ length: 16 }, (_, length) => {
  const known = NAMES.filter(name => name.length === length).map(name => ({ name, bytes: Buffer.from(name) }))
  return known.length > 0 ? new Map(known.map(one => [one.bytes[0] ?? 0, one])) : undefined
})

export class MsgpackCursor {
  readonly #bytes: Buffer
  readonly #view: DataView
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  get isText(): boolean {
    const head = this.#bytes[this.#at] ?? NIL
    return head === STR_8 || (head & 0xe0) === FIX_STR
  }

  mapSize(): number {
    const head = this.#bytes[this.#at++] ?? NIL
    if ((head & 0xf0) === FIX_MAP) return head & 0x0f
    return head === MAP_16 ? this.#size16() : 0
  }

  arraySize(): number {
    const head = this.#bytes[this.#at++] ?? NIL
    if ((head & 0xf0) === FIX_ARRAY) return head & 0x0f
    return head === ARRAY_16 ? this.#size16() : 0
  }

  skipNil(): boolean {
    if (this.#bytes[this.#at] !== NIL) return false
    this.#at++
    return true
  }

  /** @returns null for any other name. */
  name(): FieldName | null {
    const bytes = this.#bytes
    const length = this.#textLength()
    const known = KNOWN[length]?.get(bytes[this.#at] ?? 0)
    if (known === undefined) return null
    for (let i = 1; i < length; i++) if (bytes[this.#at + i] !== known.bytes[i]) return null
    this.#at += length
    return known.name
  }

  /** A text of ASCII and at most 255 bytes; what else is in it reads as some other character beyond ASCII. */
  text(): string | null {
    const length = this.#textLength()
    if (length < 0 || !this.#has(length)) return null
    const from = this.#at
    this.#at += length
    return this.#bytes.toString('latin1', from, this.#at)
  }

  number(): number {
    const head = this.#bytes[this.#at++] ?? NIL
    if (head < 0x80) return head
    if (head >= NEGATIVE_FIX) return head - 0x100
    const size = SIZES[head - FIRST_NUMBER] ?? 0
    if (size === 0 || !this.#has(size)) return Number.NaN
    const at = this.#at
    this.#at += size
    return numberAt(this.#view, head, at)
  }

  #size16(): number {
    if (!this.#has(2)) return 0
    this.#at += 2
    return this.#view.getUint16(this.#at - 2)
  }

  /** @returns −1 where there is no text. */
  #textLength(): number {
    const head = this.#bytes[this.#at++] ?? NIL
    if ((head & 0xe0) === FIX_STR) return head & 0x1f
    return head === STR_8 ? (this.#bytes[this.#at++] ?? -1) : -1
  }

  #has(size: number): boolean {
    return this.#at + size <= this.#bytes.length
  }
}

/** float 32 and 64, uint 8 to 64, int 8 to 64. */
const FIRST_NUMBER = 0xca
const SIZES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8]

function numberAt(view: DataView, head: number, at: number): number {
  switch (head) {
    case 0xcb:
      return view.getFloat64(at)
    case 0xca:
      return view.getFloat32(at)
    case 0xcc:
      return view.getUint8(at)
    case 0xcd:
      return view.getUint16(at)
    case 0xce:
      return view.getUint32(at)
    case 0xcf:
      return Number(view.getBigUint64(at))
    case 0xd0:
      return view.getInt8(at)
    case 0xd1:
      return view.getInt16(at)
    case 0xd2:
      return view.getInt32(at)
    default:
      return Number(view.getBigInt64(at))
  }
}
