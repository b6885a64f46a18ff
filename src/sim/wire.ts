import { Packr } from 'msgpackr'

/** The two ways to write a frame of `/v1/stream`; the subprotocol of the socket names it. */
export type Protocol = 'json' | 'msgpack'

/** A frame that is not what its subprotocol says. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

// Plain maps: shared record structures could be read by this one instance only.
const packr = new Packr({ useRecords: false })

export function subprotocolOf(protocol: Protocol): string {
  return `waggle.${protocol}`
}

export function encodeFrame(protocol: Protocol, message: object): string | Uint8Array {
  return protocol === 'json' ? JSON.stringify(message) : packr.pack(message)
}

/** @throws {WireError} text that is no JSON, bytes that are no msgpack. */
export function decodeFrame(data: unknown): unknown {
  try {
    if (typeof data === 'string') return JSON.parse(data)
    if (data instanceof Uint8Array) return packr.unpack(data)
  } catch (cause) {
    throw new WireError('a frame cannot be read', { cause })
  }
  throw new WireError(`a frame is neither text nor bytes but ${typeof data}`)
}
