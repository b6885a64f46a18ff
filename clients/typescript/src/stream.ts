/**
 * `/v1/stream`: positions in, acknowledgements out; for one driver also its offers.
 *
 * A position is kept until the node has acknowledged it, which is when it is committed. After a break everything that is kept is sent
 * again on the new connection, numbered from 1 as each connection is; what the node had already it takes as a repeat, by driver and
 * `recorded_at`, which is set here where it is left out. Frames are numbered in the order in which they are sent, so an `ack` settles
 * every one up to it; an `error` with a number settles that one alone.
 */
import type { Waggle } from './client.ts'
import type { Location, Order } from './generated.ts'
import { Line, type Message, socketAddress } from './line.ts'

export type StreamPosition = Location & { readonly driver_id?: string }

/** The node did not take a position. */
export class StreamRefusal extends Error {
  override readonly name = 'StreamRefusal'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export interface StreamHandlers {
  readonly offer?: (offer: Offered) => void
  readonly offerRevoked?: (offer: { readonly offer_id: string }) => void
  readonly assignment?: (assigned: { readonly order: Order }) => void
  readonly orderCancelled?: (cancelled: { readonly order_id: string; readonly reason: string }) => void
  /** Of nothing that was sent: what the node says besides. */
  readonly error?: (error: StreamRefusal) => void
}

export interface Offered {
  readonly offer_id: string
  readonly order: Order
  readonly pickup_eta_s: number
  readonly expires_at: string
}

export interface StreamOptions extends StreamHandlers {
  /** Whose connection it is: the positions are that driver's, and its offers come. */
  readonly driverId?: string
  /** Positions that are kept at most. */
  readonly keptMax?: number
}

interface Kept {
  readonly position: StreamPosition
  readonly settle: () => void
  readonly refuse: (error: Error) => void
  /** On this connection; 0: not sent on it yet. */
  seq: number
}

/** What the node takes of one connection before it has settled any. */
const KEPT_MAX = 8_000
/** The node is in trouble, not the position. */
const PASSING: ReadonlySet<string> = new Set([
  'overloaded',
  'record_unavailable',
  'timeout',
  'not_ready',
  'rate_limited',
])
const AGAIN_MS = 1_000

export class WaggleStream {
  readonly #options: StreamOptions
  readonly #line: Line
  #kept: Kept[] = []
  /** Refused for now: sent again as new frames. */
  readonly #later = new Map<Kept, ReturnType<typeof setTimeout>>()
  #seq = 0

  constructor(waggle: Waggle, options: StreamOptions = {}) {
    this.#options = options
    const { driverId } = options
    const path = driverId === undefined ? '/v1/stream' : `/v1/stream?driver_id=${encodeURIComponent(driverId)}`
    const target = { address: () => socketAddress(waggle.url, path, waggle.token()), subprotocol: 'waggle.json' }
    this.#line = new Line(target, {
      opened: () => this.#sendAll(),
      heard: message => this.#hear(message),
      broken: () => this.#unsend(),
    })
  }

  /** How many are not acknowledged yet. */
  get kept(): number {
    return this.#kept.length + this.#later.size
  }

  /** Resolves when it is committed, however many connections that takes. @throws {StreamRefusal} it never will be. */
  send(position: StreamPosition): Promise<void> {
    if (this.kept >= (this.#options.keptMax ?? KEPT_MAX)) {
      return Promise.reject(new StreamRefusal('overloaded', 'As many positions as are kept wait for the node'))
    }
    return new Promise((resolve, reject) => {
      const recorded = { ...position, recorded_at: position.recorded_at ?? new Date().toISOString() }
      const kept: Kept = { position: recorded, settle: resolve, refuse: reject, seq: 0 }
      this.#kept.push(kept)
      if (this.#line.isOpen) this.#sendOne(kept)
    })
  }

  /** @returns false without a connection: the offer comes again with the next one, if it is open still. */
  accept(offerId: string): boolean {
    return this.#line.send({ type: 'accept', offer_id: offerId })
  }

  decline(offerId: string): boolean {
    return this.#line.send({ type: 'decline', offer_id: offerId })
  }

  /** What is not acknowledged is refused with `closed`. */
  close(): void {
    this.#line.close()
    for (const timer of this.#later.values()) clearTimeout(timer)
    const left = [...this.#kept, ...this.#later.keys()]
    this.#kept = []
    this.#later.clear()
    for (const { refuse } of left) refuse(new StreamRefusal('closed', 'The stream was closed before the node had it'))
  }

  #sendAll(): void {
    this.#unsend()
    for (const kept of this.#kept) this.#sendOne(kept)
  }

  #unsend(): void {
    this.#seq = 0
    for (const kept of this.#kept) kept.seq = 0
  }

  #sendOne(kept: Kept): void {
    kept.seq = ++this.#seq
    this.#line.send({ type: 'location', seq: kept.seq, ...kept.position })
  }

  #hear(message: Message): void {
    switch (message.type) {
      case 'ack':
        this.#settle(Number(message.seq))
        break
      case 'error':
        this.#refuse(message)
        break
      default:
        this.#tell(message)
    }
  }

  #settle(seq: number): void {
    // Numbers rise along the list.
    const first = this.#kept.findIndex(kept => kept.seq === 0 || kept.seq > seq)
    const settled = this.#kept.splice(0, first === -1 ? this.#kept.length : first)
    for (const { settle } of settled) settle()
  }

  #refuse({ seq, code, message }: Message): void {
    const refusal = new StreamRefusal(String(code), String(message))
    const at = this.#kept.findIndex(kept => kept.seq === seq && seq !== 0)
    const [refused] = at === -1 ? [] : this.#kept.splice(at, 1)
    if (refused === undefined) this.#options.error?.(refusal)
    else if (PASSING.has(refusal.code)) this.#sendLater(refused)
    else refused.refuse(refusal)
  }

  /** At the end: numbers rise along the list. */
  #sendLater(kept: Kept): void {
    const again = () => {
      this.#later.delete(kept)
      this.#kept.push(kept)
      kept.seq = 0
      if (this.#line.isOpen) this.#sendOne(kept)
    }
    this.#later.set(kept, setTimeout(again, AGAIN_MS))
  }

  /** As the document of sockets has them; the node is trusted to keep to it. */
  #tell(message: Message): void {
    const told: unknown = message
    switch (message.type) {
      case 'offer':
        this.#options.offer?.(told as Offered)
        break
      case 'offer_revoked':
      case 'offer_closed':
        this.#options.offerRevoked?.(told as { offer_id: string })
        break
      case 'assignment':
      case 'accepted':
        this.#options.assignment?.(told as { order: Order })
        break
      case 'order_cancelled':
        this.#options.orderCancelled?.(told as { order_id: string; reason: string })
    }
  }
}
