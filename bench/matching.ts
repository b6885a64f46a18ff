/**
 * How long does the solver block its thread? Random batches of the shapes that matter, interleaved, once warm.
 *
 * What to expect: 500 × 500 dense are 250,000 costs to read, at some ns each well under a millisecond, and some hundred
 * shortest paths over them: single milliseconds. 2,000 × 2,000 with 16 candidates each are 32,000 costs; paths stay
 * short while most rows find a column of their own: tens of milliseconds. A scarce city (700 orders for 150 drivers) is
 * the hardest of real batches: most rows end open, and each proves that by looking at every exchange there is.
 */
import { type MatchingProblem, solve } from '../src/domain/matching.ts'
import { warmSolver } from '../src/domain/warm-solver.ts'
import { seededRandom } from '../src/sim/random.ts'
import type { Bench, Figures } from './bench.ts'
import { rounded } from './dispatch/outcome.ts'
import { numberFlag, readFlags } from './flags.ts'

export const matchingBench: Bench = {
  name: 'matching',
  question: 'How long does the optimal assignment of a batch block its thread?',
  help: `bun run bench matching -- [--rounds N] [--seed N]: times of the solver, once warm

  --rounds N   of each shape (15)
  --seed N     (1)
`,
  run(argv) {
    const values = readFlags(argv, ['rounds', 'seed'])
    const rounds = numberFlag(values, 'rounds', 15, { min: 3, max: 1_000, whole: true })
    const seed = numberFlag(values, 'seed', 1, { min: 0, max: 2 ** 31 - 1, whole: true })
    return Promise.resolve({ figures: measure(rounds, seed), postgresVersion: null })
  },
}

const WARM_ROUNDS = 3

const SHAPES = {
  dense_500: () => dense(500, 500),
  sparse_2000: () => sparse({ rows: 2_000, cols: 2_000, each: 16, openCost: 1e5 }),
  scarce_700_150: () => sparse({ rows: 700, cols: 150, each: 16, openCost: 480 }),
  plenty_150_700: () => sparse({ rows: 150, cols: 700, each: 16, openCost: 1_400 }),
} as const

type Random = () => number
type Shape = keyof typeof SHAPES

function measure(rounds: number, seed: number): Figures {
  const random = seededRandom(seed)
  const coldMs = timed(() => warmSolver())
  const times = new Map<Shape, number[]>()
  for (let round = -WARM_ROUNDS; round < rounds; round++) {
    for (const [name, make] of Object.entries(SHAPES) as [Shape, () => (random: Random) => MatchingProblem][]) {
      const problem = make()(random)
      const ms = timed(() => solve(problem))
      if (round >= 0) times.set(name, [...(times.get(name) ?? []), ms])
    }
  }
  const figures = [...times].flatMap(([name, ms]) => {
    const sorted = ms.toSorted((a, b) => a - b)
    const at = (q: number) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0, 2)
    return [
      [`${name}_p50_ms`, at(0.5)],
      [`${name}_max_ms`, at(1)],
    ] as const
  })
  return { rounds, seed, warm_up_ms: rounded(coldMs, 1), ...Object.fromEntries(figures) }
}

function timed(run: () => unknown): number {
  const startedMs = performance.now()
  run()
  return performance.now() - startedMs
}

function dense(rows: number, cols: number): (random: Random) => MatchingProblem {
  return random => ({
    rows,
    cols,
    openCost: 1e5,
    candidates: Array.from({ length: rows }, () =>
      Array.from({ length: cols }, (_, col) => ({ col, cost: random() * 1_200 })),
    ),
  })
}

/** Orders and drivers in a square; each order may have the nearest drivers. */
function sparse(shape: {
  readonly rows: number
  readonly cols: number
  readonly each: number
  readonly openCost: number
}): (random: Random) => MatchingProblem {
  return random => {
    const place = () => ({ x: random() * 2_000, y: random() * 2_000 })
    const drivers = Array.from({ length: shape.cols }, place)
    const candidates = Array.from({ length: shape.rows }, () => {
      const order = place()
      const near = drivers.map(({ x, y }, col) => ({ col, cost: Math.hypot(x - order.x, y - order.y) }))
      return near.sort((a, b) => a.cost - b.cost).slice(0, shape.each)
    })
    return { rows: shape.rows, cols: shape.cols, openCost: shape.openCost, candidates }
  }
}
