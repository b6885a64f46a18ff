/** `bun run simulate`: seeds of the cluster simulator; prints one JSON line, and for each violation how to see it again. */
import { parseArgs, USAGE } from './args.ts'
import { runCampaign } from './campaign.ts'
import { type Plan, partsOf } from './plan.ts'
import type { RunFailure } from './run.ts'
import { failureOf, shrink } from './shrink.ts'

/** Violations that are shrunk: of more the seeds will do. */
const SHRUNK_MAX = 3
const TRACE_LINES = 60

function main(): number {
  let args: ReturnType<typeof parseArgs>
  try {
    args = parseArgs(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    return 2
  }
  if (args === null) {
    process.stdout.write(USAGE)
    return 0
  }
  let shrunk = 0
  const result = runCampaign({
    from: args.from,
    seeds: args.seeds,
    untilMs: args.minutes === null ? Number.POSITIVE_INFINITY : performance.now() + args.minutes * 60_000,
    nowMs: () => performance.now(),
    cpuMs: () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1_000
    },
    without: args.without,
    onViolation: (seed, plan, failure) => {
      process.stderr.write(`seed ${seed}, step ${failure.step}: ${failure.message}\n`)
      if (args.isTraced) process.stderr.write(linesOf(failureOf(plan, true) ?? failure))
      else if (args.without.size === 0 && shrunk++ < SHRUNK_MAX) report(seed, plan, failure)
    },
  })
  process.stdout.write(`${JSON.stringify(result)}\n`)
  // Whoever looks at one run again, or at a part of it, asks what it does, not what it proves.
  const isLook = args.isTraced || args.without.size > 0
  const missing = isLook ? [] : result.not_met
  for (const what of missing) process.stderr.write(`no seed has met ${what}: this run proves nothing about it\n`)
  return result.violations > 0 || missing.length > 0 ? 1 : 0
}

function report(seed: bigint, plan: Plan, failure: RunFailure): void {
  const { left, failure: smaller, runs } = shrink(plan, failure)
  const leftOut = left.size > 0 ? ` --without ${[...left].join(',')}` : ''
  process.stderr.write(`shrunk in ${runs} runs to step ${smaller.step}: ${smaller.message}\n`)
  const parts = partsOf(plan)
  const needed = parts.filter(part => !left.has(part))
  process.stderr.write(`it takes ${needed.length} of ${parts.length} parts: ${needed.join(', ')}\n`)
  const faults = plan.faults.filter(f => !left.has(f.id))
  if (faults.length > 0) process.stderr.write(`faults: ${JSON.stringify(faults)}\n`)
  process.stderr.write(linesOf(smaller))
  process.stderr.write(`again: bun run simulate -- --from ${seed} --seeds 1${leftOut} --trace\n`)
}

function linesOf({ trace }: RunFailure): string {
  return trace
    .slice(-TRACE_LINES)
    .map(line => `  ${line}\n`)
    .join('')
}

// Whoever read it is gone: the run tells by its exit code all the same what it has found.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)
process.exitCode = main()
