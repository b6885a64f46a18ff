/** What a node counts of itself, beyond what its edge does. */
import type { DispatchFigures } from './dispatch-figures.ts'
import type { ActorKindName } from './runtime/envelope.ts'
import type { HistogramFigures } from './runtime/histogram.ts'
import type { HostStats } from './runtime/host-stats.ts'

/** Of one worker thread. Counts begin anew with a fresh thread, so threads are never summed here. */
export interface ThreadFigures extends HostStats {
  readonly thread: number
  readonly dispatch: DispatchFigures
  /** Messages between actors that came to a shard between two owners: sent on, and given up, by tries. */
  readonly strays: { readonly sent_on: number; readonly given_up: number }
  readonly loopLagS: HistogramFigures
}

/**
 * Why a gateway has sent something once more.
 *
 * - `moved`: who was asked does not serve that shard, or not any more.
 * - `nobody`: no node serves it now, or none can be reached.
 * - `reopened`: its shard is served here anew, and who had it before may have gone with it.
 * - `silence`: no answer in time. Something was lost, or a node is slow, frozen or dead.
 */
export type SentAgain = 'moved' | 'nobody' | 'reopened' | 'silence'

/** What a gateway counts of commands, and of positions. */
export interface DeliveryFigures {
  readonly sentAgain: Readonly<Record<SentAgain, number>>
  /** Tries, and how many of them were answered or came back unread. The rest is under way, or lost. */
  readonly sent: number
  readonly answered: number
  /** Answers to what was answered already, or given up. */
  readonly lateAnswers: number
  /** Answers to tries that were answered before: by two owners of a shard, for a moment. */
  readonly surplusAnswers: number
}

/** Of the gateway's thread. */
export interface GatewayFigures {
  /** From a position to its acknowledgement, in seconds. */
  readonly acknowledgementS: HistogramFigures
  /** From a command to the answer of its actor, in seconds. */
  readonly askS: Readonly<Record<ActorKindName, HistogramFigures>>
  readonly delivery: { readonly command: DeliveryFigures; readonly position: DeliveryFigures }
  readonly loopLagS: HistogramFigures
}

export interface NodeFigures {
  /** Those that have answered. */
  readonly threads: readonly ThreadFigures[]
  readonly gateway: GatewayFigures
}
