/** The migrations of this version, in the order in which they are applied. Append only: what was applied never changes. */
import record from './0001-record.sql' with { type: 'text' }
import positions from './0002-positions.sql' with { type: 'text' }
import quotes from './0003-quotes.sql' with { type: 'text' }
import pricing from './0004-pricing.sql' with { type: 'text' }
import feed from './0005-feed.sql' with { type: 'text' }
import upkeep from './0006-upkeep.sql' with { type: 'text' }
import journalByTime from './0007-journal-by-time.sql' with { type: 'text' }
import access from './0008-access.sql' with { type: 'text' }
import ordersByPhase from './0009-orders-by-phase.sql' with { type: 'text' }
import bookings from './0010-bookings.sql' with { type: 'text' }
import zones from './0011-zones.sql' with { type: 'text' }
import webhooks from './0012-webhooks.sql' with { type: 'text' }
import rotations from './0014-rotations.sql' with { type: 'text' }
import testMode from './0015-test-mode.sql' with { type: 'text' }
import orderTerms from './0016-order-terms.sql' with { type: 'text' }
import minutes from './0017-minutes.sql' with { type: 'text' }
import reservedWhenDue from './0019-reserved-when-due.sql' with { type: 'text' }
import forgottenOrders from './0020-forgotten-orders.sql' with { type: 'text' }
import keptEvents from './0021-kept-events.sql' with { type: 'text' }
import packedPositions from './0022-packed-positions.sql' with { type: 'text' }
import uncountedDocuments from './0023-uncounted-documents.sql' with { type: 'text' }

export interface Migration {
  /** The file's name without its ending: a number of four digits, then words. */
  readonly id: string
  readonly sql: string
  /** Indexes of its text that are made before it, without keeping writers out, where their tables have rows. */
  readonly ahead?: readonly string[]
}

/** Only ever added to at the end: 0013 and 0018 are not there, and must not be filled, since databases have the ones behind them. */
export const MIGRATIONS: readonly Migration[] = [
  { id: '0001-record', sql: record },
  { id: '0002-positions', sql: positions },
  { id: '0003-quotes', sql: quotes },
  { id: '0004-pricing', sql: pricing },
  { id: '0005-feed', sql: feed },
  { id: '0006-upkeep', sql: upkeep },
  { id: '0007-journal-by-time', sql: journalByTime },
  { id: '0008-access', sql: access },
  { id: '0009-orders-by-phase', sql: ordersByPhase },
  { id: '0010-bookings', sql: bookings },
  { id: '0011-zones', sql: zones },
  { id: '0012-webhooks', sql: webhooks },
  { id: '0014-rotations', sql: rotations },
  { id: '0015-test-mode', sql: testMode },
  { id: '0016-order-terms', sql: orderTerms },
  { id: '0017-minutes', sql: minutes },
  { id: '0019-reserved-when-due', sql: reservedWhenDue, ahead: ['orders_promised'] },
  { id: '0020-forgotten-orders', sql: forgottenOrders, ahead: ['assignments_ended'] },
  { id: '0021-kept-events', sql: keptEvents },
  { id: '0022-packed-positions', sql: packedPositions },
  { id: '0023-uncounted-documents', sql: uncountedDocuments },
]
