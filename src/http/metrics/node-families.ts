/**
 * What the engine behind the edge counts. Everything of a worker thread says which: a fresh thread counts from nothing, and in a sum
 * that would look like a counter that has gone back.
 */
import type { GatewayFigures, ThreadFigures } from '../../actors/node-figures.ts'
import type { HistogramFigures } from '../../actors/runtime/histogram.ts'
import { family, histogram, type Sample } from './text.ts'

export function gatewayFamilies({ acknowledgementS, askS }: GatewayFigures): string[] {
  return [
    histogram('waggle_position_acknowledgement_seconds', 'From a position to its acknowledgement.', [
      [{}, acknowledgementS],
    ]),
    histogram(
      'waggle_ask_duration_seconds',
      'From a command to the answer of its actor.',
      Object.entries(askS).map(([actor, figures]) => [{ actor }, figures]),
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

export function threadFamilies(threads: readonly ThreadFigures[]): string[] {
  const each = (value: (figures: ThreadFigures) => number): Sample[] =>
    threads.map(t => [{ thread: t.thread }, value(t)])
  const by = (label: string, values: (figures: ThreadFigures) => Readonly<Record<string, number>>): Sample[] =>
    threads.flatMap(t =>
      Object.entries(values(t)).map(([key, value]): Sample => [{ thread: t.thread, [label]: key }, value]),
    )
  const spread = (figures: (thread: ThreadFigures) => HistogramFigures) =>
    threads.map(t => [{ thread: t.thread }, figures(t)] as const)
  return [
    family(
      'waggle_actors',
      'gauge',
      'Actors in memory.',
      by('actor', t => t.actors),
    ),
    family(
      'waggle_turns_total',
      'counter',
      'Messages taken by actors.',
      each(t => t.turns),
    ),
    family(
      'waggle_mailbox_messages',
      'gauge',
      'Messages that wait for their actors.',
      each(t => t.waitingMessages),
    ),
    family(
      'waggle_mailbox_deepest_messages',
      'gauge',
      'Messages that wait for the one actor that most wait for.',
      each(t => t.deepestMailbox),
    ),
    family(
      'waggle_gate_turns',
      'gauge',
      'Turns that wait to be sent to the record.',
      each(t => t.waitingTurns),
    ),
    histogram(
      'waggle_gate_wait_seconds',
      'From the decision of a turn to its outcome.',
      spread(t => t.gateWaitS),
    ),
    histogram(
      'waggle_commit_duration_seconds',
      'How long the record took for a group of turns.',
      spread(t => t.commitS),
    ),
    histogram(
      'waggle_commit_turns',
      'Turns in a group.',
      spread(t => t.commitTurns),
    ),
    family(
      'waggle_turn_outcomes_total',
      'counter',
      'Turns with the record, by what became of them.',
      by('outcome', t => t.outcomes),
    ),
    family(
      'waggle_intake_positions',
      'gauge',
      'Positions that wait for the history.',
      each(t => t.waitingFixes),
    ),
    histogram(
      'waggle_history_append_duration_seconds',
      'How long the history took for a batch of positions.',
      spread(t => t.appendS),
    ),
    histogram(
      'waggle_history_append_positions',
      'Positions in a batch.',
      spread(t => t.appendRows),
    ),
    family(
      'waggle_dead_letters_total',
      'counter',
      'Positions that the record cannot hold.',
      each(t => t.deadLetters),
    ),
    family(
      'waggle_timers',
      'gauge',
      'Timers of actors that are armed.',
      each(t => t.timers),
    ),
    ...dispatchFamilies(by, spread),
    ...surgeFamilies(each),
  ]
}

type By = (label: string, values: (figures: ThreadFigures) => Readonly<Record<string, number>>) => Sample[]
type Each = (value: (figures: ThreadFigures) => number) => Sample[]
type Spread = (
  figures: (thread: ThreadFigures) => HistogramFigures,
) => (readonly [{ readonly thread: number }, HistogramFigures])[]

function dispatchFamilies(by: By, spread: Spread): string[] {
  return [
    family(
      'waggle_orders_total',
      'counter',
      'What happened to orders.',
      by('event', t => t.dispatch.orders),
    ),
    family(
      'waggle_offers_total',
      'counter',
      'Offers made, and how they ended.',
      by('result', t => t.dispatch.offers),
    ),
    histogram(
      'waggle_order_assignment_seconds',
      'From when an order wanted a driver until it had one.',
      spread(t => t.dispatch.assignmentS),
    ),
  ]
}

function surgeFamilies(each: Each): string[] {
  return [
    family(
      'waggle_surge_rounds_total',
      'counter',
      'Rounds of surge stored.',
      each(t => t.surge.rounds),
    ),
    family(
      'waggle_surge_areas',
      'gauge',
      'Metropolises with a round of late.',
      each(t => t.surge.areas),
    ),
    family(
      'waggle_surge_cells',
      'gauge',
      'Price cells above neutral.',
      each(t => t.surge.cells),
    ),
    family(
      'waggle_surge_max_ratio',
      'gauge',
      'The highest multiplier of all cells.',
      each(t => t.surge.maxPermille / 1_000),
    ),
    family(
      'waggle_surge_mass_log_offs_total',
      'counter',
      'Rounds in which many drivers of a neighbourhood left together.',
      each(t => t.surge.massLogOffs),
    ),
  ]
}
