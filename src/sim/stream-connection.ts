import type { Uniform } from '../domain/ids.ts'
import type { Agenda, Appointment } from './agenda.ts'
import { nowMs } from './clock.ts'
import type { Limiter } from './limiter.ts'
import { readServerMessage, type ServerMessage } from './server-message.ts'
import { decodeFrame, encodeFrame, type Protocol, subprotocolOf, WireError } from './wire.ts'

/**
 * One socket to `/v1/stream` that outlives its connections.
 *
 * A frame stays in the queue until a cumulative acknowledgement or an error settles it. When the connection breaks, the
 * sequence starts again at 1 and whatever is unsettled is sent again with its `recorded_at` unchanged, so the node can
 * tell a repeat; latency is counted from the time at which the frame was due, outage included.
 */
export interface Point {
  readonly driver_id?: string
  readonly latitude: number
  readonly longitude: number
  readonly heading?: number
  readonly speed?: number
  readonly recorded_at: string
}

export interface StreamOptions {
  readonly url: string
  readonly token: string | null
  readonly protocol: Protocol
  /** Set on a driver's own connection; without it, points name their drivers. */
  readonly driverId: string | null
  readonly agenda: Agenda
  readonly random: Uniform
  /** Shared by all connections: no more than its number open at once, so a restarted node is not buried in handshakes. */
  readonly opening: Limiter
  readonly listener: StreamListener
}

export interface StreamListener {
  /** Everything but acknowledgements and errors of frames. */
  onMessage(message: ServerMessage): void
  onAcked(points: number, latencyMs: number): void
  onRejected(points: number, code: string): void
  onDropped(points: number): void
  /** Connected again after a break: what was asked on the old connection may have been lost. */
  onReopened(): void
}

interface Frame {
  readonly points: readonly Point[]
  readonly dueAtMs: number
  /** 0 while it is not sent on the present connection. */
  seq: number
  error: string | null
}

/** About a minute of an outage at the highest rates that one connection carries. */
const QUEUE_MAX = 4_096
/** Beyond this much unsent in the socket, frames wait in the queue instead, where they are counted. */
const BUFFERED_BYTES_MAX = 1_048_576
const OPEN_TIMEOUT_MS = 10_000
const BACKOFF_FIRST_MS = 100
const BACKOFF_MAX_MS = 3_000
/** A connection that settles nothing for so long is taken for dead: half-open TCP tells nobody. */
const SILENCE_MAX_MS = 30_000

export class StreamConnection {
  private readonly options: StreamOptions
  private socket: WebSocket | null = null
  private queue: Frame[] = []
  private lastSeq = 0
  private unsettled = 0
  private backoffMs = BACKOFF_FIRST_MS
  private heardAtMs = 0
  private closed = false
  private everOpen = false
  private retry: Appointment | null = null

  constructor(options: StreamOptions) {
    this.options = options
  }

