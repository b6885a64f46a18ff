/** What a node counts of itself, beyond what its edge does. */
import type { DispatchFigures } from './dispatch-figures.ts'
import type { ActorKindName } from './runtime/envelope.ts'
import type { HistogramFigures } from './runtime/histogram.ts'
import type { HostStats } from './runtime/host.ts'

/** Of one worker thread. Counts begin anew with a fresh thread, so threads are never summed here. */
export interface ThreadFigures extends HostStats {
  readonly thread: number
  readonly dispatch: DispatchFigures
  readonly loopLagS: HistogramFigures
}

/** Of the gateway's thread. */
export interface GatewayFigures {
  /** From a position to its acknowledgement, in seconds. */
  readonly acknowledgementS: HistogramFigures
  /** From a command to the answer of its actor, in seconds. */
  readonly askS: Readonly<Record<ActorKindName, HistogramFigures>>
  readonly loopLagS: HistogramFigures
}

export interface NodeFigures {
  /** Those that have answered. */
  readonly threads: readonly ThreadFigures[]
  readonly gateway: GatewayFigures
}
