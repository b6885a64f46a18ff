/** Clients of all nodes at once: they book, cancel and report, and go on with the next node where one does not answer. */
import type { LatLng } from '../../src/domain/geo.ts'
import type { AnswerBody } from './answer.ts'
import { ask, type Request } from './trial.ts'

const CLIENTS = 6
const TRIES_MAX = 4
const REST_MS = 40

export class Load {
  /** Of each request that was answered at last, its retries included. */
  readonly tookMs: number[] = []
  /** What was answered otherwise than with success. */
  readonly failures: string[] = []
  /** By their references. */
  readonly booked = new Map<string, string>()
  /** Nodes in rotation. */
  urls: readonly string[]
  #isRunning = true
  #done: Promise<unknown> = Promise.resolve()
  #turn = 0

  constructor(urls: readonly string[]) {
    this.urls = urls
  }

  start(name: string): this {
    this.#done = Promise.all(Array.from({ length: CLIENTS }, (_, i) => this.#client(`${name}-${i}`)))
    return this
  }

  async stop(): Promise<void> {
    this.#isRunning = false
    await this.#done
  }

  get p99Ms(): number {
    const sorted = [...this.tookMs].sort((a, b) => a - b)
    return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0)
  }

  async #client(name: string): Promise<void> {
    for (let n = 0; this.#isRunning; n++) {
      const place = somewhere()
      const key = `${name}-${n}`
      const order = { pickup: place, dropoff: { ...place, latitude: place.latitude + 0.01 }, reference: key }
      const booked = await this.#ask({ method: 'POST', path: '/v1/orders', body: order, key })
      if (booked !== null) {
        this.booked.set(key, booked.order_id ?? '')
        await this.#ask({ method: 'POST', path: `/v1/orders/${booked.order_id}/cancel`, body: { reason: 'test' } })
      }
      const fix = { ...place, driver_id: `${name}-${n % 50}`, recorded_at: new Date().toISOString() }
      await this.#ask({ method: 'POST', path: '/v1/locations', body: { locations: [fix] } })
      await Bun.sleep(REST_MS)
    }
  }

  async #ask(request: Request): Promise<AnswerBody | null> {
    const fromMs = performance.now()
    let last = 'nobody answers'
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const url = this.urls[this.#turn++ % this.urls.length] ?? ''
      const { status, body } = await ask(url, request)
      if (status >= 200 && status < 300) {
        this.tookMs.push(performance.now() - fromMs)
        return body
      }
      if (status === 0) continue
      last = `${status} ${body.code}`
      break
    }
    this.failures.push(`${request.method} ${request.path.replace(/ord_\w+/, '…')}: ${last}`)
    return null
  }
}

/** Over some hundred regions, so that every shard has its part. */
function somewhere(): LatLng {
  return { latitude: 37 + Math.random() * 1.5, longitude: -122.5 + Math.random() * 1.5 }
}
