import { expect, test } from 'bun:test'
import { NodeClock, SteppedClock, ThreadClock } from './clocks.ts'

test('a node that is paused does nothing, and on its return does at once what came due meanwhile', () => {
  const world = new SteppedClock()
  const node = new NodeClock(world, { offsetMs: 0, driftPpm: 0 })
  const fired: number[] = []
  for (const ms of [10, 20, 500]) node.after(ms, () => fired.push(ms))
  node.pause()
  world.advance(100)
  node.run(() => fired.push(-1))
  expect(fired).toEqual([])

  node.resume()
  world.advance(1)
  expect(fired).toEqual([10, 20, -1])
  expect(node.nowMs()).toBe(101)
})

test('what was cancelled during a pause does not fire after it', () => {
  const world = new SteppedClock()
  const node = new NodeClock(world, { offsetMs: 0, driftPpm: 0 })
  let isFired = false
  const cancel = node.after(10, () => {
    isFired = true
  })
  node.pause()
  world.advance(100)
  cancel()
  node.resume()
  world.advance(100)

  expect(isFired).toBe(false)
})

test('a node reads the time askew, and a dead thread reads it no more', () => {
  const world = new SteppedClock({ startMs: 1_000 })
  const node = new NodeClock(world, { offsetMs: -300, driftPpm: 1_000 })
  const thread = new ThreadClock(node)
  let firings = 0
  thread.after(10, () => firings++)
  thread.after(2_000, () => firings++)
  world.advance(1_000)
  expect([node.nowMs(), firings]).toEqual([1_701, 1])

  thread.kill()
  world.advance(10_000)
  expect(firings).toBe(1)
})
