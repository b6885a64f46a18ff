/** What the parts of a host count, put together for whoever looks at the thread. */
import type { UnixMs } from '../../domain/ids.ts'
import type { ActorKindName } from './envelope.ts'
import type { FenceFigures, FenceLane } from './fence-lane.ts'
import type { Gate, Settled } from './gate.ts'
import type { HistogramFigures } from './histogram.ts'
import type { Intake } from './intake.ts'
import type { Journal } from './ports.ts'
import type { Positions } from './positions.ts'
import type { PriceLane } from './price-lane.ts'
import type { Router } from './router.ts'
import type { Slot } from './slot.ts'
import type { Slots } from './slots.ts'
import type { SurgeFigures } from './surge-figures.ts'
import type { Timers } from './timers.ts'
import type { Turns } from './turns.ts'

/**
 * - `moved`: its shard is not served here; whoever asked is told, and asks again.
 * - `stray`: the same of a message between actors: handed to `onStray`.
 * - `late`: whoever waited for it has given up.
 * - `unanswered`: the record did not say whether it was carried out.
 * - `unheard`: it was refused, and nobody waited for an answer.
 */
export type Untaken = 'moved' | 'stray' | 'late' | 'unanswered' | 'unheard'

export interface HostStats {
  readonly actors: Readonly<Record<ActorKindName, number>>
  readonly shards: number
  readonly turns: number
  readonly commits: number
  readonly committedTurns: number
  readonly unknownCommits: number
  /** Those that the record could not write straight. */
  readonly judgedCommits: number
  readonly appends: number
  readonly appendedFixes: number
  readonly waitingTurns: number
  readonly waitingFixes: number
  readonly timers: number
  readonly conflicts: number
  readonly claimsRefused: number
  /** Messages that no actor took, by why. */
  readonly untaken: Readonly<Record<Untaken, number>>
  /** Null: no zones are looked at. */
  readonly fences: FenceFigures | null
  /** Messages that wait for their actors, in all and for the one that most wait for. */
  readonly waitingMessages: number
  readonly deepestMailbox: number
  /** Positions that the record cannot hold. */
  readonly deadLetters: number
  /** Of turns with the record: what became of them, how long they waited for it, and how it took them, in seconds and turns. */
  readonly outcomes: Readonly<Record<Settled, number>>
  readonly gateWaitS: HistogramFigures
  readonly commitS: HistogramFigures
  readonly commitTurns: HistogramFigures
  readonly appendS: HistogramFigures
  readonly appendRows: HistogramFigures
  readonly surge: SurgeFigures
}

export interface CountingParts {
  readonly nowMs: UnixMs
  readonly slots: Slots
  readonly turns: Pick<Turns, 'stats'>
  readonly journal: Pick<Journal, 'judgedCommits'>
  readonly gate: Pick<Gate, 'stats' | 'size'>
  readonly intake: Pick<Intake, 'stats' | 'size'>
  readonly positions: Pick<Positions, 'waiting'>
  readonly timers: Pick<Timers<Slot>, 'size'>
  readonly router: Pick<Router, 'unheard'>
  readonly fences: FenceLane | null
  readonly prices: Pick<PriceLane, 'surge'>
  /** Of messages whose shard is not served here. */
  readonly notServed: Readonly<Record<'moved' | 'stray', number>>
}

export function hostStats(parts: CountingParts): HostStats {
  const { slots, router, timers, positions, prices, notServed } = parts
  const { messages, deepest } = slots.waiting()
  const { turns, conflicts, writesRefused, late, unanswered } = parts.turns.stats
  const { stats: gate } = parts.gate
  const { stats: intake } = parts.intake
  return {
    actors: {
      driver: slots.count('driver'),
      order: slots.count('order'),
      matching: slots.count('matching'),
      pricing: slots.count('pricing'),
    },
    shards: slots.shards.length,
    turns,
    commits: gate.commits,
    committedTurns: gate.turns,
    unknownCommits: gate.unknown,
    judgedCommits: parts.journal.judgedCommits ?? 0,
    appends: intake.appends,
    appendedFixes: intake.rows,
    waitingTurns: parts.gate.size,
    waitingFixes: parts.intake.size + positions.waiting,
    timers: timers.size,
    conflicts,
    claimsRefused: writesRefused,
    untaken: { ...notServed, late, unanswered, unheard: router.unheard },
    fences: parts.fences?.figures ?? null,
    waitingMessages: messages,
    deepestMailbox: deepest,
    deadLetters: intake.dead,
    outcomes: gate.outcomes,
    gateWaitS: gate.waitS.figures,
    commitS: gate.commitS.figures,
    commitTurns: gate.groupTurns.figures,
    appendS: intake.appendS.figures,
    appendRows: intake.batchRows.figures,
    surge: prices.surge.figures(parts.nowMs),
  }
}
