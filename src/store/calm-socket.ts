/**
 * The socket below postgres.js, so that a lost connection is only that.
 *
 * postgres.js (3.4.9) takes a lost connection apart in two steps: `error` rejects its queries, `close` gives the
 * connection back to the pool. Bun runs the continuations of those rejections in between; a query that one of them sends
 * goes onto the dead connection, is never settled, and stays in its queue, so that the connection never comes back
 * either. Here a connection whose session has begun only ever closes, and the driver rejects and gives back in one step. One that
 * ends before that has failed (`session-start.ts`): nothing is sent to it yet, and the driver must be told, or it would open the next at once.
 * A request to cancel a query would be such a connection, since the server answers it by closing: queries are left to their time-outs.
 *
 * The driver has another flaw: what was waiting to be written when the connection closed stays in its buffer with a timer that
 * never fires, and holds back everything shorter than 1,024 bytes, the first packet of the next connection included,
 * until the connect time-out. A first packet that is longer goes out at once (`STARTUP_PADDING`), without what stands before it.
 */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { SessionClosedError, SessionStart } from './session-start.ts'

/** @param socket  on its way, or TLS that stands. */
export function calmed<S extends Socket>(socket: S): S {
  const emit = socket.emit.bind(socket) as (...args: unknown[]) => boolean
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
  const start = new SessionStart()
  let isConnected = socket instanceof TLSSocket
  let hasFailed = false
  const fail = (error: unknown): boolean => {
    if (start.isReady || hasFailed) return true
    hasFailed = true
    return emit('error', error)
  }
  socket.emit = ((...args: unknown[]): boolean => {
    const [event, value] = args
    if (event === 'connect') isConnected = true
    if (event === 'error') return fail(isConnected ? new SessionClosedError(value) : value)
    if (event === 'close') {
      fail(new SessionClosedError())
      return emit('close', false)
    }
    if (event === 'data' && value instanceof Buffer && !start.isReady) {
      const failure = start.read(value)
      if (failure !== null) {
        fail(failure)
        socket.destroy()
        return true
      }
    }
    return emit(...args)
  }) as S['emit']
  socket.write = ((bytes: Uint8Array, ...rest: unknown[]): boolean => {
    socket.write = write as S['write']
    return write(fromStart(bytes), ...rest)
  }) as S['write']
  return socket
}

/** Of all messages only that which begins a session has no letter before its length. */
function fromStart(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (at < bytes.length && bytes[at] !== 0) at += 1 + view.getUint32(at + 1)
  return bytes.subarray(at)
}

/** To be added to the session settings (`connection`) of a client. */
export const STARTUP_PADDING: Readonly<Record<string, string>> = { 'waggle.padding': ' '.repeat(1_024) }
