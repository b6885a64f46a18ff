/** Somebody who asks for current positions all the while, open loop: reads must not suffer from writes. */
import { nowMs } from '../../src/sim/clock.ts'
import { Histogram } from '../../src/sim/histogram.ts'
import { randomStream } from '../../src/sim/random.ts'
import type { BenchFleet } from './fleet.ts'
import { HttpLane } from './http-lane.ts'

const CONNECTIONS = 8

export interface ReaderOptions {
  readonly url: string
  readonly token: string
  readonly fleet: BenchFleet
  readonly ratePerS: number
}

export class Reader {
  readonly latency = new Histogram()
  failed = 0
  readonly #options: ReaderOptions
  readonly #lane: HttpLane
  readonly #random = randomStream(1, 'reads')
  #startMs = 0
  #sent = 0

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#lane = new HttpLane(options.url, options.token)
  }

  open(): Promise<void> {
    return this.#lane.open(CONNECTIONS)
  }

  startAt(ms: number): void {
    this.#startMs = ms
  }

  tick(atMs: number): void {
    const { ratePerS, fleet } = this.#options
    if (ratePerS === 0) return
    const dueAtMs = (): number => this.#startMs + (this.#sent * 1_000) / ratePerS
    for (let dueMs = dueAtMs(); dueMs <= atMs; dueMs = dueAtMs()) {
      this.#sent++
      const driverId = fleet.driverId(Math.floor(this.#random() * fleet.size))
      this.#lane.send({
        method: 'GET',
        path: `/v1/drivers/${driverId}/location`,
        body: null,
        onAnswer: answer => {
          if (answer.kind === 'answered' && answer.status === 200) this.latency.record(nowMs() - dueMs)
          else this.failed++
        },
      })
    }
  }

  close(): void {
    this.#lane.close()
  }
}
