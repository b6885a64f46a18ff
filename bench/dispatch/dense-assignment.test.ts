import { expect, test } from 'bun:test'
import { solve } from '../../src/domain/matching.ts'
import { seededRandom } from '../../src/sim/random.ts'
import { assignDense } from './dense-assignment.ts'

test('it costs as little as the sparse solver of the engine, which was written apart from it', () => {
  const random = seededRandom(5)
  for (let round = 0; round < 200; round++) {
    const rows = 1 + Math.floor(random() * 8)
    const columns = rows + Math.floor(random() * 6)
    // Few values, so that there are ties.
    const costs = Array.from({ length: rows }, () =>
      Float64Array.from({ length: columns }, () => Math.floor(random() * 9)),
    )
    const candidates = costs.map(row => [...row].map((cost, col) => ({ col, cost })))
    const totalOf = (chosen: Int32Array) => [...chosen].reduce((sum, col, row) => sum + (costs[row]?.[col] ?? 1e6), 0)
    const dense = assignDense(costs, columns)

    expect(new Set(dense).size).toBe(rows)
    expect(totalOf(dense)).toBe(totalOf(solve({ rows, cols: columns, candidates, openCost: 1e6 })))
  }
})
