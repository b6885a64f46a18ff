/** What a node counts of its Redis, since its start. */
export interface RedisFigures {
  /** Reads and writes are answered now. */
  readonly isUp: boolean
  /** How often a connection was given up. */
  readonly outages: number
  /** What was asked and not answered, or not in time: reads went to the node and its actors, batches were written again. */
  readonly unanswered: { readonly read: number; readonly write: number }
  readonly driversKnown: number
  /** Written with the next batch, or when Redis is back. */
  readonly driversWaiting: number
  readonly driversWritten: number
  /** Dropped because too many waited. */
  readonly driversForgotten: number
  /** Dropped because Redis did not want them: no memory, a wrong type. */
  readonly batchesRefused: number
  /** How often Redis did not know this node: once at its start, then as often as it was emptied. */
  readonly emptied: number
}
