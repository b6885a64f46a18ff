import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import {
  FRAMES_MAX,
  type Frame,
  POINTS_MAX,
  type Point,
  PositionQueue,
} from '../../../src/web/courier/core/position-queue.ts'

const AT_MS = 1_000_000
const point = (i: number): Point => ({
  latitude: i / 1_000,
  longitude: 0,
  recorded_at: new Date(i * 1_000).toISOString(),
})
/** @returns by what they are named on the disk. */
const push = (queue: PositionQueue, from: number, count: number) =>
  Array.from({ length: count }, (_, i) => queue.push(point(from + i)).added.id)
const numbers = (frame: Frame | null) => frame?.points.map(({ latitude }) => Math.round(latitude * 1_000)) ?? []

test('nothing is stored before it is acknowledged', () => {
  const queue = new PositionQueue()
  const ids = push(queue, 1, 2)
  expect(queue.next(AT_MS)).toMatchObject({ seq: 1 })
  expect(queue.counts).toMatchObject({ waiting: 2, stored: 0 })
  expect(queue.acked(1)).toEqual(ids)
  expect(queue.counts).toMatchObject({ waiting: 0, stored: 2 })
})

test('after a break what was not acknowledged goes first, in order, with the times that it had', () => {
  const queue = new PositionQueue()
  push(queue, 1, 3)
  const before = queue.next(AT_MS)
  push(queue, 4, 2)
  queue.reconnected()
  const after = queue.next(AT_MS)
  expect(after?.seq).toBe(1)
  expect(numbers(after)).toEqual([1, 2, 3, 4, 5])
  expect(after?.points.slice(0, 3)).toEqual([...(before?.points ?? [])])
})

test('an acknowledgement of the connection before settles nothing of this one', () => {
  const queue = new PositionQueue()
  push(queue, 1, 1)
  queue.next(AT_MS)
  queue.reconnected()
  expect(queue.acked(1)).toEqual([])
})

test('how long an answer is due is counted from the oldest frame that has none', () => {
  const queue = new PositionQueue()
  push(queue, 1, 1)
  expect(queue.dueSinceMs).toBeNull()
  queue.next(1_000)
  push(queue, 2, 1)
  queue.next(9_000)
  expect(queue.dueSinceMs).toBe(1_000)
  queue.acked(1)
  expect(queue.dueSinceMs).toBe(9_000)
  queue.reconnected()
  expect(queue.dueSinceMs).toBeNull()
})

test('an acknowledgement settles every frame up to it', () => {
  const queue = new PositionQueue()
  const ids: number[] = []
  for (let i = 1; i <= 3; i++) {
    ids.push(...push(queue, i, 1))
    queue.next(AT_MS)
  }
  expect(queue.acked(2)).toEqual(ids.slice(0, 2))
  expect(queue.counts.waiting).toBe(1)
})

test('there is room for so many, then the oldest go and are counted', () => {
  const queue = new PositionQueue([], 3)
  push(queue, 1, 5)
  expect(queue.counts).toMatchObject({ waiting: 3, dropped: 2 })
  expect(numbers(queue.next(AT_MS))).toEqual([3, 4, 5])
})

test('what the node cannot take now is sent again, what it never wants is not', () => {
  const queue = new PositionQueue()
  const ids = push(queue, 1, 1)
  queue.next(AT_MS)
  expect(queue.failed(1, true)).toEqual([])
  expect(queue.acked(1)).toEqual([])
  expect(queue.next(AT_MS)?.seq).toBe(2)
  expect(queue.failed(2, false)).toEqual(ids)
  expect(queue.counts).toMatchObject({ waiting: 0, stored: 0, refused: 1 })
})

test('one bad position takes no other down', () => {
  const queue = new PositionQueue()
  push(queue, 1, 3)
  queue.failed(queue.next(AT_MS)?.seq ?? 0, false)
  const alone = [queue.next(AT_MS), queue.next(AT_MS), queue.next(AT_MS)]
  expect(alone.map(numbers)).toEqual([[1], [2], [3]])
  queue.failed(alone[1]?.seq ?? 0, false)
  queue.acked(alone[2]?.seq ?? 0)
  expect(queue.counts).toMatchObject({ waiting: 0, stored: 2, refused: 1 })
})

test('a tunnel of positions goes in frames of a hundred, no more than eight of them at once', () => {
  const queue = new PositionQueue()
  push(queue, 1, POINTS_MAX * FRAMES_MAX + 1)
  const frames = Array.from({ length: FRAMES_MAX }, () => queue.next(AT_MS))
  expect(frames.every(frame => frame?.points.length === POINTS_MAX)).toBe(true)
  expect(queue.next(AT_MS)).toBeNull()
  queue.acked(1)
  expect(queue.next(AT_MS)?.points).toHaveLength(1)
})

test('numbers on the disk go on after a restart, and leave room for the last that another tab has written', () => {
  const queue = new PositionQueue([{ id: 41, point: point(1) }])
  expect(queue.push(point(2)).added.id).toBeGreaterThan(41 + 100)
  expect(numbers(queue.next(AT_MS))).toEqual([1, 2])
})

/** A node that keeps what it was sent once, by time; a network that breaks whenever it likes, before or after. */
test('whatever breaks, every position arrives, and what is told stored is stored', () => {
  const happenings = fc.array(fc.constantFrom('push', 'send', 'ack', 'break', 'lost_ack', 'fail'), { maxLength: 200 })
  fc.assert(
    fc.property(happenings, what => {
      const queue = new PositionQueue()
      const node = new Set<string>()
      let pushed = 0
      let onTheWay: Frame[] = []
      const deliver = () => {
        const frame = onTheWay.shift()
        for (const { recorded_at } of frame?.points ?? []) node.add(recorded_at)
        return frame
      }
      const steps = { push: 0, send: 0, ack: 0, break: 0, lost_ack: 0, fail: 0 }
      for (const each of what) {
        steps[each]++
        if (each === 'push') queue.push(point(pushed++))
        if (each === 'send') onTheWay.push(...[queue.next(AT_MS)].filter(frame => frame !== null))
        if (each === 'ack') queue.acked(deliver()?.seq ?? 0)
        if (each === 'lost_ack') deliver()
        if (each === 'fail') queue.failed(onTheWay.shift()?.seq ?? 0, true)
        if (each === 'break' || each === 'lost_ack') {
          onTheWay = []
          queue.reconnected()
        }
        expect(node.size).toBeGreaterThanOrEqual(queue.counts.stored)
      }
      onTheWay = []
      queue.reconnected()
      for (let frame = queue.next(AT_MS); frame !== null; frame = queue.next(AT_MS)) {
        onTheWay = [frame]
        queue.acked(deliver()?.seq ?? 0)
      }
      expect(node.size).toBe(pushed)
      expect(queue.counts).toMatchObject({ waiting: 0, stored: pushed })
    }),
  )
})
