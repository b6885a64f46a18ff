/**
 * Makes a failing plan small: leaves out faults, bookings, drivers and kinds of noise for as long as the same invariant is
 * broken. Halves first, then one by one (ddmin); bounded, because somebody waits for it.
 */
import { type Plan, partsOf, without } from './plan.ts'
import { RunFailure, runPlan } from './run.ts'

const RUNS_MAX = 250

export interface Shrunk {
  readonly left: ReadonlySet<string>
  readonly failure: RunFailure
  readonly runs: number
}

/**
 * @param failure  how the whole plan fails.
 * @param run  how a plan fails; null where it does not.
 */
export function shrink(plan: Plan, failure: RunFailure, run = failureOf): Shrunk {
  const all = partsOf(plan)
  let left: ReadonlySet<string> = new Set()
  let last = failure
  let runs = 0
  const fails = (more: readonly string[]): boolean => {
    runs++
    const tried = new Set([...left, ...more])
    const found = run(without(plan, tried), false)
    if (found?.invariant !== failure.invariant) return false
    left = tried
    last = found
    return true
  }
  let isSmaller = true
  for (let size = Math.ceil(all.length / 2); (size > 1 || isSmaller) && runs < RUNS_MAX; size = Math.ceil(size / 2)) {
    isSmaller = false
    const kept = all.filter(part => !left.has(part))
    for (let at = 0; at < kept.length && runs < RUNS_MAX; at += size) {
      if (fails(kept.slice(at, at + size))) isSmaller = true
    }
  }
  return { left, failure: run(without(plan, left), true) ?? last, runs }
}

export function failureOf(plan: Plan, isTraced: boolean): RunFailure | null {
  try {
    runPlan(plan, { isTraced })
    return null
  } catch (error) {
    if (error instanceof RunFailure) return error
    throw error
  }
}
