/** The books of a run: what was sent, what became of it, how long it took. What is acknowledged here must be in the record. */
import { nowMs } from '../../src/sim/clock.ts'
import { Histogram } from '../../src/sim/histogram.ts'
import { Counts } from '../../src/sim/tally.ts'

/** Positions that travel and are answered together: one frame, one request. */
export interface Batch {
  /** When it was to be sent, which is also the time that each position bears. */
  readonly dueAtMs: number
  /** Indexes into the fleet. */
  readonly drivers: readonly number[]
  /** Of the measured part of the run. */
  readonly measured: boolean
}

export interface Settlement {
  /** Committed, or late and committed. */
  readonly acked: readonly number[]
  /** Refused, by code. */
  readonly refused: readonly string[]
}

export class Ledger {
  readonly ack = new Histogram()
  readonly refusals = new Counts()
  /** By driver, the whole run. */
  readonly sentOf: Int32Array
  readonly ackedOf: Int32Array
  sentMeasured = 0
  ackedMeasured = 0
  ackedTotal = 0
  lastAckAtMs = 0
  readonly #open = new Set<Batch>()

  constructor(drivers: number) {
    this.sentOf = new Int32Array(drivers)
    this.ackedOf = new Int32Array(drivers)
  }

  sent(batch: Batch): void {
    this.#open.add(batch)
    for (const driver of batch.drivers) count(this.sentOf, driver)
    if (batch.measured) this.sentMeasured += batch.drivers.length
  }

  settle(batch: Batch, { acked, refused }: Settlement): void {
    if (!this.#open.delete(batch)) throw new Error('a batch was settled twice')
    for (const code of refused) this.refusals.add(code)
    if (acked.length === 0) return
    for (const driver of acked) count(this.ackedOf, driver)
    this.ackedTotal += acked.length
    this.lastAckAtMs = nowMs()
    if (!batch.measured) return
    this.ackedMeasured += acked.length
    this.ack.record(this.lastAckAtMs - batch.dueAtMs, acked.length)
  }

  /** All of it taken, or all of it refused. */
  settleWhole(batch: Batch, refusal: string | null): void {
    if (refusal === null) this.settle(batch, { acked: batch.drivers, refused: [] })
    else this.settle(batch, { acked: [], refused: batch.drivers.map(() => refusal) })
  }

  /** Nobody knows what became of these. */
  get open(): ReadonlySet<Batch> {
    return this.#open
  }
}

function count(counts: Int32Array, driver: number): void {
  counts[driver] = (counts[driver] ?? 0) + 1
}
