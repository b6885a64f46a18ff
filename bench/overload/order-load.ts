/** Orders over HTTP, from as many customers at once as there are connections. No driver is about: they are placed, and wait. */
import { Counts } from '../../src/sim/tally.ts'
import type { Sql } from '../../src/store/postgres.ts'
import { type HttpAnswer, HttpLane } from '../ingest/http-lane.ts'
import type { Rig } from '../ingest/rig.ts'
import { placeAround } from '../offers/places.ts'
import type { Load } from './load.ts'

const CONNECTIONS = 1_000
const BUSY = 64
const PROBE_CONNECTIONS = 64
const CREATED = 201
/** Refusals of a node that cannot just now. */
const COME_AGAIN: readonly number[] = [429, 503]
const IDS_MAX = 10_000

export class OrderLoad implements Load {
  readonly perSend = 1
  readonly busyWith = BUSY
  readonly underWayMax = CONNECTIONS
  readonly refused = new Counts()
  readonly #lane: HttpLane
  readonly #probes: HttpLane
  readonly #placed = new Set<string>()
  #sent = 0
  #settled = 0
  withoutRetryAfter = 0

  constructor({ url, token }: Rig) {
    this.#lane = new HttpLane(url, token)
    this.#probes = new HttpLane(url, token)
  }

  get acked(): number {
    return this.#placed.size
  }

  get underWay(): number {
    return this.#sent - this.#settled
  }

  async open(): Promise<void> {
    await this.#lane.open(CONNECTIONS)
    await this.#probes.open(PROBE_CONNECTIONS)
  }

  send(): void {
    this.#place(this.#lane, () => {})
  }

  probe(onSettled: (isTaken: boolean) => void): void {
    this.#place(this.#probes, onSettled)
  }

  tick(): void {}

  close(): void {
    this.#lane.close()
    this.#probes.close()
  }

  async check(sql: Sql): Promise<{ readonly lost: number; readonly repeated: number }> {
    const ids = [...this.#placed]
    let found = 0
    for (let from = 0; from < ids.length; from += IDS_MAX) {
      const [row] = await sql<{ count: number }[]>`
        select count(*)::float8 as count from orders where order_id = any(${ids.slice(from, from + IDS_MAX)}::text[])`
      found += row?.count ?? 0
    }
    const [all] = await sql<{ count: number }[]>`select count(*)::float8 as count from orders`
    return { lost: ids.length - found, repeated: Math.max(0, (all?.count ?? 0) - this.#sent) }
  }

  #place(lane: HttpLane, onSettled: (isTaken: boolean) => void): void {
    const n = this.#sent++
    lane.send({
      method: 'POST',
      path: '/v1/orders',
      body: JSON.stringify({ pickup: placeAround(n), dropoff: placeAround(2 * n + 1) }),
      onAnswer: answer => {
        this.#settled++
        onSettled(this.#settle(answer))
      },
    })
  }

  #settle(answer: HttpAnswer): boolean {
    if (answer.kind !== 'answered') {
      this.refused.add(answer.kind)
      return false
    }
    const body = JSON.parse(answer.body) as { readonly order_id?: string; readonly code?: string }
    if (answer.status === CREATED && body.order_id !== undefined) {
      this.#placed.add(body.order_id)
      return true
    }
    this.refused.add(`${answer.status} ${body.code ?? ''}`.trim())
    if (COME_AGAIN.includes(answer.status) && answer.retryAfterS === undefined) this.withoutRetryAfter++
    return false
  }
}
