/**
 * The socket below postgres.js, so that a lost connection is only that.
 *
 * postgres.js (3.4.9) takes a lost connection apart in two steps: `error` rejects its queries, `close` gives the
 * connection back to the pool. Bun runs the continuations of those rejections in between; a query that one of them sends
 * goes onto the dead connection, is never settled, and stays in its queue, so that the connection never comes back
 * either. Here an established connection only ever closes, and the driver rejects and gives back in one step.
 *
 * The driver has a second flaw, which `STARTUP_PADDING` covers: what was waiting to be written when the connection closed
 * stays in its buffer with a timer that never fires, and holds back everything shorter than 1,024 bytes, the first packet
 * of the next connection included, until the connect time-out. A first packet that is longer goes out at once; the server
 * refuses it for what stands before it, and the try after that has a clean buffer.
 */
import { Socket } from 'node:net'

class CalmSocket extends Socket {
  #established = false

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event === 'connect') this.#established = true
    if (this.#established && event === 'error') return true
    if (this.#established && event === 'close') return super.emit('close', false)
    return super.emit(event, ...values)
  }
}

interface SocketOptions {
  readonly host: readonly string[]
  readonly port: readonly number[]
  readonly path?: string | false | undefined
}

/** The `socket` option of postgres.js. Uses the first host only. */
export function calmSocket({ host, port, path }: SocketOptions): Socket {
  const socket = new CalmSocket()
  if (path) return socket.connect(path)
  return socket.connect(port[0] ?? 5432, host[0] ?? 'localhost')
}

/** To be added to the session settings (`connection`) of a client. */
export const STARTUP_PADDING: Readonly<Record<string, string>> = { 'waggle.padding': ' '.repeat(1_024) }
