/** What is audited: processes that are struck by faults, and the record that is left of them. */
import type { Sql } from '../store/postgres.ts'

/** One fault. It is drawn from the seed before anything runs. */
export interface Round {
  readonly fault: string
  /** Load before the fault. */
  readonly loadMs: number
  /** Returns when the fault may come: where it is to meet a system at rest, once that is so. @throws {NoRestError} */
  prepare(): Promise<void>
  /** Returns once everything that it has ended is started again. @throws {NodeStartError} */
  strike(): Promise<void>
}

/** What was struck does not come to rest any more. */
export class NoRestError extends Error {
  override readonly name = 'NoRestError'
}

export interface Rig {
  /** All that its rounds may do, for the report. */
  readonly faults: readonly string[]
  /** What was ended, by kind. */
  readonly kills: Readonly<Record<string, number>>
  /** Nodes that ended with another code than 0 after they were asked to stop. */
  readonly uncleanStops: number
  /** Nodes that ended although nobody had asked. */
  readonly diedByThemselves: number
  /** Where the nodes say what they have to say. */
  readonly logs: string
  /** Figures of its own for the report. */
  readonly figures: Readonly<Record<string, number>>
  rounds(): readonly Round[]
  start(): Promise<void>
  /** A command of an order was acknowledged, whose try was sent at that moment of `performance.now()`. */
  commandAcked(orderId: string, sentAtMs: number): void
  /** Every node ends what is under way; clients are refused meanwhile, and find nobody afterwards. */
  stop(): Promise<void>
  /** After `stop`: the record, with nobody left who writes to it. */
  readRecord(read: (sql: Sql) => Promise<void>): Promise<void>
  /** After that: nothing is left running. */
  close(): Promise<void>
  /** What it has on disk goes. */
  discard(): Promise<void>
}

/** The whole record is read. */
export const RECORD_STATEMENT_TIMEOUT_MS = 600_000

/** Short times, so that offers and batches meet every fault. */
export const AUDIT_SETTINGS: Readonly<Record<string, string>> = {
  WAGGLE_OFFER_TTL_S: '2',
  WAGGLE_MATCH_WINDOW_MS: '50',
  WAGGLE_ORDER_TTL_S: '30',
  WAGGLE_SCHEDULE_LEAD_S: '2',
  WAGGLE_NO_SHOW_S: '1',
}
