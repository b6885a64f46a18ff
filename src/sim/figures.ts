import type { WorldContext } from './world-context.ts'

export type Phase = 'opening' | 'running' | 'draining' | 'auditing'

/** How a world stands; rates and the acknowledgement latency are of the last second. */
export interface LiveFigures {
  readonly phase: Phase
  /** Real seconds since the demand began. */
  readonly elapsedS: number
  readonly positionsPerS: number
  readonly ackedPerS: number
  readonly unsettled: number
  readonly ackP99Ms: number
  readonly requests: number
  readonly openOrders: number
  readonly assigned: number
  readonly served: number
  readonly lost: number
  /** World seconds from assignment to pickup, mean over the run. */
  readonly pickupMeanS: number
  readonly delivered: number
  readonly reconnects: number
  readonly violations: number
}

export class LiveMeter {
  private readonly world: WorldContext
  private readonly unsettledPoints: () => number
  private sentBefore = 0
  private ackedBefore = 0

  constructor(world: WorldContext, unsettledPoints: () => number) {
    this.world = world
    this.unsettledPoints = unsettledPoints
  }

  /** To be called once a second: it counts from one call to the next. */
  read(phase: Phase, elapsedMs: number): LiveFigures {
    const { tally, book, violations } = this.world
    const figures: LiveFigures = {
      phase,
      elapsedS: elapsedMs / 1_000,
      positionsPerS: tally.positionsSent - this.sentBefore,
      ackedPerS: tally.positionsAcked - this.ackedBefore,
      unsettled: this.unsettledPoints(),
      ackP99Ms: tally.ackThisSecond.quantile(0.99),
      requests: tally.requests,
      openOrders: book.openCount,
      assigned: tally.assigned,
      served: tally.served,
      lost: tally.lost,
      pickupMeanS: tally.pickupSumS / Math.max(1, tally.served),
      delivered: tally.delivered,
      reconnects: tally.reconnects,
      violations: violations.count,
    }
    this.sentBefore = tally.positionsSent
    this.ackedBefore = tally.positionsAcked
    tally.ackThisSecond.clear()
    return figures
  }
}

/** One line for a terminal. */
export function describeFigures(figures: LiveFigures): string {
  return [
    `${figures.phase} ${figures.elapsedS.toFixed(0)} s`,
    `${figures.positionsPerS} positions/s`,
    `${figures.ackedPerS} acked/s (p99 ${figures.ackP99Ms.toFixed(1)} ms, ${figures.unsettled} waiting)`,
    `${figures.requests} requests`,
    `${figures.openOrders} open`,
    `${figures.assigned} assigned`,
    `${figures.delivered} delivered`,
    `${figures.lost} lost`,
    `pickup ${figures.pickupMeanS.toFixed(0)} s`,
    ...(figures.reconnects > 0 ? [`${figures.reconnects} reconnects`] : []),
    ...(figures.violations > 0 ? [`${figures.violations} VIOLATIONS`] : []),
  ].join(' · ')
}
