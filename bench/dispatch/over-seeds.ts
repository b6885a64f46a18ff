/** The same run for several seeds: the mean of each figure, and how sure it is. */
import type { Figures } from '../bench.ts'
import { mean, rounded } from './outcome.ts'

/** Two-sided 95 % quantiles of Student's t, by degrees of freedom; beyond the list the normal one is near enough. */
const T_95 = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13]
const NORMAL_95 = 1.96
const DECIMALS = 4

/** Figures that are numbers in all runs become their mean, with `…_ci95` beside it: half the width of the interval. */
export function overSeeds(runs: readonly Figures[]): Figures {
  const [first] = runs
  if (!first) return {}
  const entries = Object.entries(first).flatMap(([name, value]) => {
    const values = runs.map(run => run[name])
    if (name === 'seed' || !values.every(v => typeof v === 'number')) return [[name, value] as const]
    const own = rounded(mean(values), DECIMALS)
    return values.every(v => v === value) ? [[name, own] as const] : [[name, own] as const, interval(name, values)]
  })
  return { ...Object.fromEntries(entries), seed: null, seeds: runs.map(run => run.seed ?? null) }
}

function interval(name: string, values: readonly number[]): readonly [string, number] {
  const centre = mean(values)
  const freedom = values.length - 1
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / freedom
  const t = T_95[freedom - 1] ?? NORMAL_95
  return [`${name}_ci95`, rounded(t * Math.sqrt(variance / values.length), DECIMALS)]
}
