import { expect, test } from 'bun:test'
import { FRAME } from './frames.ts'

test('each kind of frame has a number of its own', () => {
  const numbers = Object.values(FRAME)
  expect(new Set(numbers).size).toBe(numbers.length)
})
