/**
 * The socket below postgres.js, so that a lost connection is only that.
 *
 * postgres.js (3.4.9) takes a lost connection apart in two steps: `error` rejects its queries, `close` gives the
 * connection back to the pool. Bun runs the continuations of those rejections in between; a query that one of them sends
 * goes onto the dead connection, is never settled, and stays in its queue, so that the connection never comes back
 * either. Here an established connection only ever closes, and the driver rejects and gives back in one step.
 *
 * For the same reason TLS is begun here and not by the driver, which would put a socket of its own on top.
 *
 * The driver has a second flaw, which `STARTUP_PADDING` covers: what was waiting to be written when the connection closed
 * stays in its buffer with a timer that never fires, and holds back everything shorter than 1,024 bytes, the first packet
 * of the next connection included, until the connect time-out. A first packet that is longer goes out at once; the server
 * refuses it for what stands before it, and the try after that has a clean buffer.
 */
import { once } from 'node:events'
import { Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'

class CalmSocket extends Socket {
  #established = false

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event === 'connect') this.#established = true
    if (this.#established && event === 'error') return true
    if (this.#established && event === 'close') return super.emit('close', false)
    return super.emit(event, ...values)
  }
}

export interface SocketOptions {
  readonly host: readonly string[]
  readonly port: readonly number[]
  readonly path?: string | false | undefined
}

/** The `socket` option of postgres.js. Uses the first host only. */
export function calmSocket(options: SocketOptions): Socket {
  return reached(new CalmSocket(), options)
}

/** As {@link calmSocket}, behind TLS. @param timeoutMs  until it stands. */
export function calmTlsSocket(tls: ConnectionOptions, timeoutMs: number): (options: SocketOptions) => Promise<Socket> {
  return async options => {
    try {
      return calmed(await secured(options, tls, timeoutMs))
    } catch (error) {
      return new FailedSocket(error as Error)
    }
  }
}

async function secured(options: SocketOptions, tls: ConnectionOptions, timeoutMs: number): Promise<TLSSocket> {
  const raw = reached(new Socket(), options)
  raw.setTimeout(timeoutMs, () => raw.destroy(new Error('No TLS in time.')))
  try {
    await Promise.race([offered(raw), closedEarly(raw)])
    const secure = connectTls({ ...tls, socket: raw })
    await Promise.race([once(secure, 'secureConnect'), closedEarly(secure)])
    return secure
  } catch (error) {
    raw.destroy()
    throw error
  } finally {
    raw.setTimeout(0)
  }
}

/** An error is told by whoever waits for an event of it; a socket may also just close. */
async function closedEarly(socket: Socket): Promise<never> {
  await new Promise(resolve => socket.once('close', resolve))
  throw new Error('The server closed the connection before TLS.')
}

/** The driver learns of a failure from the events of a socket, and of nothing else. */
class FailedSocket extends Socket {
  readonly #cause: Error

  constructor(cause: Error) {
    super()
    this.#cause = cause
  }

  override write(): boolean {
    this.destroy(this.#cause)
    return false
  }
}

function reached(socket: Socket, { host, port, path }: SocketOptions): Socket {
  return path ? socket.connect(path) : socket.connect(port[0] ?? 5432, host[0] ?? 'localhost')
}

/** Length and code of the request; the server answers with one letter. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const YES = 'S'.charCodeAt(0)

async function offered(raw: Socket): Promise<void> {
  raw.write(SSL_REQUEST)
  const [answer] = (await once(raw, 'data')) as [Buffer]
  if (answer[0] !== YES) throw new Error('The server offers no TLS.')
}

function calmed(socket: TLSSocket): TLSSocket {
  const emit = socket.emit.bind(socket)
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event === 'error') return true
    return event === 'close' ? emit('close', false) : emit(event, ...values)
  }
  return socket
}

/** To be added to the session settings (`connection`) of a client. */
export const STARTUP_PADDING: Readonly<Record<string, string>> = { 'waggle.padding': ' '.repeat(1_024) }
