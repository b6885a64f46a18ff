/**
 * One connection for `COPY … FROM STDIN` that speaks for itself.
 *
 * postgres.js opens it, with all that belongs to that: TLS, passwords, settings of the session. From then on it takes its socket
 * for idle, and what goes over it is written and read here. A batch is one statement, its bytes and their end, written at
 * once: the server need not be asked first whether it is ready, which would cost a turn of the loop on both sides, and the next
 * batch may be on its way while it works on this one. It answers them in order. Where it has refused one it ignores the rest of
 * its bytes, as the protocol promises, and goes on with the next.
 *
 * Stored means: the server has counted exactly the rows that were sent. A connection that was lost, or gave no answer in
 * time, is not used again, and of what was under way nobody knows.
 */
import type { Socket } from 'node:net'
import postgres from 'postgres'
import { InvariantError, StoreUnavailableError } from '../actors/runtime/errors.ts'
import { errorFields, PgMessages, tagOf } from './pg-messages.ts'
import type { Sql } from './postgres.ts'

/** Above the statement time-out of a session, so that the server has the first word. */
const ANSWER_MAX_MS = 6_000
/** A smaller one is copied behind its head, to be one write. */
const COPIED_BYTES_MAX = 65_536
const END_TIMEOUT_S = 5

export interface CopyBatch {
  /** A complete `copy … from stdin`. */
  readonly statement: string
  /** All of the stream, in the format that the statement names. */
  readonly bytes: Uint8Array
  readonly rows: number
}

interface UnderWay {
  readonly rows: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
  /** As the server counted. */
  counted: number | null
  refusal: Error | null
}

/** Missing from the types of postgres.js. */
interface SocketOption {
  socket(options: object): Socket | Promise<Socket>
}

export class CopyConnection {
  readonly #sql: Sql
  readonly #socket: Socket
  readonly #underWay: UnderWay[] = []
  readonly #messages = new PgMessages((kind, body) => this.#take(kind, body))
  #deadline: ReturnType<typeof setTimeout> | null = null
  #isGone = false

  /** @param open  a client with `max: 1` that nobody else uses. @throws as a query on it would. */
  static async open(open: () => Sql): Promise<CopyConnection> {
    const sql = open()
    if (sql.options.max !== 1) throw new InvariantError('COPY needs a connection of its own: connect with max 1')
    const option = sql.options as unknown as SocketOption
    const make = option.socket
    let socket: Socket | null = null
    option.socket = async options => {
      socket = await make(options)
      return socket
    }
    try {
      await sql`select 1`
      if (socket === null) throw new InvariantError('postgres.js has connected without its option `socket`')
      return new CopyConnection(sql, socket)
    } catch (error) {
      void sql.end({ timeout: 0 })
      throw error
    }
  }

  private constructor(sql: Sql, socket: Socket) {
    this.#sql = sql
    this.#socket = socket
    socket.removeAllListeners('data')
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    // Before postgres.js, which takes all listeners away.
    socket.prependListener('close', () => this.#lost())
  }

  get isUsable(): boolean {
    return !this.#isGone && this.#socket.writable
  }

  /**
   * Stores all rows or none, after what was sent before.
   * @throws the server's PostgresError: none are stored; or an error with the code of a lost connection: all or none are.
   * @throws {StoreUnavailableError} there was no answer for long: all or none.
   */
  copyIn({ statement, bytes, rows }: CopyBatch): Promise<void> {
    if (!this.isUsable) return Promise.reject(connectionLost())
    return new Promise((resolve, reject) => {
      this.#underWay.push({ rows, resolve, reject, counted: null, refusal: null })
      this.#write(statement, bytes)
      if (this.#deadline === null) this.#waitForFirst()
    })
  }

  /** Nothing may be under way. */
  async close(): Promise<void> {
    await this.#sql.end({ timeout: END_TIMEOUT_S })
  }

  #write(statement: string, bytes: Uint8Array): void {
    const head = headOf(statement, bytes.length)
    if (bytes.length <= COPIED_BYTES_MAX) this.#socket.write(Buffer.concat([head, bytes, COPY_DONE]))
    else {
      this.#socket.write(head)
      this.#socket.write(bytes)
      this.#socket.write(COPY_DONE)
    }
  }

  #read(bytes: Buffer): void {
    try {
      this.#messages.read(bytes)
    } catch (error) {
      // What comes after is not understood either.
      this.#giveUp(error)
    }
  }

  #take(kind: string, body: Buffer): void {
    const first = this.#underWay[0]
    if (first === undefined) return
    switch (kind) {
      case 'C':
        first.counted = countOf(tagOf(body))
        break
      case 'E':
        first.refusal = new postgres.PostgresError(errorFields(body) as never)
        break
      case 'Z':
        this.#settle(first)
        break
    }
  }

  #settle({ rows, counted, refusal, resolve, reject }: UnderWay): void {
    this.#underWay.shift()
    this.#waitForFirst()
    if (refusal !== null) reject(refusal)
    else if (counted === rows) resolve()
    else reject(new InvariantError(`COPY was sent ${rows} rows and the server counted ${counted}`))
  }

  /** Each has its time from when the server has come to it. */
  #waitForFirst(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline)
    this.#deadline = null
    if (this.#underWay.length === 0) return
    this.#deadline = setTimeout(() => this.#giveUp(new StoreUnavailableError('COPY had no answer')), ANSWER_MAX_MS)
  }

  #giveUp(error: unknown): void {
    this.#end(error)
    this.#socket.destroy()
  }

  #lost(): void {
    this.#end(connectionLost())
    // Or it would connect again, for nobody.
    void this.#sql.end({ timeout: 0 })
  }

  #end(error: unknown): void {
    this.#isGone = true
    const lost = this.#underWay.splice(0)
    this.#waitForFirst()
    for (const { reject } of lost) reject(error)
  }
}

/** As postgres.js says it. */
function connectionLost(): Error {
  return Object.assign(new Error('The connection for COPY was lost'), { code: 'CONNECTION_CLOSED' })
}

const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4])

/** The statement, and the head of the one message that carries its bytes. */
function headOf(statement: string, length: number): Buffer {
  const text = Buffer.from(`${statement}\0`)
  const head = Buffer.allocUnsafe(1 + 4 + text.length + 1 + 4)
  let at = head.write('Q', 0, 'latin1')
  at = head.writeInt32BE(4 + text.length, at)
  at += text.copy(head, at)
  at += head.write('d', at, 'latin1')
  head.writeInt32BE(4 + length, at)
  return head
}

/** @returns null where it is another command's tag. */
function countOf(tag: string): number | null {
  const [command, count] = tag.split(' ')
  return command === 'COPY' ? Number(count) : null
}
