/**
 * A driver's own socket, which outlives its connections and the nodes' restarts: each connection is made to another node than
 * the one before, where there is one. A node that says nothing for long (it is frozen, or cut off) is left like one that is gone.
 *
 * A frame is kept until a cumulative acknowledgement settles it. On a new connection the numbers start again at 1, and
 * whatever is unsettled is sent again with its `recorded_at` unchanged. A frame that was answered with an error is settled
 * but not stored: its positions go into a new one.
 */
import type { Uniform } from '../domain/ids.ts'
import { type JsonObject, numberAt, objectOf, textAt } from '../sim/json.ts'
import { decodeFrame, encodeFrame, type Protocol, subprotocolOf } from '../sim/wire.ts'
import { type Fix, pointOf } from './position-book.ts'
import type { Targets } from './targets.ts'

export interface LineOptions {
  readonly driverId: string
  readonly protocol: Protocol
  readonly targets: Targets
  readonly token: string
  readonly random: Uniform
  readonly onAcked: (fixes: readonly Fix[]) => void
  /** Everything but acknowledgements, and errors of frames that are sent again. */
  readonly onMessage: (message: JsonObject | null) => void
}

interface Frame {
  readonly fixes: readonly Fix[]
  readonly seq: number
  readonly sentAtMs: number
  isRefused: boolean
}

/** About an hour of reports: nothing that an audit waits for lasts so long. */
const WAITING_MAX = 15_000
const RETRY_MIN_MS = 50
const RETRY_SPREAD_MS = 250
/** A refused position is `overloaded`: the record is away for longer than what the node keeps. */
const REFUSED_PAUSE_MS = 500
/** Neither an open connection nor an acknowledgement for so long, and the next node is tried. Longer than any take-over. */
const SILENT_MAX_MS = 7_000
const OPEN_MAX_MS = 3_000
const REFUSED: ReadonlySet<string | null> = new Set(['overloaded', 'record_unavailable', 'timeout'])

export class Line {
  readonly #options: LineOptions
  /** Open, or being opened. */
  #socket: WebSocket | null = null
  #url: string | null = null
  #lastSeq = 0
  /** Sent on this connection, not settled. */
  #frames: Frame[] = []
  /** To be sent once there is a connection. */
  #waiting: (readonly Fix[])[] = []
  #isClosed = false

  constructor(options: LineOptions) {
    this.#options = options
  }

  get unsettled(): number {
    return this.#frames.length + this.#waiting.length
  }

  open(): void {
    if (this.#isClosed || this.#socket !== null) return
    const { targets, driverId, protocol, token } = this.#options
    const url = targets.next(this.#url)
    if (url === null) {
      this.#openLater()
      return
    }
    this.#url = url
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream?driver_id=${driverId}`, {
      protocols: [subprotocolOf(protocol)],
      headers: { authorization: `Bearer ${token}` },
    })
    this.#socket = socket
    socket.binaryType = 'nodebuffer'
    socket.onopen = () => this.#opened(socket)
    // What a connection that was left still says is about numbers that are used again.
    socket.onmessage = event => {
      if (socket === this.#socket) this.#received(objectOf(decodeFrame(event.data)))
    }
    socket.onclose = () => this.#lost(socket)
    setTimeout(() => {
      if (socket.readyState === WebSocket.CONNECTING) this.#leave(socket)
    }, OPEN_MAX_MS)
  }

  close(): void {
    this.#isClosed = true
    this.#socket?.close()
  }

  /** @returns false where there is no connection. */
  send(message: object): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false
    this.#socket.send(encodeFrame(this.#options.protocol, message))
    return true
  }

  report(fixes: readonly Fix[]): void {
    if (this.#waiting.length >= WAITING_MAX) return
    this.#waiting.push(fixes)
    this.#leaveIfSilent()
    this.#pump()
  }

  #opened(socket: WebSocket): void {
    if (this.#isClosed || socket !== this.#socket) {
      socket.terminate()
      return
    }
    this.#lastSeq = 0
    this.#waiting = [...this.#frames.map(frame => frame.fixes), ...this.#waiting]
    this.#frames = []
    this.#pump()
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket) return
    this.#socket = null
    this.#openLater()
  }

  /** Without a word to a node that would not answer. */
  #leave(socket: WebSocket): void {
    this.#lost(socket)
    socket.terminate()
  }

  #leaveIfSilent(): void {
    const [oldest] = this.#frames
    if (this.#socket === null || this.#url === null || oldest === undefined) return
    const isSilent = performance.now() - oldest.sentAtMs > SILENT_MAX_MS
    if (isSilent && this.#options.targets.hasAnother(this.#url)) this.#leave(this.#socket)
  }

  #openLater(): void {
    setTimeout(() => this.open(), RETRY_MIN_MS + this.#options.random() * RETRY_SPREAD_MS)
  }

  #pump(): void {
    for (let fixes = this.#waiting[0]; fixes !== undefined; fixes = this.#waiting[0]) {
      const seq = this.#lastSeq + 1
      const [only] = fixes
      const body =
        fixes.length === 1 && only !== undefined
          ? { type: 'location', seq, ...pointOf(only) }
          : { type: 'locations', seq, points: fixes.map(pointOf) }
      if (!this.send(body)) return
      this.#lastSeq = seq
      this.#waiting.shift()
      this.#frames.push({ fixes, seq, sentAtMs: performance.now(), isRefused: false })
    }
  }

  #received(message: JsonObject | null): void {
    const type = textAt(message, 'type')
    const seq = numberAt(message, 'seq')
    if (type === 'ack' && seq !== null) this.#settle(seq)
    else if (type === 'error' && seq !== null && REFUSED.has(textAt(message, 'code'))) this.#refuse(seq)
    else this.#options.onMessage(message)
  }

  #settle(seq: number): void {
    for (let frame = this.#frames[0]; frame !== undefined && frame.seq <= seq; frame = this.#frames[0]) {
      this.#frames.shift()
      if (frame.isRefused) this.#reportLater(frame.fixes)
      else this.#options.onAcked(frame.fixes)
    }
  }

  /** Settled by its error; the acknowledgement that covers it says nothing of it. */
  #refuse(seq: number): void {
    const frame = this.#frames.find(candidate => candidate.seq === seq)
    if (frame !== undefined) frame.isRefused = true
  }

  #reportLater(fixes: readonly Fix[]): void {
    setTimeout(() => this.report(fixes), REFUSED_PAUSE_MS)
  }
}
