/** How values lie: so many in each of some steps that follow one another. Spreads of minutes, nodes and threads add up; quantiles do not. */
export interface Step {
  readonly from: number
  readonly to: number
  readonly count: number
}

/** Each step of a duration is so much longer than the one before: quantiles are good to 2.5 %. */
const DURATION_RATIO = 1.05

/** @returns the number of the step that a duration is in, the same that the record computes; all below a second are in the first. */
export function durationStep(durationS: number): number {
  return Math.floor(Math.log(Math.max(1, durationS)) / Math.log(DURATION_RATIO))
}

export function durationSteps(counts: Iterable<readonly [step: number, count: number]>): Step[] {
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([step, count]) => ({ from: DURATION_RATIO ** step, to: DURATION_RATIO ** (step + 1), count }))
}

/** @param counts  one more than bounds; what is above all of them counts as of the last bound. */
export function boundedSteps(bounds: readonly number[], counts: readonly number[]): Step[] {
  const last = bounds.at(-1) ?? 0
  return counts.map((count, i) => ({ from: bounds[i - 1] ?? 0, to: bounds[i] ?? last, count }))
}

/**
 * Linear within a step.
 *
 * @param steps  rising.
 * @param share  from 0 to 1.
 * @returns null where there is no value.
 */
export function quantile(steps: readonly Step[], share: number): number | null {
  const total = steps.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return null
  const wanted = share * total
  let below = 0
  for (const { from, to, count } of steps) {
    if (count > 0 && below + count >= wanted) return from + ((to - from) * (wanted - below)) / count
    below += count
  }
  return steps.at(-1)?.to ?? null
}
