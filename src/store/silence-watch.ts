/**
 * Ends a connection whose server owes an answer and says nothing: a process that is stopped, a network that swallows packets.
 * Neither closes anything, and the kernel goes on for a quarter of an hour before it gives up.
 *
 * What is owed is counted in the messages of the protocol: each `Query` and each `Sync` is answered by one `ReadyForQuery`, and
 * so is the start of a session; a `Flush` by anything. A session that is asked nothing may be silent for ever. The server ends
 * statements by itself long before, so whoever is silent for longer than that does not run.
 */
import type { Socket } from 'node:net'

const QUERY = 'Q'.charCodeAt(0)
const SYNC = 'S'.charCodeAt(0)
const FLUSH = 'H'.charCodeAt(0)
const READY_FOR_QUERY = 'Z'.charCodeAt(0)

const LENGTH_BYTES = 4
const HEADER_BYTES = 1 + LENGTH_BYTES

/**
 * When time is up, what has arrived is read first: a process that was stopped itself, or a thread that was held up, finds its timers
 * over and the answers unread.
 */
const LAST_LOOK_MS = 250

/** Walks through a stream of messages, however it is cut into chunks. */
class MessageWalk {
  readonly #header = Buffer.alloc(HEADER_BYTES)
  readonly #onType: (type: number) => void
  #have: number
  #skip = 0

  /** @param first  the first message of a client is a length and no type. */
  constructor(first: 'typed' | 'untyped', onType: (type: number) => void) {
    this.#onType = onType
    this.#have = first === 'untyped' ? 1 : 0
  }

  walk(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at)
        this.#skip -= skipped
        at += skipped
        continue
      }
      this.#header[this.#have++] = bytes[at++] ?? 0
      if (this.#have < HEADER_BYTES) continue
      this.#have = 0
      this.#skip = this.#header.readUInt32BE(1) - LENGTH_BYTES
      this.#onType(this.#header[0] ?? 0)
    }
  }
}

class SilenceWatch {
  readonly #maxMs: number
  readonly #onSilent: () => void
  /** The start of a session is answered too, so nothing is owed before the first message, and one answer after it. */
  #owed = 0
  #owesSomething = false
  #heardAtMs = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  readonly #out = new MessageWalk('untyped', type => {
    if (type === QUERY || type === SYNC || type === 0) this.#owed++
    if (type === FLUSH) this.#owesSomething = true
  })
  readonly #in = new MessageWalk('typed', type => {
    if (type === READY_FOR_QUERY && this.#owed > 0) this.#owed--
  })

  constructor(maxMs: number, onSilent: () => void) {
    this.#maxMs = maxMs
    this.#onSilent = onSilent
  }

  sent(bytes: Uint8Array): void {
    const owedNothing = this.#owesNothing
    this.#out.walk(bytes)
    if (!owedNothing || this.#owesNothing) return
    this.#heardAtMs = performance.now()
    this.#timer ??= this.#after(this.#maxMs, () => this.#look())
  }

  heard(bytes: Uint8Array): void {
    this.#owesSomething = false
    this.#heardAtMs = performance.now()
    this.#in.walk(bytes)
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  get #owesNothing(): boolean {
    return this.#owed === 0 && !this.#owesSomething
  }

  /** One timer for many requests: it looks again when the last of them would be due. */
  #look(): void {
    this.#timer = null
    if (this.#owesNothing) return
    const leftMs = this.#heardAtMs + this.#maxMs - performance.now()
    this.#timer =
      leftMs > 0
        ? this.#after(leftMs, () => this.#look())
        : this.#after(LAST_LOOK_MS, () => this.#lastLook(this.#heardAtMs))
  }

  #lastLook(heardAtMs: number): void {
    this.#timer = null
    if (this.#heardAtMs === heardAtMs && !this.#owesNothing) this.#onSilent()
    else this.#look()
  }

  #after(ms: number, run: () => void): ReturnType<typeof setTimeout> {
    const timer = setTimeout(run, ms)
    timer.unref()
    return timer
  }
}

/**
 * @param maxMs  of silence while an answer is owed; above the server's own time-outs.
 * @param onSilent  told before the socket is destroyed.
 */
export function watched<S extends Socket>(socket: S, maxMs: number, onSilent: () => void): S {
  const watch = new SilenceWatch(maxMs, () => {
    onSilent()
    socket.destroy()
  })
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
  const emit = socket.emit.bind(socket) as (...args: unknown[]) => boolean
  socket.write = ((...args: unknown[]): boolean => {
    if (args[0] instanceof Uint8Array) watch.sent(args[0])
    return write(...args)
  }) as S['write']
  socket.emit = ((...args: unknown[]): boolean => {
    const [event, value] = args
    if (event === 'data' && value instanceof Uint8Array) watch.heard(value)
    if (event === 'close') watch.end()
    return emit(...args)
  }) as S['emit']
  return socket
}
