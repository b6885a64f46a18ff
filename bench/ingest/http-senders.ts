import { numberAt, objectOf, textAt } from '../../src/sim/json.ts'
import type { BenchFleet } from './fleet.ts'
import { type HttpAnswer, HttpLane } from './http-lane.ts'
import type { Batch, Ledger, Settlement } from './ledger.ts'
import type { Sender } from './sender.ts'

export interface HttpSenderOptions {
  readonly url: string
  readonly token: string
  readonly connections: number
  readonly fleet: BenchFleet
  readonly ledger: Ledger
}

/** The most rows that a node takes in one POST. */
const ROWS_MAX = 1_000
/** How a node ends the answer to a post that went well. Another answer is read as JSON. */
const COMMITTED = '"status":"committed"}'

/** One position per POST, as phones without a socket send them. */
export class SinglePosts implements Sender {
  readonly lanes = 1
  readonly pointsMax = 1
  readonly #options: HttpSenderOptions
  readonly #lane: HttpLane
  /** Those of one step are due at the same time. */
  #dueAtMs = Number.NaN
  #recordedAt = ''

  constructor(options: HttpSenderOptions) {
    this.#options = options
    this.#lane = new HttpLane(options.url, options.token)
  }

  open(): Promise<void> {
    return this.#lane.open(this.#options.connections)
  }

  /** What is done here for each post is taken from the node, which has the same cores: no objects, no general writer of JSON. */
  send(_lane: number, batch: Batch): void {
    const { fleet, ledger } = this.#options
    const [driver = 0] = batch.drivers
    const { latitude, longitude } = fleet.place(driver, batch.dueAtMs)
    this.#lane.send({
      method: 'POST',
      path: `/v1/drivers/${fleet.driverId(driver)}/location`,
      body: `{"latitude":${latitude},"longitude":${longitude},"recorded_at":"${this.#instantOf(batch.dueAtMs)}"}`,
      onAnswer: answer => ledger.settleWhole(batch, refusalOfOne(answer)),
    })
  }

  #instantOf(dueAtMs: number): string {
    if (dueAtMs !== this.#dueAtMs) {
      this.#dueAtMs = dueAtMs
      this.#recordedAt = instant(dueAtMs)
    }
    return this.#recordedAt
  }

  close(): void {
    this.#lane.close()
  }
}

/** Many drivers in one POST, as a gateway of another system sends them. */
export class BatchPosts implements Sender {
  readonly lanes = 1
  readonly pointsMax = ROWS_MAX
  readonly #options: HttpSenderOptions
  readonly #lane: HttpLane

  constructor(options: HttpSenderOptions) {
    this.#options = options
    this.#lane = new HttpLane(options.url, options.token)
  }

  open(): Promise<void> {
    return this.#lane.open(this.#options.connections)
  }

  send(_lane: number, batch: Batch): void {
    const { ledger } = this.#options
    this.#post(batch, settlement => ledger.settle(batch, settlement))
  }

  /** For whoever waits for the answer. */
  post(batch: Batch): Promise<Settlement> {
    const { promise, resolve } = Promise.withResolvers<Settlement>()
    const { ledger } = this.#options
    this.#post(batch, settlement => {
      ledger.settle(batch, settlement)
      resolve(settlement)
    })
    return promise
  }

  #post(batch: Batch, onSettled: (settlement: Settlement) => void): void {
    const { fleet } = this.#options
    const recordedAt = instant(batch.dueAtMs)
    const locations = batch.drivers.map(driver => ({
      driver_id: fleet.driverId(driver),
      ...fleet.place(driver, batch.dueAtMs),
      recorded_at: recordedAt,
    }))
    this.#lane.send({
      method: 'POST',
      path: '/v1/locations',
      body: JSON.stringify({ locations }),
      onAnswer: answer => onSettled(settlementOf(batch, answer)),
    })
  }

  close(): void {
    this.#lane.close()
  }
}

function refusalOfOne(answer: HttpAnswer): string | null {
  if (answer.kind !== 'answered') return answer.kind
  if (answer.status === 202 && answer.body.endsWith(COMMITTED)) return null
  const body = objectOf(JSON.parse(answer.body))
  if (answer.status !== 202) return `${answer.status} ${textAt(body, 'code') ?? ''}`.trim()
  return textAt(body, 'status') === 'ignored' ? `ignored ${textAt(body, 'reason') ?? ''}` : null
}

/** Which rows were ignored is not said: then none of the batch counts as acknowledged. */
function settlementOf(batch: Batch, answer: HttpAnswer): Settlement {
  const all = (code: string): Settlement => ({ acked: [], refused: batch.drivers.map(() => code) })
  if (answer.kind !== 'answered') return all(answer.kind)
  const body = objectOf(JSON.parse(answer.body))
  if (answer.status !== 202) return all(`${answer.status} ${textAt(body, 'code') ?? ''}`.trim())
  if (numberAt(body, 'ignored') !== 0) return all('some ignored')
  const rejected = new Map<number, string>()
  for (const row of Array.isArray(body?.rejected) ? body.rejected : []) {
    rejected.set(numberAt(objectOf(row), 'index') ?? -1, textAt(objectOf(row), 'code') ?? 'unnamed')
  }
  return { acked: batch.drivers.filter((_, i) => !rejected.has(i)), refused: [...rejected.values()] }
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}
