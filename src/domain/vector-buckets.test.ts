import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { ROW_WIDTH, VectorBuckets } from './vector-buckets.ts'

const vectorFrom = (n: number) => ({ x: n, y: n + 0.25, z: n + 0.5 })

/** Of each cell what lies in it, by slot. */
function contents(buckets: VectorBuckets, cells: readonly number[]) {
  const found = new Map<number, { cell: number; x: number }>()
  for (const cell of cells) {
    const { start, length } = buckets.of(cell) ?? { start: 0, length: 0 }
    for (let row = start; row < start + length; row++) {
      const [x, y, z, slot] = buckets.rows.subarray(row * ROW_WIDTH, (row + 1) * ROW_WIDTH)
      expect([y, z]).toEqual([Number(x) + 0.25, Number(x) + 0.5])
      expect(found.has(Number(slot))).toBe(false)
      found.set(Number(slot), { cell, x: Number(x) })
    }
  }
  return found
}

const step = fc.record({
  slot: fc.integer({ min: 0, max: 40 }),
  cell: fc.integer({ min: 0, max: 4 }),
  isLeaving: fc.integer({ min: 0, max: 3 }).map(n => n === 0),
})

test('each vector lies once, in the bucket of its cell, whoever came and went before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const buckets = new VectorBuckets()
      const expected = new Map<number, { cell: number; x: number }>()
      for (const [n, { slot, cell, isLeaving }] of steps.entries()) {
        if (!expected.has(slot)) buckets.add(slot, cell, vectorFrom(n))
        else if (isLeaving) buckets.remove(slot)
        else buckets.move(slot, cell, vectorFrom(n))
        if (expected.has(slot) && isLeaving) expected.delete(slot)
        else expected.set(slot, { cell, x: n })
      }
      expect(contents(buckets, [0, 1, 2, 3, 4])).toEqual(expected)
      expect(buckets.size).toBe(new Set([...expected.values()].map(({ cell }) => cell)).size)
    }),
  )
})

test('a crowd that goes from cell to cell leaves no more room behind than it takes', () => {
  const CROWD = 1_000
  const buckets = new VectorBuckets()
  for (let slot = 0; slot < CROWD; slot++) buckets.add(slot, 0, vectorFrom(slot))
  for (let cell = 1; cell <= 50; cell++)
    for (let slot = 0; slot < CROWD; slot++) buckets.move(slot, cell, vectorFrom(slot))
  expect(buckets.size).toBe(1)
  // Rooms of 2 to 1,024 rows, of each two or three, in an array of up to twice as many.
  expect(buckets.rows.length / ROW_WIDTH).toBeLessThan(8 * CROWD)
})
