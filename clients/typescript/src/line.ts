/**
 * A WebSocket that comes back: after a break it is opened again, a little later each time, with the token as it is then. What was
 * said on the connection before is for its owner to say again (`opened`).
 */
export interface LineOwner {
  opened(): void
  heard(message: Message): void
  broken(): void
}

/** By `type`. */
export interface Message {
  readonly type: string
  readonly [field: string]: unknown
}

export interface LineTarget {
  readonly address: () => Promise<string>
  readonly subprotocol?: string
}

const FIRST_WAIT_MS = 200
const WAIT_MAX_MS = 15_000

export class Line {
  readonly #target: LineTarget
  readonly #owner: LineOwner
  #socket: WebSocket | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #breaks = 0
  #isOpen = false
  #isClosed = false

  constructor(target: LineTarget, owner: LineOwner) {
    this.#target = target
    this.#owner = owner
    void this.#open()
  }

  /** From `opened` to `broken`. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** @returns false where there is no connection: it is said once there is one, by `opened`. */
  send(message: object): boolean {
    if (!this.#isOpen || this.#socket === null) return false
    this.#socket.send(JSON.stringify(message))
    return true
  }

  close(): void {
    this.#isClosed = true
    this.#isOpen = false
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#socket?.close()
  }

  async #open(): Promise<void> {
    const { address, subprotocol } = this.#target
    let socket: WebSocket
    try {
      socket = new WebSocket(await address(), subprotocol === undefined ? [] : [subprotocol])
    } catch {
      // The token could not be had: as a break.
      this.#again()
      return
    }
    if (this.#isClosed) {
      socket.close()
      return
    }
    this.#socket = socket
    socket.onopen = () => {
      this.#breaks = 0
      this.#isOpen = true
      this.#owner.opened()
    }
    socket.onmessage = ({ data }) => {
      const message = read(data)
      if (message !== null) this.#owner.heard(message)
    }
    socket.onclose = () => {
      this.#socket = null
      this.#isOpen = false
      this.#owner.broken()
      this.#again()
    }
  }

  #again(): void {
    if (this.#isClosed) return
    const waitMs = Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** this.#breaks++)
    // Those who were cut off together do not come back together.
    this.#timer = setTimeout(() => void this.#open(), waitMs * (0.5 + Math.random()))
  }
}

function read(data: unknown): Message | null {
  if (typeof data !== 'string') return null
  const value: unknown = JSON.parse(data)
  return isMessage(value) ? value : null
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** Of a path with its query. */
export async function socketAddress(url: string, path: string, token: Promise<string>): Promise<string> {
  const address = new URL(`${url.replace(/^http/, 'ws')}${path}`)
  address.searchParams.set('token', await token)
  return address.href
}
