/**
 * How well does the engine dispatch? Recorded trips under its own policy, and under two that see everything.
 *
 * What to expect, for an hour of 15,000 requests and 2,000 drivers (trips of 10 minutes: 2,000 × 3,600 / 700 ≈ 10,300
 * served if nobody ever drove empty, so drivers are scarce): nearest-first sends drivers across the city and serves
 * some 60 %; the best batch serves some 84 % with pickups of 80 s. The engine sees the same city through messages that
 * are milliseconds old, so it should be within a point of the batch; what it is short of is what its protocol, its
 * shards and its borders between matching cells cost. Work: about 15,000 orders × 20 turns + 360,000 positions × 2
 * turns ≈ 1 M turns at some 20 µs: tens of seconds.
 */
import { travelTimeS } from '../src/domain/eta.ts'
import type { Bench, BenchResult, Figures } from './bench.ts'
import { runBaseline } from './dispatch/baselines.ts'
import { runEngine } from './dispatch/engine-replay.ts'
import { type DispatchInput, readInput } from './dispatch/input.ts'
import { DISPATCH_HELP, type DispatchOptions, readDispatchOptions } from './dispatch/options.ts'
import { rounded, serviceFigures, share } from './dispatch/outcome.ts'
import { overSeeds } from './dispatch/over-seeds.ts'

export const dispatchBench: Bench = {
  name: 'dispatch',
  question: 'How many requests are served, and how soon, against policies that see everything?',
  help: DISPATCH_HELP,
  run: runDispatch,
}

async function runDispatch(argv: readonly string[], progress: (sentence: string) => void): Promise<BenchResult> {
  const options = readDispatchOptions(argv)
  const runs: Figures[] = []
  for (const seed of options.seeds) {
    const figures = await runSeed({ ...options, seed }, progress)
    runs.push(figures)
    if (options.seeds.length > 1) process.stdout.write(`${JSON.stringify(figures)}\n`)
  }
  const [only] = runs
  return { figures: runs.length === 1 && only ? only : overSeeds(runs), postgresVersion: null }
}

async function runSeed(options: DispatchOptions, progress: (sentence: string) => void): Promise<Figures> {
  const input = await readInput(options, options.seed)
  const { policy, seed } = options
  progress(`${input.trips.length} requests, ${input.fleet.length} drivers, policy ${policy}, seed ${seed}`)
  const startedMs = performance.now()
  const figures = await figuresOf(input, options, progress)
  return { ...figures, wall_s: rounded((performance.now() - startedMs) / 1_000, 2) }
}

async function figuresOf(
  input: DispatchInput,
  options: DispatchOptions,
  progress: (sentence: string) => void,
): Promise<Figures> {
  const { policy, windowS, seed } = options
  const tripsS = input.trips.map(({ pickup, dropoff }) => travelTimeS(pickup, dropoff, options))
  const counts = { requests: input.trips.length, drivers: input.fleet.length, tripsS }
  if (policy === 'greedy' || policy === 'batch') {
    const run = runBaseline(input, options)
    return {
      policy,
      window_s: policy === 'greedy' ? 0 : windowS,
      seed,
      ...serviceFigures({ ...counts, services: run.services }),
      solver_p99_ms: rounded(run.solver.quantile(0.99), 2),
      // Both ask nobody, and are not spread over anything.
      offers_per_assignment: null,
      shards: 1,
      largest_shard_share: 1,
    }
  }
  const run = await runEngine(input, options, progress)
  return {
    policy,
    window_s: windowS,
    look_ahead_s: options.lookAheadS,
    ruleset_version: run.rulesetVersion,
    seed,
    ...serviceFigures({ ...counts, services: run.services }),
    solver_p50_ms: rounded(run.solver.quantile(0.5), 2),
    solver_p99_ms: rounded(run.solver.quantile(0.99), 2),
    solver_max_ms: rounded(run.solver.maxMs, 2),
    offers_per_assignment: rounded(share(run.offers, run.services.length), 3),
    shards: options.shards,
    threads: options.threads,
    largest_shard_share: rounded(share(Math.max(...run.shardLoads), counts.requests), 4),
    shards_above_10_percent: run.shardLoads.filter(load => load >= 0.1 * counts.requests).length,
    largest_matching_cell_share: rounded(input.largestCellShare, 4),
    turns: run.turns,
    refused_commands: Object.fromEntries([...run.refused].sort(([a], [b]) => a.localeCompare(b))),
    refused_positions: run.fixesRefused,
  }
}
