/** The table itself, out of the runs that there are: a row per case, means with 95 % intervals over its seeds. */
import type { Figure, Figures } from '../bench.ts'
import { overSeeds } from './over-seeds.ts'
import type { TableCase } from './table-cases.ts'
import type { TableRun } from './table-runs.ts'

interface Column {
  readonly head: string
  readonly name: string
  readonly scale: number
  readonly decimals: number
}

const COLUMNS: readonly Column[] = [
  { head: 'served %', name: 'served_share', scale: 100, decimals: 2 },
  { head: 'mean pickup s', name: 'pickup_mean_s', scale: 1, decimals: 1 },
  { head: 'mean wait s', name: 'wait_mean_s', scale: 1, decimals: 1 },
  { head: 'wait p90 s', name: 'wait_p90_s', scale: 1, decimals: 0 },
  { head: 'handover s', name: 'handover_mean_s', scale: 1, decimals: 0 },
  { head: 'chained %', name: 'chained_share', scale: 100, decimals: 0 },
  { head: 'short %', name: 'served_share_shortest_quarter', scale: 100, decimals: 1 },
  { head: 'long %', name: 'served_share_longest_quarter', scale: 100, decimals: 1 },
  { head: 'Gini', name: 'gini_orders', scale: 1, decimals: 3 },
]

/** In the order of the cases, those of one city together; a case without a run is left out. */
export function tableOf(cases: readonly TableCase[], runs: readonly TableRun[]): string[] {
  const heads = ['', 'policy', 'seeds', ...COLUMNS.map(({ head }) => head)]
  const cities = [...new Set(cases.map(({ city }) => city))]
  const together = cities.flatMap(city => cases.filter(c => c.city === city))
  const rows = together.map(c => rowOf(c, runs)).filter(row => row !== null)
  return [heads, heads.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`)
}

function rowOf({ city, policy, flags }: TableCase, runs: readonly TableRun[]): string[] | null {
  const own = runs.filter(run => run.flags === flags)
  if (own.length === 0) return null
  const figures = overSeeds(own.map(run => run.figures))
  return [city, policy, seedsOf(own), ...COLUMNS.map(column => cell(figures, column))]
}

function seedsOf(runs: readonly TableRun[]): string {
  const seeds = runs.map(run => run.seed).sort((a, b) => a - b)
  const [first, last] = [seeds[0] ?? 0, seeds.at(-1) ?? 0]
  if (seeds.length === 1) return String(first)
  return last - first + 1 === seeds.length ? `${first}–${last}` : seeds.join(', ')
}

function cell(figures: Figures, { name, scale, decimals }: Column): string {
  const text = (value: Figure | undefined) => (typeof value === 'number' ? (value * scale).toFixed(decimals) : '–')
  const spread = figures[`${name}_ci95`]
  return spread === undefined ? text(figures[name]) : `${text(figures[name])} ± ${text(spread)}`
}
