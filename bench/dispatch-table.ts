/**
 * The table of docs/dispatch-quality.md: files, fleets and policies, each over several seeds. A row per case is printed
 * when it is done, ready to be pasted. All of it takes hours on a small machine; `--only` takes a part.
 */
import { join } from 'node:path'
import type { Bench, Figure, Figures } from './bench.ts'
import { dispatchBench } from './dispatch.ts'
import { FlagError, readFlags } from './flags.ts'

interface Case {
  readonly name: string
  readonly flags: string
}

const HOUR = 'trips_sf_overlay15_evening_dev.csv.gz'
const DAY = 'trips_sf_2008-05-17_31_dev.csv.gz'

const CITIES: readonly Case[] = [
  ...[500, 1_000, 2_000, 2_600, 3_200].map(drivers => ({
    name: `second hour, ${drivers} drivers`,
    flags: `--trips ${HOUR} --from 1212195600 --to 1212199200 --drivers ${drivers}`,
  })),
  { name: 'first hour, 1500 drivers', flags: `--trips ${HOUR} --from 1212192000 --to 1212195600 --drivers 1500` },
  { name: 'fourth hour, 2000 drivers', flags: `--trips ${HOUR} --from 1212202800 --to 1212206400 --drivers 2000` },
  ...[100, 160, 230].map(drivers => ({
    name: `a plain evening, ${drivers} drivers`,
    flags: `--trips ${DAY} --from 1211608800 --to 1211619600 --drivers ${drivers}`,
  })),
  ...['0', '4'].map(n => ({
    name: `deliveries ${n}`,
    flags: `--trips delivery_mdrp_${n}o100t100s1p100.csv.gz --couriers couriers_mdrp_${n}o100t100s1p100.csv.gz --patience 900`,
  })),
]

const POLICIES: readonly Case[] = [
  { name: 'greedy', flags: '--policy greedy' },
  { name: 'batch', flags: '--policy batch' },
  { name: 'waggle', flags: '--policy waggle' },
  { name: 'waggle, look-ahead', flags: '--policy waggle --look-ahead 60' },
]

export const dispatchTableBench: Bench = {
  name: 'dispatch-table',
  question: 'The table of docs/dispatch-quality.md: files, fleets and policies over seeds',
  help: `bun run bench dispatch-table -- [--data DIR] [--seeds A-B] [--only TEXT]: prints a row per case

  --data DIR    where the recordings are (WAGGLE_DATA, else ../shared/data)
  --seeds A-B   (1-10)
  --only TEXT   only cases whose "city | policy" contains it
`,
  run: runTable,
}

async function runTable(argv: readonly string[], progress: (sentence: string) => void) {
  const { data, seeds = '1-10', only = '' } = readFlags(argv, ['data', 'seeds', 'only'])
  const dir = data ?? process.env.WAGGLE_DATA ?? join(import.meta.dir, '../../shared/data')
  const cases = CITIES.flatMap(city =>
    POLICIES.map(policy => ({
      name: `${city.name} | ${policy.name}`,
      // File names begin with a letter and end with .gz.
      flags: `${city.flags} ${policy.flags}`.split(' ').map(flag => (flag.endsWith('.gz') ? join(dir, flag) : flag)),
    })),
  ).filter(({ name }) => name.includes(only))
  if (cases.length === 0) throw new FlagError(`--only "${only}" is in no case`)
  for (const { name, flags } of cases) {
    progress(name)
    const { figures } = await dispatchBench.run([...flags, '--seeds', seeds], () => {})
    process.stdout.write(`| ${name} | ${COLUMNS.map(column => cell(figures, column)).join(' | ')} |\n`)
  }
  return { figures: { cases: cases.length, seeds, columns: COLUMNS.map(({ name }) => name) }, postgresVersion: null }
}

interface Column {
  readonly name: string
  readonly scale: number
  readonly decimals: number
}

const COLUMNS: readonly Column[] = [
  { name: 'served_share', scale: 100, decimals: 2 },
  { name: 'pickup_mean_s', scale: 1, decimals: 1 },
  { name: 'wait_mean_s', scale: 1, decimals: 1 },
  { name: 'wait_p90_s', scale: 1, decimals: 0 },
  { name: 'chained_share', scale: 100, decimals: 0 },
  { name: 'served_share_shortest_quarter', scale: 100, decimals: 1 },
  { name: 'served_share_longest_quarter', scale: 100, decimals: 1 },
  { name: 'gini_orders', scale: 1, decimals: 3 },
]

function cell(figures: Figures, { name, scale, decimals }: Column): string {
  const text = (value: Figure | undefined) => (typeof value === 'number' ? (value * scale).toFixed(decimals) : '–')
  const spread = figures[`${name}_ci95`]
  return spread === undefined ? text(figures[name]) : `${text(figures[name])} ± ${text(spread)}`
}
