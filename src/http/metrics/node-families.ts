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

interface Named {
  readonly name: string
  readonly help: string
}

/** What is read of each thread: one number, one for each value of a label, or how numbers are spread. */
type ThreadFamily = Named &
  (
    | { readonly kind: 'number'; readonly type: 'gauge' | 'counter'; readonly of: (thread: ThreadFigures) => number }
    | {
        readonly kind: 'by'
        readonly label: string
        readonly type: 'gauge' | 'counter'
        readonly of: (thread: ThreadFigures) => Readonly<Record<string, number>>
      }
    | { readonly kind: 'spread'; readonly of: (thread: ThreadFigures) => HistogramFigures }
  )

const THREAD_FAMILIES: readonly ThreadFamily[] = [
  { kind: 'by', label: 'actor', name: 'waggle_actors', type: 'gauge', help: 'Actors in memory.', of: t => t.actors },
  { kind: 'number', name: 'waggle_turns_total', type: 'counter', help: 'Messages taken by actors.', of: t => t.turns },
  {
    kind: 'number',
    name: 'waggle_mailbox_messages',
    type: 'gauge',
    help: 'Messages that wait for their actors.',
    of: t => t.waitingMessages,
  },
  {
    kind: 'number',
    name: 'waggle_mailbox_deepest_messages',
    type: 'gauge',
    help: 'Messages that wait for the one actor that most wait for.',
    of: t => t.deepestMailbox,
  },
  {
    kind: 'number',
    name: 'waggle_gate_turns',
    type: 'gauge',
    help: 'Turns that wait to be sent to the record.',
    of: t => t.waitingTurns,
  },
  {
    kind: 'spread',
    name: 'waggle_gate_wait_seconds',
    help: 'From the decision of a turn to its outcome.',
    of: t => t.gateWaitS,
  },
  {
    kind: 'spread',
    name: 'waggle_commit_duration_seconds',
    help: 'How long the record took for a group of turns.',
    of: t => t.commitS,
  },
  { kind: 'spread', name: 'waggle_commit_turns', help: 'Turns in a group.', of: t => t.commitTurns },
  {
    kind: 'by',
    label: 'outcome',
    name: 'waggle_turn_outcomes_total',
    type: 'counter',
    help: 'Turns with the record, by what became of them.',
    of: t => t.outcomes,
  },
  {
    kind: 'number',
    name: 'waggle_intake_positions',
    type: 'gauge',
    help: 'Positions that wait for the history.',
    of: t => t.waitingFixes,
  },
  {
    kind: 'spread',
    name: 'waggle_history_append_duration_seconds',
    help: 'How long the history took for a batch of positions.',
    of: t => t.appendS,
  },
  { kind: 'spread', name: 'waggle_history_append_positions', help: 'Positions in a batch.', of: t => t.appendRows },
  {
    kind: 'number',
    name: 'waggle_dead_letters_total',
    type: 'counter',
    help: 'Positions that the record cannot hold.',
    of: t => t.deadLetters,
  },
  { kind: 'number', name: 'waggle_timers', type: 'gauge', help: 'Timers of actors that are armed.', of: t => t.timers },
  {
    kind: 'by',
    label: 'event',
    name: 'waggle_orders_total',
    type: 'counter',
    help: 'What happened to orders.',
    of: t => t.dispatch.orders,
  },
  {
    kind: 'by',
    label: 'result',
    name: 'waggle_offers_total',
    type: 'counter',
    help: 'Offers made, and how they ended.',
    of: t => t.dispatch.offers,
  },
  {
    kind: 'spread',
    name: 'waggle_order_assignment_seconds',
    help: 'From when an order wanted a driver until it had one.',
    of: t => t.dispatch.assignmentS,
  },
  {
    kind: 'number',
    name: 'waggle_surge_rounds_total',
    type: 'counter',
    help: 'Rounds of surge stored.',
    of: t => t.surge.rounds,
  },
  {
    kind: 'number',
    name: 'waggle_surge_areas',
    type: 'gauge',
    help: 'Metropolises with a round of late.',
    of: t => t.surge.areas,
  },
  {
    kind: 'number',
    name: 'waggle_surge_cells',
    type: 'gauge',
    help: 'Price cells above neutral.',
    of: t => t.surge.cells,
  },
  {
    kind: 'number',
    name: 'waggle_surge_max_ratio',
    type: 'gauge',
    help: 'The highest multiplier of all cells.',
    of: t => t.surge.maxPermille / 1_000,
  },
  {
    kind: 'number',
    name: 'waggle_surge_mass_log_offs_total',
    type: 'counter',
    help: 'Rounds in which many drivers of a neighbourhood left together.',
    of: t => t.surge.massLogOffs,
  },
]

export function threadFamilies(threads: readonly ThreadFigures[]): string[] {
  return THREAD_FAMILIES.map(each => rendered(each, threads))
}

function rendered(each: ThreadFamily, threads: readonly ThreadFigures[]): string {
  const { name, help } = each
  switch (each.kind) {
    case 'number':
      return family(
        name,
        each.type,
        help,
        threads.map((t): Sample => [{ thread: t.thread }, each.of(t)]),
      )
    case 'by':
      return family(
        name,
        each.type,
        help,
        threads.flatMap(t => labelled(t, each.label, each.of(t))),
      )
    case 'spread':
      return histogram(
        name,
        help,
        threads.map(t => [{ thread: t.thread }, each.of(t)] as const),
      )
  }
}

function labelled({ thread }: ThreadFigures, label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([key, value]): Sample => [{ thread, [label]: key }, value])
}
