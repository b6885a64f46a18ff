/**
 * HTTP requests at the least cost to the generator: keep-alive connections, one request at a time on each, the others
 * in a queue. `fetch` would take more CPU per request than the node that is measured.
 *
 * Knows only what a Waggle node answers: a status, a content length, no chunks.
 */
import type { Socket } from 'bun'
import { NoResultError } from '../bench.ts'
import { connectTo } from '../keep-alive.ts'

export type HttpAnswer =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly body: string
      /** Of refusals that say when to come again. */
      readonly retryAfterS?: number
    }
  /** The connection broke: it may have been carried out. `overfull`: it was never sent. */
  | { readonly kind: 'broken' | 'overfull' }

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** ASCII. */
  readonly body: string | null
  readonly onAnswer: (answer: HttpAnswer) => void
}

interface Connection {
  socket: Socket<Connection> | null
  /** Under way, or null. */
  request: HttpRequest | null
  received: string
  /** What the socket did not take yet. */
  unsent: string
}

/** Some seconds of full load: a node that is further behind than that has been overloaded. */
const QUEUE_MAX = 100_000
const REFUSED_FROM = 400
const HEAD_END = '\r\n\r\n'
const JSON_BODY = 'content-type: application/json\r\ncontent-length: '

export class HttpLane {
  readonly #address: URL
  /** Of each request the same: what stands between its path and its own headers. */
  readonly #common: string
  readonly #connections: Connection[] = []
  readonly #idle: Connection[] = []
  #queue: HttpRequest[] = []
  #head = 0
  #closed = false

  constructor(url: string, token: string) {
    this.#address = new URL(url)
    this.#common = ` HTTP/1.1\r\nhost: ${this.#address.host}\r\nauthorization: Bearer ${token}\r\n`
  }

  /** @throws {NoResultError} nobody listens. */
  async open(connections: number): Promise<void> {
    try {
      await Promise.all(Array.from({ length: connections }, () => this.#connect(newConnection())))
    } catch (cause) {
      throw new NoResultError(`no connection to ${this.#address.origin}`, { cause })
    }
  }

  send(request: HttpRequest): void {
    const connection = this.#idle.pop()
    if (connection) this.#write(connection, request)
    else if (this.#queue.length - this.#head < QUEUE_MAX) this.#queue.push(request)
    else request.onAnswer({ kind: 'overfull' })
  }

  close(): void {
    this.#closed = true
    for (const { socket } of this.#connections) socket?.end()
  }

  async #connect(connection: Connection): Promise<void> {
    await connectTo(this.#address, connection, {
      opened: () => {
        this.#connections.push(connection)
        this.#next(connection)
      },
      received: (_, bytes) => this.#received(connection, bytes),
      drained: () => this.#flush(connection),
      closed: () => this.#broken(connection),
    })
  }

  #next(connection: Connection): void {
    const request = this.#queue[this.#head]
    if (request === undefined) {
      this.#queue = []
      this.#head = 0
      this.#idle.push(connection)
      return
    }
    this.#head++
    this.#write(connection, request)
  }

  #write(connection: Connection, request: HttpRequest): void {
    connection.request = request
    const { method, path, body } = request
    const head = `${method} ${path}${this.#common}`
    connection.unsent += body === null ? `${head}\r\n` : `${head}${JSON_BODY}${body.length}${HEAD_END}${body}`
    this.#flush(connection)
  }

  #flush(connection: Connection): void {
    const { socket, unsent } = connection
    if (unsent === '') return
    const taken = Math.max(0, socket?.write(unsent) ?? 0)
    connection.unsent = taken === unsent.length ? '' : unsent.slice(taken)
  }

  #received(connection: Connection, bytes: Buffer): void {
    // An answer after the end is nobody's: the books are being checked against the record by then.
    if (this.#closed) return
    const text = bytes.toString('latin1')
    connection.received = connection.received === '' ? text : connection.received + text
    const answer = parseAnswer(connection.received)
    if (answer === null) return
    const { request } = connection
    connection.received = ''
    connection.request = null
    request?.onAnswer(answer)
    this.#next(connection)
  }

  #broken(connection: Connection): void {
    if (this.#closed) return
    const { request } = connection
    connection.request = null
    request?.onAnswer({ kind: 'broken' })
    for (const list of [this.#idle, this.#connections]) {
      const at = list.indexOf(connection)
      if (at >= 0) list.splice(at, 1)
    }
    // If the node is gone its requests stay open, and are reported as such.
    this.#connect(newConnection()).catch(() => undefined)
  }
}

function newConnection(): Connection {
  return { socket: null, request: null, received: '', unsent: '' }
}

/** @returns null while it is not there as a whole. @throws on what a node never answers. */
export function parseAnswer(text: string): HttpAnswer | null {
  const end = text.indexOf(HEAD_END)
  if (end < 0) return null
  const head = text.slice(0, end)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer without a length: ${head}`)
  const body = text.slice(end + HEAD_END.length)
  if (body.length < Number(length)) return null
  const status = Number(head.slice(9, 12))
  const retryAfter = status < REFUSED_FROM ? undefined : /\r\nretry-after: *(\d+)/i.exec(head)?.[1]
  return { kind: 'answered', status, body, ...(retryAfter !== undefined && { retryAfterS: Number(retryAfter) }) }
}
