/**
 * `docs/benchmarks.md`: the figures of one run of all benches. Only what stands between the two markers is written anew; what
 * somebody has found out about them stands around it and stays.
 */
import type { Figure } from '../bench.ts'
import { MARKS, type RunFigures, readerOf } from './marks.ts'
import { LEFT_OUT, type PlannedRun, type Size } from './plan.ts'

export interface Ran {
  readonly run: PlannedRun
  /** Null: no result. */
  readonly figures: RunFigures | null
  /** Why there is none. */
  readonly reason: string
}

const BEGIN = '<!-- figures: written by `bun run bench all` -->'
const END = '<!-- end of figures -->'
const ABOUT: readonly string[] = ['bench', 'versions', 'commit', 'machine', 'uncommitted_changes']

/** @param before  the present document; empty where there is none. */
export function documented(before: string, ran: readonly Ran[], size: Size): string {
  const figures = [BEGIN, '', ...about(ran, size), ...marks(ran), ...ran.flatMap(one => section(one, size)), END].join(
    '\n',
  )
  const from = before.indexOf(BEGIN)
  const to = before.indexOf(END)
  if (from >= 0 && to > from) return before.slice(0, from) + figures + before.slice(to + END.length)
  return `${before === '' ? '# Benchmarks\n\n' : `${before.trimEnd()}\n\n`}${figures}\n`
}

function about(ran: readonly Ran[], size: Size): string[] {
  const first = ran.find(one => one.figures !== null)?.figures
  const of = (name: string): string => JSON.stringify(first?.[name] ?? null)
  return [
    `Machine ${of('machine')}, versions ${of('versions')}, commit ${of('commit')}${first?.uncommitted_changes === true ? ' with changes' : ''}, sizes: ${size}. The load generator runs on the same machine; \`others_cores\` says what work that is none of ours took meanwhile.`,
    '',
  ]
}

function marks(ran: readonly Ran[]): string[] {
  const rows = MARKS.flatMap(mark => {
    const one = ran.find(candidate => candidate.run.id === mark.run)
    if (one === undefined) return []
    if (one.figures === null) return [`| ${mark.what} | ${mark.mark} | no result | no |`]
    const { figure, isMet } = mark.judge(readerOf(one.figures))
    return [`| ${mark.what} | ${mark.mark} | ${figure} | ${isMet ? 'yes' : '**no**'} |`]
  })
  if (rows.length === 0) return []
  return ['| what | mark | figure | met |', '|---|---|---|---|', ...rows, '']
}

function section({ run, figures, reason }: Ran, size: Size): string[] {
  const head = [`## ${run.id}`, '', `\`bun run bench ${run.bench} -- ${run.argv[size]}\``.replace(' -- `', '`'), '']
  if (figures === null) return [...head, `No result: ${reason}`, '']
  const rows = Object.entries(figures).flatMap(([name, value]) => (ABOUT.includes(name) ? [] : rowsOf(name, value)))
  return [...head, '| figure | value |', '|---|---|', ...rows, '']
}

function rowsOf(name: string, value: Figure): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`| ${name} | ${shown(value)} |`]
  const inner = Object.entries(value)
  return inner.length === 0 ? [`| ${name} | none |`] : inner.flatMap(([key, of]) => rowsOf(`${name}.${key}`, of))
}

function shown(value: Figure): string {
  return typeof value === 'number' ? value.toLocaleString('en-US', { maximumFractionDigits: 3 }) : String(value)
}

export function leftOut(): string {
  return Object.entries(LEFT_OUT)
    .map(([name, why]) => `  ${name.padEnd(15)} ${why}`)
    .join('\n')
}
