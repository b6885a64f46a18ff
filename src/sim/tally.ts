import { Histogram } from './histogram.ts'

/** Counts under names that are not known in advance: error codes, kinds of answers. */
export class Counts {
  private readonly counts = new Map<string, number>()

  add(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by)
  }

  /** Sorted by name. */
  toObject(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => a.localeCompare(b)))
  }
}

/** Everything that a run counts. The parts of a world write to it, the report reads it. */
export class Tally {
  readonly ack = new Histogram()
  /** Of the present second; cleared by whoever shows it. */
  readonly ackThisSecond = new Histogram()
  readonly watch = new Histogram()
  readonly accept = new Histogram()
  readonly assign = new Histogram()
  readonly refusals = new Counts()
  readonly positionErrors = new Counts()
  readonly otherMessages = new Counts()
  positionsSent = 0
  positionsAcked = 0
  positionsDropped = 0
  reconnects = 0
  requests = 0
  /** Requests that the node has taken as orders. */
  acknowledged = 0
  refused = 0
  /** Requests without any answer until the run was over. */
  unanswered = 0
  served = 0
  lost = 0
  assigned = 0
  delivered = 0
  pickupSumS = 0
  waitSumS = 0
  offers = 0
  accepts = 0
  declines = 0
  silences = 0
  lateAccepts = 0
  offersClosed = 0
  offersRevoked = 0
  withdrawn = 0
  fixesWatched = 0
  /** Fixes that were due before are not counted among those that were watched, however late they are seen. */
  watchedFromMs = Number.NEGATIVE_INFINITY
}
