/**
 * `docs/benchmarks.md`: the last figures of each bench. Between the two markers there is a section per run, which says its commit;
 * those of the runs that were made are written anew, the others stay, and so does what somebody has found out about them
 * and has written around it.
 */
import type { Figure } from '../bench.ts'
import { MARKS, type RunFigures, readerOf } from './marks.ts'
import { LEFT_OUT, PLAN, type PlannedRun, type Size } from './plan.ts'

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

const INTRO =
  'The load generator runs on the same machine; `others_cores` says what work that is none of ours took meanwhile.'
const HEAD = '## '

/** @param before  the present document; empty where there is none. */
export function documented(before: string, ran: readonly Ran[], size: Size): string {
  const from = before.indexOf(BEGIN)
  const to = before.indexOf(END)
  const isThere = from >= 0 && to > from
  const kept = isThere ? before.slice(from + BEGIN.length, to) : ''
  const figures = [BEGIN, '', INTRO, '', ...marks(ran, kept), ...sections(ran, kept, size), END].join('\n')
  if (isThere) return before.slice(0, from) + figures + before.slice(to + END.length)
  return `${before === '' ? '# Benchmarks\n\n' : `${before.trimEnd()}\n\n`}${figures}\n`
}

function marks(ran: readonly Ran[], kept: string): string[] {
  const rows = MARKS.flatMap(mark => {
    const start = `| ${mark.what} | ${mark.mark} |`
    const one = ran.find(candidate => candidate.run.id === mark.run)
    if (one === undefined) return kept.split('\n').filter(line => line.startsWith(start))
    if (one.figures === null) return [`${start} no result | no |`]
    const { figure, isMet } = mark.judge(readerOf(one.figures))
    return [`${start} ${figure} | ${isMet ? 'yes' : '**no**'} |`]
  })
  if (rows.length === 0) return []
  return ['| what | mark | figure | met |', '|---|---|---|---|', ...rows, '']
}

/** In the order of the plan. What is not planned any more goes. */
function sections(ran: readonly Ran[], kept: string, size: Size): string[] {
  const before = new Map(
    kept.split(`\n${HEAD}`).map(text => [text.slice(0, text.indexOf('\n')), [`${HEAD}${text.trimEnd()}`, '']]),
  )
  return PLAN.flatMap(({ id }) => {
    const one = ran.find(candidate => candidate.run.id === id)
    return one ? section(one, size) : (before.get(id) ?? [])
  })
}

function section({ run, figures, reason }: Ran, size: Size): string[] {
  const command = `\`bun run bench ${run.bench} -- ${run.argv[size]}\``.replace(' -- `', '`')
  const head = [`${HEAD}${run.id}`, '', command, '']
  if (figures === null) return [...head, `No result: ${reason}`, '']
  const rows = Object.entries(figures).flatMap(([name, value]) => (ABOUT.includes(name) ? [] : rowsOf(name, value)))
  return [...head, about(figures, size), '', '| figure | value |', '|---|---|', ...rows, '']
}

function about(figures: RunFigures, size: Size): string {
  const of = (name: string): string => JSON.stringify(figures[name] ?? null)
  const changes = figures.uncommitted_changes === true ? ' with changes' : ''
  return `Commit ${of('commit')}${changes}, sizes: ${size}, machine ${of('machine')}, versions ${of('versions')}.`
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
