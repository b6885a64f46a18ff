/**
 * What the engine behind the edge counts. Everything of a worker thread says which: a fresh thread counts from nothing, and in a sum
 * that would look like a counter that has gone back.
 */
import type { GatewayFigures, ThreadFigures } from '../../actors/node-figures.ts'
import type { HistogramFigures } from '../../actors/runtime/histogram.ts'
import { family, histogram, type Sample } from './text.ts'

export function gatewayFamilies({ acknowledgementS, askS, delivery }: GatewayFigures): string[] {
  const kinds = ['command', 'position'] as const
  return [
    histogram('waggle_position_acknowledgement_seconds', 'From a position to its acknowledgement.', [
      [{}, acknowledgementS],
    ]),
    histogram(
      'waggle_ask_duration_seconds',
      'From a command to the answer of its actor.',
      Object.entries(askS).map(([actor, figures]) => [{ actor }, figures]),
    ),
    family(
      'waggle_sent_again_total',
      'counter',
      'Commands and positions that were sent to their shard once more.',
      kinds.flatMap(what =>
        Object.entries(delivery[what].sentAgain).map(([reason, times]): Sample => [{ what, reason }, times]),
      ),
    ),
    family(
      'waggle_late_answers_total',
      'counter',
      'Answers to what was answered before, or given up.',
      kinds.map((what): Sample => [{ what }, delivery[what].lateAnswers]),
    ),
    family(
      'waggle_unanswered',
      'gauge',
      'Tries that are under way or were lost: neither answered nor come back unread.',
      kinds.map((what): Sample => [{ what }, delivery[what].sent - delivery[what].answered]),
    ),
    family(
      'waggle_surplus_answers_total',
      'counter',
      'Answers to tries that were answered before.',
      kinds.map((what): Sample => [{ what }, delivery[what].surplusAnswers]),
    ),
  ]
}

/** @param loopLagS  of the gateway's thread. */
export function loopLagFamily(loopLagS: HistogramFigures, threads: readonly ThreadFigures[]): string {
  return histogram('waggle_event_loop_lag_seconds', 'How late timers of a thread fire.', [
    [{ thread: 'gateway' }, loopLagS],
    ...threads.map(t => [{ thread: t.thread }, t.loopLagS] as const),
  ])
}

/** One number, or under the name of a label one for each of its values. */
type Reading = number | Readonly<Record<string, Readonly<Record<string, number>>>>
type ReadingOf = (thread: ThreadFigures) => Reading
/** What is read of every thread, as one family. */
type ThreadFamily = (threads: readonly ThreadFigures[]) => string

function gauge(name: string, help: string, of: ReadingOf): ThreadFamily {
  return threads => family(name, 'gauge', help, samplesOf(threads, of))
}

function counter(name: string, help: string, of: ReadingOf): ThreadFamily {
  return threads => family(name, 'counter', help, samplesOf(threads, of))
}

function samplesOf(threads: readonly ThreadFigures[], of: ReadingOf): Sample[] {
  return threads.flatMap(t => samples(t.thread, of(t)))
}

function samples(thread: number, reading: Reading): Sample[] {
  if (typeof reading === 'number') return [[{ thread }, reading]]
  return Object.entries(reading).flatMap(([label, values]) =>
    Object.entries(values).map(([value, number]): Sample => [{ thread, [label]: value }, number]),
  )
}

/** How numbers are spread. */
function spread(name: string, help: string, of: (thread: ThreadFigures) => HistogramFigures): ThreadFamily {
  return threads =>
    histogram(
      name,
      help,
      threads.map(t => [{ thread: t.thread }, of(t)] as const),
    )
}

const THREAD_FAMILIES: readonly ThreadFamily[] = [
  gauge('waggle_actors', 'Actors in memory.', t => ({ actor: t.actors })),
  counter('waggle_turns_total', 'Messages taken by actors.', t => t.turns),
  counter('waggle_messages_untaken_total', 'Messages that no actor took.', t => ({ reason: t.untaken })),
  counter('waggle_stray_messages_total', 'Messages between actors that came to a shard between two owners.', t => ({
    result: t.strays,
  })),
  gauge('waggle_mailbox_messages', 'Messages that wait for their actors.', t => t.waitingMessages),
  gauge(
    'waggle_mailbox_deepest_messages',
    'Messages that wait for the one actor that most wait for.',
    t => t.deepestMailbox,
  ),
  gauge('waggle_gate_turns', 'Turns that wait to be sent to the record.', t => t.waitingTurns),
  spread(
    'waggle_gate_wait_seconds',
    'From the decision of a turn that somebody waits for to its outcome.',
    t => t.gateWaitS,
  ),
  spread('waggle_commit_duration_seconds', 'How long the record took for a group of turns.', t => t.commitS),
  spread('waggle_commit_turns', 'Turns in a group.', t => t.commitTurns),
  counter('waggle_commits_judged_total', 'Groups of turns that were not written straight.', t => t.judgedCommits),
  counter('waggle_turn_outcomes_total', 'Turns with the record, by what became of them.', t => ({
    outcome: t.outcomes,
  })),
  gauge('waggle_intake_positions', 'Positions that wait for the history.', t => t.waitingFixes),
  spread(
    'waggle_history_append_duration_seconds',
    'How long the history took for a batch of positions.',
    t => t.appendS,
  ),
  spread('waggle_history_append_positions', 'Positions in a batch.', t => t.appendRows),
  counter('waggle_dead_letters_total', 'Positions that the record cannot hold.', t => t.deadLetters),
  gauge('waggle_timers', 'Timers of actors that are armed.', t => t.timers),
  counter('waggle_orders_total', 'What happened to orders.', t => ({ event: t.dispatch.orders })),
  counter('waggle_offers_total', 'Offers made, and how they ended.', t => ({ result: t.dispatch.offers })),
  spread(
    'waggle_order_assignment_seconds',
    'From when an order wanted a driver until it had one.',
    t => t.dispatch.assignmentS,
  ),
  counter('waggle_surge_rounds_total', 'Rounds of surge stored.', t => t.surge.rounds),
  gauge('waggle_surge_areas', 'Metropolises with a round of late.', t => t.surge.areas),
  gauge('waggle_surge_cells', 'Price cells above neutral.', t => t.surge.cells),
  gauge('waggle_surge_max_ratio', 'The highest multiplier of all cells.', t => t.surge.maxPermille / 1_000),
  counter(
    'waggle_surge_mass_log_offs_total',
    'Rounds in which many drivers of a neighbourhood left together.',
    t => t.surge.massLogOffs,
  ),
]

export function threadFamilies(threads: readonly ThreadFigures[]): string[] {
  return THREAD_FAMILIES.map(each => each(threads))
}
