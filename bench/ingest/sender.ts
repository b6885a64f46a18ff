/** How positions reach the node. One per protocol; each tells the ledger what became of what it was given. */
import type { Batch } from './ledger.ts'

export interface Sender {
  /** Batches of one lane are answered in their order; a driver always takes the same lane. */
  readonly lanes: number
  /** Positions in one batch, at most. */
  readonly pointsMax: number
  open(): Promise<void>
  /** Never waits: what cannot go out yet stands in a queue, and its latency runs. */
  send(lane: number, batch: Batch): void
  close(): void
}
