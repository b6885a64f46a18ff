import { expect, test } from 'bun:test'
import { NumberRows, ReceivedNumbers } from './number-rows.ts'

function filled(width: number, rows: number, first: number): NumberRows {
  const made = new NumberRows(width)
  for (let row = 0; row < rows; row++) {
    const at = made.add()
    for (let i = 0; i < width; i++) made.numbers[at + i] = first + row * width + i
  }
  return made
}

function read(bytes: Uint8Array): number[] {
  const received = new ReceivedNumbers(bytes)
  return Array.from({ length: received.length }, (_, i) => received.at(i))
}

test('rows are read where they lie, wherever that is in their buffer', () => {
  const { bytes } = filled(4, 3, 0.5)
  const shifted = new Uint8Array(bytes.length + 3)
  shifted.set(bytes, 3)
  expect(read(shifted.subarray(3))).toEqual(Array.from({ length: 12 }, (_, i) => i + 0.5))
})

test('what freed rows were written into is written again, also by wider rows, and nothing of it is left', () => {
  const before = filled(4, 100, 1)
  const { numbers } = before
  before.free()

  const after = new NumberRows(10)
  expect(after.numbers).toBe(numbers)
  after.free()
  expect(read(filled(10, 200, 7).bytes)).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 7))
})

test('rows that were freed cannot be written into what is others’ by now', () => {
  const rows = filled(4, 2, 1)
  rows.free()
  rows.add()
  expect(() => rows.bytes).toThrow(RangeError)
})
