import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { AckWindow } from './ack-window.ts'

function window(framesMax = 4, pointsMax = 1_000): AckWindow {
  return new AckWindow({ framesMax, pointsMax })
}

test('the number rises only when everything below it is settled', () => {
  const w = window()
  for (const seq of [1, 2, 3]) expect(w.receive(seq, 1)).toBe('new')

  w.settle(3)
  expect(w.acked).toBe(0)
  w.settle(1)
  expect(w.acked).toBe(1)
  w.settle(2)
  expect(w.acked).toBe(3)
})

test('a frame that was seen is a repeat, settled or not', () => {
  const w = window()
  w.receive(1, 1)
  expect(w.receive(1, 1)).toBe('repeat')
  w.settle(1)
  expect(w.receive(1, 1)).toBe('repeat')
  expect(w.acked).toBe(1)
})

test('the number never passes a frame that did not come, and goes on when it does', () => {
  const w = window()
  w.receive(1, 1)
  w.settle(1)
  expect(w.receive(3, 1)).toBe('ahead')
  expect(w.receive(4, 1)).toBe('new')
  w.settle(3)
  w.settle(4)

  expect(w.acked).toBe(1)
  expect(w.expected).toBe(2)
  expect(w.receive(2, 1)).toBe('new')
  w.settle(2)
  expect(w.acked).toBe(4)
})

test('beyond its limit a frame is refused, and counts as settled', () => {
  const w = window(2)
  w.receive(1, 1)
  w.receive(2, 1)
  expect(w.receive(3, 1)).toBe('full')
  w.settle(1)
  w.settle(2)

  expect(w.acked).toBe(3)
  expect(w.receive(4, 1)).toBe('new')
})

test('points are limited too, but a single large frame always fits', () => {
  const w = window(10, 100)
  expect(w.receive(1, 500)).toBe('new')
  expect(w.receive(2, 1)).toBe('full')
  w.settle(1)
  expect(w.receive(3, 100)).toBe('new')
})

test('a number far beyond is not even remembered', () => {
  const w = window(4)
  expect(w.receive(1_000_000_000, 1)).toBe('beyond')
  expect(w.receive(17, 1)).toBe('beyond')
  expect(w.receive(16, 1)).toBe('ahead')
  expect(w.unsettledFrames).toBe(1)
})

test('whatever comes in whatever order, the number is the longest settled beginning', () => {
  const step = fc.record({ seq: fc.integer({ min: 1, max: 20 }), settle: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), steps => {
      const w = window(5)
      const open = new Set<number>()
      const settled = new Set<number>()
      for (const { seq, settle } of steps) {
        if (settle) {
          w.settle(seq)
          if (open.delete(seq)) settled.add(seq)
        } else {
          const verdict = w.receive(seq, 1)
          if (verdict === 'new' || verdict === 'ahead') open.add(seq)
          if (verdict === 'full') settled.add(seq)
        }
        let longest = 0
        while (settled.has(longest + 1)) longest++
        expect(w.acked).toBe(longest)
        expect(w.unsettledFrames).toBe(open.size)
      }
    }),
  )
})
