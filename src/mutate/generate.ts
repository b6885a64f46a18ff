/** Mutants out of the source itself: every operator at every place, and of those a sample. */
import { basename } from 'node:path'
import { type Mutant, mutated } from './mutation.ts'
import { type Edit, editsOf } from './operators.ts'
import { statementEdits } from './statement-operators.ts'
import { syntaxTrees } from './syntax-tree.ts'

/** What decides: the deciders and the runtime. Not the ports in memory, which are what the simulator measures with. */
const DECIDERS = new Bun.Glob('src/actors/{order,driver,cell,runtime}/*.ts')
/** Nor the wire, which the tests of threads are about, and nothing here goes over. */
const NO_DECIDER = /\.(test|fixtures|messages|state)\.ts$|\/(ports|envelope|errors|actor|msgpack)\.ts$/
const STATEMENT = 'src/store/commit-statement.ts'

export interface Sampled {
  readonly mutants: readonly Mutant[]
  /** Mutants that could be made. */
  readonly places: number
}

/** The same sample for the same seed, and nearly the same after a change of the source: each place draws for itself. */
export async function generateMutants(dir: string, count: number, seed: number): Promise<Sampled> {
  if (count === 0) return { mutants: [], places: 0 }
  const files = [...DECIDERS.scanSync(dir)].filter(file => !NO_DECIDER.test(file)).sort()
  const trees = await syntaxTrees(dir, files)
  const all: Mutant[] = []
  for (const file of files) {
    const tree = trees.get(file)
    const text = await Bun.file(`${dir}/${file}`).text()
    if (tree) all.push(...mutantsOf(file, text, editsOf(tree)))
  }
  const statement = await Bun.file(`${dir}/${STATEMENT}`).text()
  all.push(...mutantsOf(STATEMENT, statement, statementEdits(statement)))
  const draws = new Map(all.map(mutant => [mutant, Bun.hash(`${seed} ${mutant.id}`)]))
  const drawn = [...all].sort((a, b) => ((draws.get(a) ?? 0n) < (draws.get(b) ?? 0n) ? -1 : 1))
  return { mutants: drawn.slice(0, count), places: all.length }
}

function mutantsOf(file: string, text: string, edits: readonly Edit[]): Mutant[] {
  const times = new Map<string, number>()
  return edits.flatMap(edit => {
    const label = labelOf(text, edit)
    const nth = (times.get(label) ?? 0) + 1
    times.set(label, nth)
    const id = `${basename(file)}: ${label}${nth > 1 ? ` #${nth}` : ''}`
    const mutant = { id, file, label, ...edit }
    return parses(file, mutated(text, mutant)) ? [mutant] : []
  })
}

const transpiler = new Bun.Transpiler({ loader: 'ts' })

/** An edit may leave something that is no program: then it says nothing about any test. */
function parses(file: string, text: string): boolean {
  if (file === STATEMENT) return true
  try {
    transpiler.transformSync(text)
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

const SHOWN_MAX = 110

/** The line as it was, with the part that goes marked, and what comes in its place. */
function labelOf(text: string, { start, end, replacement }: Edit): string {
  const from = text.lastIndexOf('\n', start - 1) + 1
  const upTo = text.indexOf('\n', end)
  const before = text.slice(from, start).trimStart()
  const after = text.slice(end, upTo < 0 ? text.length : upTo)
  const gone = text.slice(start, end)
  const line = `${before}⟦${gone}→${replacement}⟧${after}`.replaceAll(/\s+/g, ' ')
  return line.length > SHOWN_MAX ? `${line.slice(0, SHOWN_MAX)}…` : line
}
