/**
 * Orders at a fixed rate, whatever becomes of those before them: each has its time, and its delay counts from then. An order that
 * was accepted is cancelled at once, so that its driver is free for the next.
 */
import { nowMs } from '../../src/sim/clock.ts'
import type { Histogram } from '../../src/sim/histogram.ts'
import { placeAround } from './places.ts'

export interface CustomersParts {
  readonly url: string
  readonly token: string
  readonly ratePerS: number
  /** From the time an order was due until it rang. */
  readonly delays: Histogram
}

const TICK_MS = 5
const CREATED = 201
/** Far from the places of the drivers, so that not every order has a driver at its door. */
const OFFSET = 1_000_003

export class Customers {
  readonly #parts: CustomersParts
  /** When an order was due: those that have not rung yet, and are measured. */
  readonly #due = new Map<string, number>()
  /** Rang before the answer to its placing came. */
  readonly #early = new Map<string, number>()
  /** Measured orders. */
  asked = 0
  refused = 0
  /** With those of the warm-up. */
  total = 0

  constructor(parts: CustomersParts) {
    this.#parts = parts
  }

  /** Asked for, acknowledged, and not heard by any driver so far. */
  get unheard(): number {
    return this.#due.size
  }

  /** From now until the end; what is due from `measuredFromMs` on is measured. */
  async run(measuredFromMs: number, untilMs: number): Promise<void> {
    const fromMs = nowMs()
    const asks: Promise<void>[] = []
    for (let n = 0; ; ) {
      const dueAtMs = fromMs + (n * 1_000) / this.#parts.ratePerS
      if (dueAtMs >= untilMs) break
      if (dueAtMs > nowMs()) {
        await Bun.sleep(TICK_MS)
        continue
      }
      asks.push(this.#ask(n, dueAtMs, dueAtMs >= measuredFromMs))
      n++
    }
    await Promise.all(asks)
  }

  ring(orderId: string): void {
    const dueAtMs = this.#due.get(orderId)
    if (dueAtMs === undefined) this.#early.set(orderId, nowMs())
    else {
      this.#due.delete(orderId)
      this.#parts.delays.record(nowMs() - dueAtMs)
    }
  }

  end(orderId: string): void {
    void this.#post(`/v1/orders/${orderId}/cancel`, { reason: 'bench' })
  }

  async #ask(n: number, dueAtMs: number, isMeasured: boolean): Promise<void> {
    this.total++
    if (isMeasured) this.asked++
    const response = await this.#post('/v1/orders', {
      pickup: placeAround(n + OFFSET),
      dropoff: placeAround(n + 2 * OFFSET),
    })
    if (response.status !== CREATED) {
      if (isMeasured) this.refused++
      return
    }
    const { order_id: orderId } = (await response.json()) as { order_id: string }
    if (!isMeasured) return
    const rangAtMs = this.#early.get(orderId)
    if (rangAtMs === undefined) this.#due.set(orderId, dueAtMs)
    else this.#parts.delays.record(rangAtMs - dueAtMs)
  }

  #post(path: string, body: object): Promise<Response> {
    const { url, token } = this.#parts
    return fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }
}
