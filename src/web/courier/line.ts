/**
 * The courier's own socket. It comes back by itself, a little later each time and not when everybody else does, and at once where the phone says that
 * there is a network again. A connection that has become silent while an answer is due is ended: half of one tells nobody.
 */
import type { LinkState } from './core/state.ts'

export interface LineOwner {
  changed(state: LinkState): void
  heard(message: StreamMessage): void
  /** It could not be opened, or was closed: perhaps because of the credential. */
  lost(code: number): void
}

export interface StreamMessage {
  readonly type: string
  readonly [field: string]: unknown
}

const FIRST_WAIT_MS = 500
const WAIT_MAX_MS = 15_000
const OPEN_TIMEOUT_MS = 10_000

export class Line {
  readonly #address: () => string
  readonly #owner: LineOwner
  #socket: WebSocket | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #breaks = 0
  #isWanted = false
  #heardAtMs = 0

  constructor(address: () => string, owner: LineOwner) {
    this.#address = address
    this.#owner = owner
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  get heardAtMs(): number {
    return this.#heardAtMs
  }

  start(): void {
    if (this.#isWanted) return
    this.#isWanted = true
    this.#connect()
  }

  stop(): void {
    this.#isWanted = false
    this.#drop()
    this.#owner.changed('off')
  }

  /** Something says that now is a good time. */
  hurry(): void {
    if (!this.#isWanted || this.#timer === null) return
    this.#connect()
  }

  /** Silent for too long. */
  restart(): void {
    if (!this.#isWanted) return
    this.#drop()
    this.#again(0)
  }

  /** @returns false where there is no connection. */
  send(message: object): boolean {
    if (!this.isOpen) return false
    this.#socket?.send(JSON.stringify(message))
    return true
  }

  #connect(): void {
    this.#drop()
    this.#owner.changed('connecting')
    const socket = new WebSocket(this.#address(), ['waggle.json'])
    this.#socket = socket
    const overdue = setTimeout(() => socket.close(), OPEN_TIMEOUT_MS)
    socket.onopen = () => {
      clearTimeout(overdue)
      this.#breaks = 0
      this.#heardAtMs = Date.now()
      this.#owner.changed('open')
    }
    socket.onmessage = ({ data }) => {
      this.#heardAtMs = Date.now()
      const message = typeof data === 'string' ? JSON.parse(data) : null
      if (typeof message?.type === 'string') this.#owner.heard(message)
    }
    socket.onclose = ({ code }) => {
      clearTimeout(overdue)
      if (this.#socket !== socket) return
      this.#socket = null
      this.#again(code)
    }
  }

  #again(code: number): void {
    const waitMs = Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** this.#breaks++) * (0.5 + Math.random() / 2)
    this.#timer = setTimeout(() => this.#connect(), waitMs)
    this.#owner.changed('waiting')
    this.#owner.lost(code)
  }

  /** What an old connection still says is not heard. */
  #drop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const socket = this.#socket
    this.#socket = null
    if (socket === null) return
    socket.onopen = null
    socket.onmessage = null
    socket.close()
  }
}

/** @param token  in the address, since a browser can give a socket no header. */
export function streamAddress(driverId: string, token: string): string {
  const address = new URL('/v1/stream', location.href.replace(/^http/, 'ws'))
  address.hash = ''
  address.searchParams.set('driver_id', driverId)
  address.searchParams.set('token', token)
  return address.href
}