  /** Positions that are neither acknowledged nor refused. */
  get unsettledPoints(): number {
    return this.unsettled
  }

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN
  }

  /** Resolves once the first try has ended, well or not; later ones follow by themselves. */
  async open(): Promise<void> {
    if (!this.closed) await this.options.opening.run(() => this.connect())
  }

  sendPoints(points: readonly Point[], dueAtMs: number): void {
    if (this.closed) return
    this.queue.push({ points, dueAtMs, seq: 0, error: null })
    this.unsettled += points.length
    if (this.queue.length > QUEUE_MAX) this.dropOldest()
    this.pump()
  }

  /** @returns false where there is no connection: the caller asks again in `onReopened`. */
  send(message: object): boolean {
    if (!this.isOpen) return false
    this.socket?.send(encodeFrame(this.options.protocol, message))
    return true
  }

  /** To be called about once a second. */
  checkSilence(): void {
    const waiting = this.queue[0]
    if (waiting === undefined || waiting.seq === 0 || !this.isOpen) return
    if (nowMs() - Math.max(this.heardAtMs, waiting.dueAtMs) > SILENCE_MAX_MS) this.socket?.close()
  }

  close(): void {
    this.closed = true
    this.retry?.cancel()
    this.socket?.close()
  }

  private connect(): Promise<void> {
    if (this.closed) return Promise.resolve()
    return new Promise(resolve => {
      const socket = new WebSocket(this.address(), {
        protocols: [subprotocolOf(this.options.protocol)],
        headers: this.options.token === null ? {} : { authorization: `Bearer ${this.options.token}` },
        perMessageDeflate: false,
      })
      socket.binaryType = 'nodebuffer'
      this.socket = socket
      const overdue = this.options.agenda.at(nowMs() + OPEN_TIMEOUT_MS, () => socket.terminate())
      socket.onopen = () => {
        overdue.cancel()
        this.opened()
        resolve()
      }
      socket.onmessage = event => this.received(event.data)
      socket.onclose = () => {
        overdue.cancel()
        this.broken(socket)
        resolve()
      }
    })
  }

  private address(): string {
    const base = `${this.options.url.replace(/^http/, 'ws')}/v1/stream`
    return this.options.driverId === null ? base : `${base}?driver_id=${this.options.driverId}`
  }

  private opened(): void {
    const again = this.everOpen
    this.everOpen = true
    this.backoffMs = BACKOFF_FIRST_MS
    this.heardAtMs = nowMs()
    this.lastSeq = 0
    for (const frame of this.queue) frame.seq = 0
    this.pump()
    if (again) this.options.listener.onReopened()
  }

  private broken(socket: WebSocket): void {
    if (this.closed || this.socket !== socket) return
    this.socket = null
    const waitMs = this.backoffMs * (0.5 + this.options.random())
    this.backoffMs = Math.min(2 * this.backoffMs, BACKOFF_MAX_MS)
    this.retry = this.options.agenda.at(nowMs() + waitMs, () => void this.open())
  }

  private pump(): void {
    const { socket } = this
    if (socket === null || !this.isOpen) return
    let next = this.firstUnsent()
    for (let frame = this.queue[next]; frame !== undefined; frame = this.queue[++next]) {
      if (socket.bufferedAmount > BUFFERED_BYTES_MAX) return
      frame.seq = ++this.lastSeq
      socket.send(encodeFrame(this.options.protocol, this.message(frame)))
    }
  }

  /** Unsent frames are the tail of the queue. */
  private firstUnsent(): number {
    let index = this.queue.length
    while (index > 0 && this.queue[index - 1]?.seq === 0) index--
    return index
  }

  private message(frame: Frame): object {
    const [only] = frame.points
    if (this.options.driverId !== null && only !== undefined && frame.points.length === 1) {
      return { type: 'location', seq: frame.seq, ...only }
    }
    return { type: 'locations', seq: frame.seq, points: frame.points }
  }

  private received(data: unknown): void {
    const message = this.read(data)
    if (message.kind === 'ack') this.settleUpTo(message.seq)
    else if (message.kind === 'error' && message.seq !== null) this.refuse(message.seq, message.code)
    else this.options.listener.onMessage(message)
  }

  private read(data: unknown): ServerMessage {
    try {
      return readServerMessage(decodeFrame(data))
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      return { kind: 'other', type: 'unreadable' }
    }
  }

  private settleUpTo(seq: number): void {
    const now = nowMs()
    this.heardAtMs = now
    let settled = 0
    for (let frame = this.queue[settled]; frame !== undefined && isSettledBy(frame, seq); frame = this.queue[settled]) {
      settled++
      this.unsettled -= frame.points.length
      if (frame.error === null) this.options.listener.onAcked(frame.points.length, now - frame.dueAtMs)
      else this.options.listener.onRejected(frame.points.length, frame.error)
    }
    this.queue.splice(0, settled)
    this.pump()
  }

  /** An error settles its own frame; that it may be the first shows here, since no later acknowledgement need come. */
  private refuse(seq: number, code: string): void {
    const frame = this.queue.find(candidate => candidate.seq === seq)
    if (frame === undefined) return
    frame.error = code
    if (this.queue[0] === frame) this.settleUpTo(seq)
  }

  private dropOldest(): void {
    const oldest = this.queue.shift()
    if (oldest === undefined) return
    this.unsettled -= oldest.points.length
    this.options.listener.onDropped(oldest.points.length)
  }
}

function isSettledBy(frame: Frame, seq: number): boolean {
  return frame.seq !== 0 && frame.seq <= seq
}
