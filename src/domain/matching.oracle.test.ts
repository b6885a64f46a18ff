/** The solver against a linear programme solved by another program: an assignment is one whose corners are whole. */
import { expect, test } from 'bun:test'
import loadHighs from 'highs'
import { seededRandom } from '../sim/random.ts'
import { type Candidate, type MatchingProblem, solve } from './matching.ts'

const BATCHES = 120
/** Independent problems in one programme: each of ours costs at least its optimum, so equal sums mean equal costs. */
const PER_BATCH = 25

type Shape = 'ties' | 'fine' | 'signed' | 'sparse'
const SHAPES: readonly Shape[] = ['ties', 'fine', 'signed', 'sparse']

function randomProblem(random: () => number, shape: Shape): MatchingProblem {
  const rows = Math.floor(random() * 13)
  const cols = 1 + Math.floor(random() * 12)
  const cost = () => {
    if (shape === 'ties') return Math.floor(random() * 4)
    if (shape === 'signed') return Math.round(random() * 2_000 - 1_000)
    return random() * 1_200
  }
  const density = shape === 'sparse' ? 0.15 : 0.7
  const candidates = Array.from({ length: rows }, () =>
    Array.from({ length: cols }, (_, col) => col)
      .filter(() => random() < density)
      .map((col): Candidate => ({ col, cost: cost() })),
  )
  const openCost = random() < 0.5 ? cost() + 2 : Array.from({ length: rows }, () => cost())
  return { rows, cols, candidates, openCost }
}

function openCostOf({ openCost }: MatchingProblem, row: number): number {
  return typeof openCost === 'number' ? openCost : (openCost[row] ?? Number.NaN)
}

function costOf(problem: MatchingProblem): number {
  const taken = new Set<number>()
  return [...solve(problem)].reduce((sum, col, row) => {
    if (col === -1) return sum + openCostOf(problem, row)
    expect(taken.has(col)).toBe(false)
    taken.add(col)
    const candidate = problem.candidates[row]?.find(c => c.col === col)
    if (!candidate) throw new Error(`row ${row} got ${col}, which is no candidate of it`)
    return sum + candidate.cost
  }, 0)
}

/** In the text format of linear programmes. */
function programme(problems: readonly MatchingProblem[]): string {
  const objective: string[] = []
  const constraints: string[] = []
  problems.forEach((problem, p) => {
    const ofColumn = new Map<number, string[]>()
    for (let row = 0; row < problem.rows; row++) {
      const names = [`o_${p}_${row}`]
      objective.push(`${signed(openCostOf(problem, row))} o_${p}_${row}`)
      for (const { col, cost } of problem.candidates[row] ?? []) {
        const name = `x_${p}_${row}_${col}`
        names.push(name)
        objective.push(`${signed(cost)} ${name}`)
        ofColumn.set(col, [...(ofColumn.get(col) ?? []), name])
      }
      constraints.push(`r_${p}_${row}: ${names.join(' + ')} = 1`)
    }
    for (const [col, names] of ofColumn) constraints.push(`c_${p}_${col}: ${names.join(' + ')} <= 1`)
  })
  return `Minimize\n obj: ${objective.join('\n ')}\nSubject To\n ${constraints.join('\n ')}\nEnd`
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'} ${Math.abs(value).toFixed(9)}`
}

test('thousands of matrices cost what a linear programme says is the least: ties, empty rows, n ≠ m, open rows', async () => {
  const highs = await loadHighs()
  const random = seededRandom(20)
  for (let batch = 0; batch < BATCHES; batch++) {
    const shape = SHAPES[batch % SHAPES.length] ?? 'fine'
    const problems = Array.from({ length: PER_BATCH }, () => randomProblem(random, shape))
    const ours = problems.reduce((sum, problem) => sum + costOf(problem), 0)
    const { Status, ObjectiveValue } = highs.solve(programme(problems), { output_flag: false })
    expect(Status).toBe('Optimal')
    expect(Math.abs(ours - ObjectiveValue)).toBeLessThan(1e-4)
  }
}, 60_000)

test('a large matrix costs what the linear programme says', async () => {
  const highs = await loadHighs()
  const random = seededRandom(21)
  const candidates = Array.from({ length: 150 }, () =>
    Array.from({ length: 16 }, () => ({ col: Math.floor(random() * 120), cost: Math.floor(random() * 300) })).filter(
      (c, i, all) => all.findIndex(other => other.col === c.col) === i,
    ),
  )
  const problem = { rows: 150, cols: 120, candidates, openCost: 250 }
  const { ObjectiveValue } = highs.solve(programme([problem]), { output_flag: false })
  expect(Math.abs(costOf(problem) - ObjectiveValue)).toBeLessThan(1e-4)
}, 60_000)
