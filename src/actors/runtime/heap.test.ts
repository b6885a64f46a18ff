import { expect, test } from 'bun:test'
import { array, assert, integer, property } from 'fast-check'
import { Heap } from './heap.ts'

test('what goes in comes out in order', () => {
  assert(
    property(array(integer({ min: 0, max: 50 })), numbers => {
      const heap = new Heap<number>((a, b) => a < b)
      for (const number of numbers) heap.push(number)
      const out: number[] = []
      for (let first = heap.first; first !== undefined; first = heap.first) {
        out.push(first)
        heap.pop()
      }
      expect(out).toEqual(numbers.toSorted((a, b) => a - b))
      expect(heap.size).toBe(0)
    }),
  )
})
