/** Drivers with a connection each: they report where they are now and then, and say yes to whatever rings. */
import { Limiter } from '../../src/sim/limiter.ts'
import { NoResultError } from '../bench.ts'
import { placeAround } from './places.ts'

export interface PhoneFleetParts {
  readonly url: string
  readonly token: string
  readonly drivers: number
  readonly onOffer: (orderId: string) => void
  readonly onAccepted: (orderId: string) => void
}

interface Told {
  readonly type: string
  readonly offer_id?: string
  readonly order?: { readonly order_id: string }
}

const OPENING_MAX = 32
/** Well within the time after which a driver is taken for gone. */
const REPORT_EVERY_MS = 20_000

export class PhoneFleet {
  readonly #parts: PhoneFleetParts
  readonly #sockets: WebSocket[] = []
  #reports: Timer | null = null
  #reported = 0

  constructor(parts: PhoneFleetParts) {
    this.#parts = parts
  }

  /** @throws {NoResultError} some driver cannot come on duty. */
  async open(): Promise<void> {
    const names = Array.from({ length: this.#parts.drivers }, (_, n) => `phone_${n}`)
    await new Limiter(OPENING_MAX).forEach(names, (name, n) => this.#onDuty(name, n))
    // One driver after the other, evenly: as many phones as there are do not report at once.
    this.#reports = setInterval(() => this.#reportNext(), REPORT_EVERY_MS / this.#parts.drivers)
  }

  close(): void {
    if (this.#reports) clearInterval(this.#reports)
    for (const socket of this.#sockets) socket.close()
  }

  async #onDuty(name: string, n: number): Promise<void> {
    const { url, token } = this.#parts
    await this.#call('POST', `/v1/drivers/${name}/location`, placeAround(n))
    await this.#call('PUT', `/v1/drivers/${name}/availability`, { status: 'available' })
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream?driver_id=${name}&token=${token}`)
    const opened = Promise.withResolvers<void>()
    socket.onopen = () => opened.resolve()
    socket.onerror = () => opened.reject(new NoResultError(`the socket of ${name} cannot be opened`))
    socket.onmessage = event => this.#told(socket, JSON.parse(String(event.data)) as Told)
    await opened.promise
    this.#sockets.push(socket)
  }

  #told(socket: WebSocket, { type, offer_id, order }: Told): void {
    if (type === 'offer' && order) {
      this.#parts.onOffer(order.order_id)
      socket.send(JSON.stringify({ type: 'accept', offer_id }))
    } else if (type === 'accepted' && order) this.#parts.onAccepted(order.order_id)
  }

  #reportNext(): void {
    const n = this.#reported++ % this.#sockets.length
    const frame = { type: 'location', seq: Math.floor(this.#reported / this.#sockets.length) + 1, ...placeAround(n) }
    this.#sockets[n]?.send(JSON.stringify(frame))
  }

  async #call(method: string, path: string, body: object): Promise<void> {
    const { url, token } = this.#parts
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new NoResultError(`${method} ${path} was answered ${response.status}`)
    await response.arrayBuffer()
  }
}
