import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { even } from './even.fixtures.ts'
import { type Candidate, type MatchingProblem, solve } from './matching.ts'

function openCostOf(problem: MatchingProblem, row: number): number {
  return typeof problem.openCost === 'number' ? problem.openCost : (problem.openCost[row] ?? Number.NaN)
}

/** The cost of a result; fails where it uses a column twice or one that is no candidate. */
function costOf(problem: MatchingProblem, columns: Int32Array): number {
  expect(columns.length).toBe(problem.rows)
  const taken = new Set<number>()
  let total = 0
  columns.forEach((col, row) => {
    if (col === -1) {
      total += openCostOf(problem, row)
      return
    }
    expect(taken.has(col)).toBe(false)
    taken.add(col)
    const costs = (problem.candidates[row] ?? []).filter(candidate => candidate.col === col).map(({ cost }) => cost)
    expect(costs.length).toBeGreaterThan(0)
    total += Math.min(...costs)
  })
  return total
}

/** The least cost by trying everything. */
function leastCost(problem: MatchingProblem, row = 0, taken = 0): number {
  if (row === problem.rows) return 0
  let least = openCostOf(problem, row) + leastCost(problem, row + 1, taken)
  for (const { col, cost } of problem.candidates[row] ?? []) {
    if (taken & (1 << col)) continue
    least = Math.min(least, cost + leastCost(problem, row + 1, taken | (1 << col)))
  }
  return least
}

/** The least cost by a dense Hungarian method with a column of its own for each row to stay open: slow, short, another algorithm. */
function hungarianCost(problem: MatchingProblem): number {
  const n = problem.rows
  const m = problem.cols + n
  const far = 1e12
  const cost = Array.from({ length: n }, (_, row) => {
    const costs = new Array<number>(m).fill(far)
    for (const candidate of problem.candidates[row] ?? []) {
      costs[candidate.col] = Math.min(costs[candidate.col] ?? far, candidate.cost)
    }
    costs[problem.cols + row] = openCostOf(problem, row)
    return costs
  })
  const get = (array: readonly number[], i: number): number => array[i] ?? 0
  const u = new Array<number>(n + 1).fill(0)
  const v = new Array<number>(m + 1).fill(0)
  const rowOf = new Array<number>(m + 1).fill(0)
  for (let row = 1; row <= n; row++) {
    const way = new Array<number>(m + 1).fill(0)
    const least = new Array<number>(m + 1).fill(Number.POSITIVE_INFINITY)
    const used = new Array<boolean>(m + 1).fill(false)
    rowOf[0] = row
    let col = 0
    do {
      used[col] = true
      const holder = get(rowOf, col)
      let delta = Number.POSITIVE_INFINITY
      let next = 0
      for (let j = 1; j <= m; j++) {
        if (used[j]) continue
        const reduced = get(cost[holder - 1] ?? [], j - 1) - get(u, holder) - get(v, j)
        if (reduced < get(least, j)) {
          least[j] = reduced
          way[j] = col
        }
        if (get(least, j) < delta) {
          delta = get(least, j)
          next = j
        }
      }
      for (let j = 0; j <= m; j++) {
        if (used[j]) {
          u[get(rowOf, j)] = get(u, get(rowOf, j)) + delta
          v[j] = get(v, j) - delta
        } else least[j] = get(least, j) - delta
      }
      col = next
    } while (get(rowOf, col) !== 0)
    while (col !== 0) {
      rowOf[col] = get(rowOf, get(way, col))
      col = get(way, col)
    }
  }
  return rowOf.slice(1).reduce((sum, row, j) => (row === 0 ? sum : sum + get(cost[row - 1] ?? [], j)), 0)
}

function problems(rowsMax: number, colsMax: number, costs: fc.Arbitrary<number>): fc.Arbitrary<MatchingProblem> {
  return fc.record({ rows: fc.nat(rowsMax), cols: fc.nat(colsMax) }).chain(({ rows, cols }) => {
    const candidate: fc.Arbitrary<Candidate> = fc.record({ col: fc.nat(Math.max(0, cols - 1)), cost: costs })
    return fc.record({
      rows: fc.constant(rows),
      cols: fc.constant(cols),
      candidates: fc.array(fc.array(candidate, { maxLength: cols === 0 ? 0 : cols + 2 }), {
        minLength: rows,
        maxLength: rows,
      }),
      openCost: fc.oneof(costs, fc.array(costs, { minLength: rows, maxLength: rows })),
    })
  })
}

/** Every row wants every column and none wants to stay open: most rows are placed by chains of exchanges. */
function contested(costs: fc.Arbitrary<number>): fc.Arbitrary<MatchingProblem> {
  return fc
    .record({ rows: fc.integer({ min: 2, max: 25 }), cols: fc.integer({ min: 2, max: 25 }) })
    .chain(({ rows, cols }) =>
      fc.array(costs, { minLength: rows * cols, maxLength: rows * cols }).map(matrix => ({
        rows,
        cols,
        candidates: Array.from({ length: rows }, (_, row) =>
          Array.from({ length: cols }, (__, col) => ({ col, cost: matrix[row * cols + col] ?? 0 })),
        ),
        openCost: 50_000,
      })),
    )
}

