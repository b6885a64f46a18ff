import type { CellId, OrderId, UnixMs } from '../../domain/ids.ts'
import { DriverField } from './driver-field.ts'
import type { WaitingOrder } from './matching-cell.messages.ts'

export interface KnownOrder {
  readonly order: WaitingOrder
  readonly seenAtMs: UnixMs
  /** When it was last explained why nobody was found. */
  readonly explainedAtMs: UnixMs
}

export interface MatchingCellState {
  readonly cell: CellId
  readonly drivers: DriverField
  readonly orders: Map<OrderId, KnownOrder>
  /** How many of the orders are this cell's. The others are weighed, so that a driver is left to whom it suits better beyond the border. */
  ownOrders: number
  /** The batch that is being collected: when it began and when it is solved; null while nothing waits. */
  window: { readonly openedAtMs: UnixMs; readonly closesAtMs: UnixMs } | null
  /** Mean way to the pickup of the last proposals, as of the last one; null before the first. */
  pickupMeanS: number | null
  lastProposalAtMs: UnixMs
}

export function emptyCell(cell: CellId): MatchingCellState {
  const nobody = { drivers: new DriverField(), orders: new Map(), ownOrders: 0 }
  return { cell, ...nobody, window: null, pickupMeanS: null, lastProposalAtMs: 0 }
}
