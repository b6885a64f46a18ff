/** The way to a Postgres server, before anything is said of a session: TCP or a Unix socket, and TLS over it. */
import { once } from 'node:events'
import { Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { SessionClosedError } from './session-start.ts'

/** What postgres.js gives its option `socket`. */
export interface SocketOptions {
  readonly host: readonly string[]
  readonly port: readonly number[]
  readonly path?: string | false | undefined
}

/** Not yet connected. Uses the first host only. */
export function plainSocket({ host, port, path }: SocketOptions): Socket {
  const socket = new Socket()
  return path ? socket.connect(path) : socket.connect(port[0] ?? 5432, host[0] ?? 'localhost')
}

/**
 * Begun here and not by the driver, which would put a socket of its own on top, with its own way of ending.
 *
 * @param timeoutMs  until it stands. @throws why it does not.
 */
export async function tlsSocket(options: SocketOptions, tls: ConnectionOptions, timeoutMs: number): Promise<TLSSocket> {
  const raw = plainSocket(options)
  raw.setTimeout(timeoutMs, () => raw.destroy(new TlsTimeoutError(timeoutMs)))
  try {
    await Promise.race([offered(raw), closedEarly(raw)])
    const secure = connectTls({ ...tls, socket: raw })
    await Promise.race([once(secure, 'secureConnect'), closedEarly(secure)])
    return secure
  } catch (error) {
    raw.destroy()
    throw isBroken(error) ? new SessionClosedError(error) : error
  } finally {
    raw.setTimeout(0)
  }
}

/** The driver learns of a failure from the events of a socket, and of nothing else. */
export class FailedSocket extends Socket {
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

/** As postgres.js says it of a connection without TLS. */
class TlsTimeoutError extends Error {
  override readonly name = 'TlsTimeoutError'
  readonly code = 'CONNECT_TIMEOUT'

  constructor(timeoutMs: number) {
    super(`no TLS within ${timeoutMs} ms`)
  }
}

/** An error is told by whoever waits for an event of it; a socket may also just close. */
async function closedEarly(socket: Socket): Promise<never> {
  await new Promise(resolve => socket.once('close', resolve))
  throw new SessionClosedError()
}

/** Of a certificate that is not to be trusted the code is another. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

/** Length and code of the request; the server answers with one letter. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const YES = 'S'.charCodeAt(0)
/** It cannot begin a process, or is one of before there was TLS. */
const ERROR = 'E'.charCodeAt(0)

async function offered(raw: Socket): Promise<void> {
  raw.write(SSL_REQUEST)
  const [answer] = (await once(raw, 'data')) as [Buffer]
  if (answer[0] === ERROR) throw new SessionClosedError()
  if (answer[0] !== YES) throw new Error('The server offers no TLS.')
}