const tied = fc.integer({ min: -3, max: 3 })
const whole = fc.integer({ min: -1_000, max: 10_000 })
const seconds = even(-1_000, 10_000)

describe('the assignment', () => {
  for (const [name, costs] of Object.entries({ 'many ties': tied, 'whole costs': whole, 'real costs': seconds })) {
    test(`costs the least that any does, with ${name}`, () => {
      fc.assert(
        fc.property(problems(6, 6, costs), problem => {
          expect(costOf(problem, solve(problem))).toBeCloseTo(leastCost(problem), 6)
        }),
        { numRuns: 500 },
      )
    })

    test(`agrees with the Hungarian method on larger batches, with ${name}`, () => {
      fc.assert(
        fc.property(problems(40, 30, costs), problem => {
          expect(costOf(problem, solve(problem))).toBeCloseTo(hungarianCost(problem), 5)
        }),
        { numRuns: 60 },
      )
    })
  }

  test('costs the least where all rows contest all columns', () => {
    const costs = fc.oneof(whole, fc.integer({ min: 0, max: 40 }), seconds)
    fc.assert(
      fc.property(contested(costs), problem => {
        expect(costOf(problem, solve(problem))).toBeCloseTo(hungarianCost(problem), 5)
      }),
      { numRuns: 150 },
    )
  })

  test('costs the least where every row prefers the same columns and the gaps grow', () => {
    for (let rows = 2; rows <= 30; rows++) {
      for (const cols of [rows - 1, rows, rows + 3]) {
        const candidates = Array.from({ length: rows }, (_, row) =>
          Array.from({ length: cols }, (__, col) => ({ col, cost: (row + 1) * (col + 1) })),
        )
        const problem = { rows, cols, candidates, openCost: 100_000 }
        expect(costOf(problem, solve(problem))).toBe(hungarianCost(problem))
      }
    }
  })

  test('prefers the good of all to the nearest for the first', () => {
    const problem = {
      rows: 2,
      cols: 2,
      candidates: [
        [
          { col: 0, cost: 60 },
          { col: 1, cost: 70 },
        ],
        [
          { col: 0, cost: 65 },
          { col: 1, cost: 400 },
        ],
      ],
      openCost: 1_000,
    }
    expect([...solve(problem)]).toEqual([1, 0])
  })

  test('leaves the row open that costs least to leave, where columns are too few', () => {
    const candidates = [[{ col: 0, cost: 10 }], [{ col: 0, cost: 10 }], [{ col: 0, cost: 10 }]]
    expect([...solve({ rows: 3, cols: 1, candidates, openCost: [100, 300, 200] })]).toEqual([-1, 0, -1])
  })

  test('leaves a row open that has no candidate, or only dearer ones than staying open', () => {
    expect([...solve({ rows: 2, cols: 3, candidates: [[], [{ col: 2, cost: 901 }]], openCost: 900 })]).toEqual([-1, -1])
  })

  test('prefers a column to staying open at the same cost, and the smaller of two columns', () => {
    const same = [
      { col: 2, cost: 5 },
      { col: 1, cost: 5 },
    ]
    expect([...solve({ rows: 1, cols: 3, candidates: [same], openCost: 5 })]).toEqual([1])
  })

  test('is empty for an empty batch', () => {
    expect([...solve({ rows: 0, cols: 5, candidates: [], openCost: 1 })]).toEqual([])
  })

  test('ends also where all costs are nearly the same', () => {
    const candidates = Array.from({ length: 60 }, (_, row) =>
      Array.from({ length: 50 }, (_, col) => ({ col, cost: 1e6 + ((row * col) % 7) * 1e-10 })),
    )
    const columns = solve({ rows: 60, cols: 50, candidates, openCost: 2e6 })
    expect([...columns].filter(col => col >= 0).length).toBe(50)
  })

  test('refuses a cost that is not finite and a column that does not exist', () => {
    const one = (col: number, cost: number) => () =>
      solve({ rows: 1, cols: 1, candidates: [[{ col, cost }]], openCost: 1 })
    expect(one(0, Number.NaN)).toThrow(RangeError)
    expect(one(0, Number.POSITIVE_INFINITY)).toThrow(RangeError)
    expect(one(1, 1)).toThrow(RangeError)
    expect(one(-1, 1)).toThrow(RangeError)
    expect(one(0.5, 1)).toThrow(RangeError)
    expect(() => solve({ rows: 2, cols: 0, candidates: [[], []], openCost: [1] })).toThrow(RangeError)
  })
})
