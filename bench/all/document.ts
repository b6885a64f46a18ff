/**
 * `docs/benchmarks.md`: what must be reached and whether it is, and the last figures of each bench, each in a place of its own between two
 * markers. What belongs to the runs that were made is written anew, all else stays, and so does what somebody has found out and written
 * around it.
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

interface Place {
  readonly begin: string
  readonly end: string
}

const MARKS_PLACE: Place = { begin: '<!-- marks: written by `bun run bench all` -->', end: '<!-- end of marks -->' }
const FIGURES_PLACE: Place = {
  begin: '<!-- figures: written by `bun run bench all` -->',
  end: '<!-- end of figures -->',
}
const ABOUT: readonly string[] = ['bench', 'versions', 'commit', 'machine', 'uncommitted_changes']
const HEAD = '### '

/** @param before  the present document; empty where there is none. */
export function documented(before: string, ran: readonly Ran[], size: Size): string {
  const start = before === '' ? '# Benchmarks\n' : before
  const marked = writtenAt(MARKS_PLACE, start, kept => marks(ran, kept))
  return writtenAt(FIGURES_PLACE, marked, kept => sections(ran, kept, size))
}

/** Where there is no such place it is made, at the end. */
function writtenAt({ begin, end }: Place, text: string, write: (kept: string) => readonly string[]): string {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  const isThere = from >= 0 && to > from
  const written = [begin, '', ...write(isThere ? text.slice(from + begin.length, to) : ''), end].join('\n')
  if (isThere) return text.slice(0, from) + written + text.slice(to + end.length)
  return `${text.trimEnd()}\n\n${written}\n`
}

function marks(ran: readonly Ran[], kept: string): string[] {
  const rows = MARKS.flatMap(mark => {
    const start = `| ${mark.what} | ${mark.mark} |`
    const one = ran.find(candidate => candidate.run.id === mark.run)
    if (one === undefined) return kept.split('\n').filter(line => line.startsWith(start))
    if (one.figures === null) return [`${start} no result | no | |`]
    const { figure, isMet } = mark.judge(readerOf(one.figures))
    return [`${start} ${figure} | ${isMet ? 'yes' : '**no**'} | ${commitOf(one.figures)} |`]
  })
  if (rows.length === 0) return []
  return ['| what | mark | figure | met | commit |', '|---|---|---|---|---|', ...rows, '']
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
  return `Commit ${commitOf(figures)}, sizes: ${size}, machine ${of('machine')}, versions ${of('versions')}.`
}

function commitOf(figures: RunFigures): string {
  const changes = figures.uncommitted_changes === true ? ' with changes' : ''
  return `\`${figures.commit ?? 'unknown'}\`${changes}`
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
