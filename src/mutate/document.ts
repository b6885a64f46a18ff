/**
 * docs/mutations.md, made of runs: nobody writes figures by hand. It has three parts, each rewritten by the runs that made
 * it, since a run of all takes its time; of guards, each row by the newest run that asked for it.
 */
import { join } from 'node:path'
import type { MutateOptions } from './args.ts'
import { ALL_GUARDS, EDGE_GUARDS, GUARDS } from './guards.ts'
import type { Mutation } from './mutation.ts'
import { HANG, NOBODY, type PageRow, readRow, rowOf, rowsIn } from './page-rows.ts'
import { DETECTORS, type Figures, type MutantFigures, type Survivor } from './report.ts'

const PAGE = 'docs/mutations.md'

const HEAD = `# Mutations

A guard is taken away in a scratch copy of the sources; something must notice. This page is written by
\`bun run mutate -- --write\`, and only by it.

Who may notice: the **simulator** (seeds of the real engine under virtual time, until one fails); the fast **tests** of
\`src/actors\`, \`src/domain\` and \`test/named\`, without the simulator's own; for SQL the suite that holds the **record** to its port, on
a real Postgres; and at last the compiler (**types**). A mutant that never ends is killed and counts as noticed, as a *hang*.

Where two guards stand behind one another, as the driver's own check and the record's, one of them can go and the system
still keeps its promises: the simulator is right not to notice, and a test has to look at the one guard alone.
`

type Part = 'hand' | 'edge' | 'generated'
const PARTS: readonly Part[] = ['hand', 'edge', 'generated']

export async function writeDocument(root: string, figures: Figures, options: MutateOptions): Promise<void> {
  const path = join(root, PAGE)
  const file = Bun.file(path)
  const before = (await file.exists()) ? await file.text() : ''
  await Bun.write(path, documentOf(before, figures, options))
}

/** @param before  the page as it is: what was not run is kept. */
export function documentOf(before: string, figures: Figures, options: MutateOptions): string {
  const written: Readonly<Record<Part, string | null>> = {
    hand: options.hand ? handPart(tableOf(GUARDS, kept(before, 'hand'), figures, row), options) : null,
    edge: options.edge ? edgePart(tableOf(EDGE_GUARDS, kept(before, 'edge'), figures, edgeRow), options) : null,
    generated: options.generated > 0 ? generatedPart(figures, options) : null,
  }
  return [HEAD, ...PARTS.map(part => `${marker(part)}\n${written[part] ?? kept(before, part)}`)].join('\n')
}

function marker(part: Part): string {
  return `<!-- part: ${part} -->`
}

function kept(before: string, part: Part): string {
  const from = before.indexOf(marker(part))
  if (from < 0) return ''
  const text = before.slice(from + marker(part).length + 1)
  const next = text.indexOf('<!-- part: ')
  return next < 0 ? text : text.slice(0, next - 1)
}

/** What is known of each guard, and of which nothing is. */
interface Table {
  readonly rows: readonly PageRow[]
  readonly notAsked: readonly Mutation[]
}

function tableOf(
  guards: readonly Mutation[],
  before: string,
  { mutants }: Figures,
  written: (mutant: MutantFigures) => string,
): Table {
  const fresh = new Map(mutants.map(mutant => [mutant.id, readRow(written(mutant))]))
  const known = rowsIn(before)
  const found = guards.map(guard => ({ guard, row: fresh.get(guard.id) ?? known.get(guard.guard) }))
  return {
    rows: found.flatMap(({ row: of }) => of ?? []),
    notAsked: found.filter(({ row: of }) => of === undefined).map(({ guard }) => guard),
  }
}

function handPart(table: Table, { seedsMax, seed }: MutateOptions): string {
  return `## Guards picked by hand

\`bun run mutate -- --hand --seeds ${seedsMax} --seed ${seed} --write\`, at once or in parts (\`--part 1/12\`)

${figuresOf(table, ' (each detector was asked)')}

| guard | without it | caught by | seeds needed | first finding |
|---|---|---|---|---|
${table.rows.map(({ text }) => text).join('\n')}

${missing(table)}
`
}

