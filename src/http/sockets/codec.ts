/** How messages of a stream are written: as JSON text, or as msgpack maps with the same keys. */
import { pack, unpack } from '../../actors/runtime/msgpack.ts'

export interface Codec {
  readonly subprotocol: 'waggle.json' | 'waggle.msgpack'
  encode(message: object): string | Uint8Array
  /** @throws {UnreadableFrame} */
  decode(data: string | Buffer): unknown
}

/** The bytes are no whole message of the subprotocol. */
export class UnreadableFrame extends Error {
  override readonly name = 'UnreadableFrame'
}

export const jsonCodec: Codec = {
  subprotocol: 'waggle.json',
  encode: message => JSON.stringify(message),
  decode(data) {
    if (typeof data !== 'string') throw new UnreadableFrame('Expected a text message with JSON')
    try {
      return JSON.parse(data)
    } catch (cause) {
      throw new UnreadableFrame('The message is not JSON', { cause })
    }
  },
}

const msgpackCodec: Codec = {
  subprotocol: 'waggle.msgpack',
  encode: message => pack(message),
  decode(data) {
    if (typeof data === 'string') throw new UnreadableFrame('Expected a binary message with msgpack')
    try {
      return unpack(data)
    } catch (cause) {
      throw new UnreadableFrame('The message is not one whole msgpack value', { cause })
    }
  },
}

/** The first offered one that we speak; JSON where none is offered or none is known. */
export function chooseCodec(offered: string | null): Codec {
  for (const name of (offered ?? '').split(',')) {
    const codec = codecOf(name.trim())
    if (codec !== null) return codec
  }
  return jsonCodec
}

/** @returns what the handshake must answer: one that was offered, or nothing. */
export function chosenSubprotocol(offered: string | null): string | null {
  const names = (offered ?? '').split(',').map(name => name.trim())
  return names.find(name => codecOf(name) !== null) ?? null
}

function codecOf(name: string): Codec | null {
  if (name === jsonCodec.subprotocol) return jsonCodec
  return name === msgpackCodec.subprotocol ? msgpackCodec : null
}
