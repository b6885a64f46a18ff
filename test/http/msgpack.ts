/** As another client would do it: with an instance of its own. */
import { Packr } from 'msgpackr'

const packr = new Packr({ useRecords: false })

export function encode(message: object): Uint8Array<ArrayBuffer> {
  return new Uint8Array(packr.pack(message))
}

export function decode(bytes: Uint8Array): unknown {
  return packr.unpack(bytes)
}