function edgePart(table: Table, { seedsMax, seed }: MutateOptions): string {
  return `## Guards around the engine

\`bun run mutate -- --edge --seeds ${seedsMax} --seed ${seed} --write\`

Of what is not decided in actors: access, test mode, webhooks, service areas, calls to others; each with the tests that its file has,
some of them on a whole node. Those of zones and promises are the engine's, and are asked as above.

${figuresOf(table)}

| guard | without it | caught by | first finding |
|---|---|---|---|
${table.rows.map(({ text }) => text).join('\n')}

${missing(table)}
`
}

function figuresOf({ rows }: Table, how = ''): string {
  const by: Record<string, number> = {}
  for (const name of rows.flatMap(({ caughtBy }) => caughtBy)) by[name] = (by[name] ?? 0) + 1
  const ordered = Object.fromEntries(DETECTORS.map(name => [name, by[name] ?? 0]))
  const caught = rows.filter(({ caughtBy }) => caughtBy.length > 0).length
  const hangs = rows.filter(({ isHang }) => isHang).length
  return `**${caught} of ${rows.length} caught**: ${counts(ordered)}${how}; hangs: ${hangs}.`
}

function missing({ rows, notAsked }: Table): string {
  const survivors = rows.filter(({ caughtBy }) => caughtBy.length === 0)
  const guards = survivors.flatMap(({ guard }) => ALL_GUARDS.find(known => known.guard === guard) ?? [])
  const survived = list('Survivors', guards)
  return notAsked.length === 0 ? survived : `${survived}\n\n${list('Not asked yet', notAsked)}`
}

function edgeRow({ id, caught_by, how, what }: MutantFigures): string {
  const guard = ALL_GUARDS.find(g => g.id === id)
  const finding = how === HANG ? HANG : (what ?? '')
  return rowOf([guard?.guard ?? id, guard?.why ?? '', caught_by.join(', ') || NOBODY, finding])
}

function generatedPart({ generated }: Figures, options: MutateOptions): string {
  const share = generated.caught_share === null ? '' : ` (${(generated.caught_share * 100).toFixed(1)} %)`
  return `## Generated

\`bun run mutate -- --generated ${options.generated} --seeds ${options.seedsMax} --seed ${options.seed} --write\`

Out of the syntax trees of the deciders and the runtime, and out of the commit statement, ${generated.places} mutants can be made:
comparisons, arithmetic and logical operators swapped, conditions fixed, negations and statements removed, blocks emptied,
elements of lists dropped. Left out by rule: types, imports and texts, because nothing of them decides; \`invariant(…)\`, which
says what cannot be, so that a correct program does the same without it; figures that are only shown; what does not parse.

A sample of ${options.generated}: **${generated.caught} of ${generated.total} caught**${share}, ${generated.equivalent.length} more are equivalent. By ${counts(generated.caught_by)} (the
next is asked where the one before was silent); hangs: ${generated.hangs}. A mutant is shown as its line, with ⟦what was→what is⟧.

${list('Survivors', generated.survivors)}

${list('Equivalent', generated.equivalent)}
`
}

function row({ id, caught_by, seed, seeds, how, what }: MutantFigures): string {
  const guard = ALL_GUARDS.find(g => g.id === id)
  const needed = seed === null ? '–' : `${seeds} (seed ${seed})`
  const finding = how === HANG ? HANG : (what ?? '')
  return rowOf([guard?.guard ?? id, guard?.why ?? '', caught_by.join(', ') || NOBODY, needed, finding])
}

function counts(by: Readonly<Record<string, number>>): string {
  const some = Object.entries(by).filter(([, count]) => count > 0)
  return some.map(([name, count]) => `${name} ${count}`).join(', ') || 'nobody'
}

function list(title: string, survivors: readonly Survivor[]): string {
  const lines = survivors.map(({ id, why }) => `- \`${id.replaceAll('`', "'")}\`: ${why}`)
  return `### ${title}\n\n${lines.join('\n') || 'None.'}`
}
