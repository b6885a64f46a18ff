/** What a node is overloaded with: things that are sent without waiting, and counted until somebody has answered for them. */
import type { Counts } from '../../src/sim/tally.ts'
import type { Sql } from '../../src/store/postgres.ts'

export interface Load {
  /** Things in one send. */
  readonly perSend: number
  /** So many things under way keep the node busy, and no more. */
  readonly busyWith: number
  /** More than this a client does not leave unanswered: what is due beyond is held back, by its own back-pressure. */
  readonly underWayMax: number
  readonly acked: number
  /** Things, by code. */
  readonly refused: Counts
  /** Refusals that ought to say when to come again, and did not. */
  readonly withoutRetryAfter: number
  /** Things that nobody has answered for yet. */
  readonly underWay: number
  open(): Promise<void>
  send(): void
  /** One thing, beside the load, from a client that has nothing else under way. Told whether it was taken. */
  probe(onSettled: (isTaken: boolean) => void): void
  /** To be called now and then. */
  tick(): void
  close(): void
  /** Acknowledged and not in the record, and in the record more often than sent. */
  check(sql: Sql): Promise<{ readonly lost: number; readonly repeated: number }>
}
