/**
 * The only file that knows msgpackr. Plain MessagePack without shared record structures: those could not be read by
 * another instance, thread or version.
 */
import { Packr, RESET_BUFFER_MODE, Unpackr } from 'msgpackr'

const packr = new Packr({ useRecords: false, variableMapSize: true })
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' })

/** @returns bytes of their own buffer, which may be transferred to another thread. */
export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  // Written into the same bytes each time: they are copied out at once. Otherwise a large one leaves a buffer several times its size.
  return new Uint8Array(packr.pack(value, RESET_BUFFER_MODE))
}

/** @throws where the bytes are not exactly one MessagePack value. */
export function unpack(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes)
}
