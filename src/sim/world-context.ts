import type { Uniform } from '../domain/ids.ts'
import type { Agenda } from './agenda.ts'
import type { Ledger, Violations } from './check.ts'
import type { HttpClient } from './http-client.ts'
import type { Limiter } from './limiter.ts'
import type { OrderBook } from './order-book.ts'
import type { Tally } from './tally.ts'
import type { Terrain } from './terrain.ts'
import type { WorldOptions } from './world-options.ts'

/** What the actors of one world share. */
export interface WorldContext {
  readonly options: WorldOptions
  readonly agenda: Agenda
  readonly http: HttpClient
  /** Sockets that open at once. */
  readonly opening: Limiter
  readonly terrain: Terrain
  readonly tally: Tally
  readonly violations: Violations
  readonly ledger: Ledger
  readonly book: OrderBook
  /** Different for each run, so that keys and references of two runs on one node never meet. */
  readonly runId: string
  random(label: string): Uniform
}

/** How long a call is repeated through an outage before its actor gives up. */
export const PERSISTENCE_MS = 600_000
