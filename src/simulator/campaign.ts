/** Many seeds, one after another: what they met, what broke, and how fast it went. */
import { type Plan, planOf, without } from './plan.ts'
import { RunFailure, runPlan } from './run.ts'
import { Tally } from './tally.ts'

/** What the invariants are about, told of every campaign by these names: whatever its size, one that met none of one fails. */
export const HEADLINES = [
  'ambiguous_commits_landed',
  'handoffs_amid_offers',
  'fenced_writes',
  'late_accepts',
  'takeovers',
  'rehomes',
  'duplicates',
] as const
export type Headline = (typeof HEADLINES)[number]

/** A campaign of so many seeds meets these, too, or proves nothing about them. */
export const SEEDS_THAT_MEET_ALL = 100
const MUST_MEET = [
  'handoffs',
  'losers_told',
  'meddling_not_found',
  'snatching_offer_closed',
  'published_again',
  'duplicated',
  'delayed',
  'dropped',
  'refused_claims',
  'node_crash',
  'node_pause',
  'host_crash',
  'partition',
  'record_outage',
  'record_cut',
  'slow_requests',
  'members_outage',
  'members_cut',
  'clock_set',
  'hot_view_flush',
  'accept_storm',
  'mass_log_off',
  'place_key_taken',
  'to_nobody',
] as const

/** After so many there is enough to look at. */
const VIOLATIONS_MAX = 20

export interface CampaignOptions {
  readonly from: bigint
  readonly seeds: number
  /** Then no further seed is begun. */
  readonly untilMs: number
  readonly nowMs: () => number
  /** Of this process so far: on a busy machine the wall clock says little. */
  readonly cpuMs: () => number
  readonly without: ReadonlySet<string>
  readonly onViolation: (seed: bigint, plan: Plan, failure: RunFailure) => void
}

export interface CampaignResult extends Readonly<Record<Headline, number>> {
  readonly seeds: number
  readonly steps: number
  readonly fewest_steps: number
  readonly virtual_hours: number
  readonly wall_s: number
  readonly cpu_s: number
  readonly seeds_per_minute: number
  readonly seeds_per_cpu_minute: number
  readonly violations: number
  readonly not_met: readonly string[]
  readonly met: Readonly<Record<string, number>>
}

export function runCampaign(options: CampaignOptions): CampaignResult {
  const { from, seeds, untilMs, nowMs, cpuMs, onViolation } = options
  const startMs = nowMs()
  const cpuBeforeMs = cpuMs()
  const tally = new Tally()
  let done = 0
  let steps = 0
  let fewest = Number.POSITIVE_INFINITY
  let virtualMs = 0
  let violations = 0
  for (; done < seeds && nowMs() < untilMs && violations < VIOLATIONS_MAX; done++) {
    const seed = from + BigInt(done)
    const plan = without(planOf(seed), options.without)
    try {
      const run = runPlan(plan, { isTraced: false })
      tally.add(run.met)
      steps += run.steps
      fewest = Math.min(fewest, run.steps)
      virtualMs += run.virtualMs
    } catch (error) {
      if (!(error instanceof RunFailure)) throw error
      violations++
      steps += error.step
      onViolation(seed, plan, error)
    }
  }
  const wallS = (nowMs() - startMs) / 1_000
  const cpuS = (cpuMs() - cpuBeforeMs) / 1_000
  return {
    seeds: done,
    steps,
    fewest_steps: Number.isFinite(fewest) ? fewest : 0,
    virtual_hours: Math.round(virtualMs / 36_000) / 100,
    wall_s: Math.round(wallS * 10) / 10,
    cpu_s: Math.round(cpuS * 10) / 10,
    seeds_per_minute: Math.round((done * 60) / Math.max(wallS, 0.001)),
    seeds_per_cpu_minute: Math.round((done * 60) / Math.max(cpuS, 0.001)),
    violations,
    ...headlinesOf(tally),
    not_met: notMet(tally, done),
    met: Object.fromEntries(Object.entries(tally.counts).sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

function headlinesOf({ counts }: Tally): Record<Headline, number> {
  return Object.fromEntries(HEADLINES.map(name => [name, counts[name] ?? 0])) as Record<Headline, number>
}

function notMet({ counts }: Tally, seeds: number): string[] {
  const must: readonly string[] = seeds >= SEEDS_THAT_MEET_ALL ? [...HEADLINES, ...MUST_MEET] : HEADLINES
  return must.filter(what => !counts[what])
}
