import { expect, test } from 'bun:test'
import { VirtualClock } from './memory/virtual-clock.ts'
import type { Clock } from './ports.ts'
import { clearTimer, clearTimers, type Timed, Timers } from './timers.ts'

interface Owner extends Timed {
  readonly id: string
}

function ownerOf(id: string): Owner {
  return { id, timer: null }
}

function timersOn(clock: Clock) {
  const fired: string[] = []
  const timers = new Timers<Owner>(clock, ({ id }, name) => fired.push(`${id} ${name} ${clock.nowMs()}`))
  return { timers, fired, x: ownerOf('x') }
}

test('timers fire at their time, those of one time in the order in which they were set', () => {
  const clock = new VirtualClock()
  const { timers, fired, x } = timersOn(clock)
  for (const [name, atMs] of [
    ['c', 30],
    ['a', 10],
    ['d', 30],
    ['b', 20],
  ] as const)
    timers.set(x, name, atMs)
  clock.advance(20)
  expect(fired).toEqual(['x a 10', 'x b 20'])
  clock.advance(20)
  expect(fired.slice(2)).toEqual(['x c 30', 'x d 30'])
  expect(timers.size).toBe(0)
})

test('what was replaced or cleared does not fire, and of several timers each is by itself', () => {
  const clock = new VirtualClock()
  const { timers, fired, x } = timersOn(clock)
  for (const name of ['a', 'b', 'c', 'd']) timers.set(x, name, 10)
  timers.set(x, 'a', 20)
  timers.set(x, 'd', 5)
  clearTimer(x, 'b')
  clearTimer(x, 'none')
  clock.advance(30)
  expect(fired).toEqual(['x d 5', 'x c 10', 'x a 20'])
  timers.set(x, 'b', 40)
  clock.advance(30)
  expect(fired.slice(3)).toEqual(['x b 40'])
})

test('set for the same time again, a timer keeps its place; all of one owner are cleared, and nobody else’s', () => {
  const clock = new VirtualClock()
  const { timers, fired, x } = timersOn(clock)
  const y = ownerOf('y')
  timers.set(x, 'a', 10)
  timers.set(y, 'a', 10)
  timers.set(x, 'a', 10)
  expect(timers.size).toBe(2)
  clock.advance(10)
  expect(fired).toEqual(['x a 10', 'y a 10'])
  for (const owner of [x, y]) for (const name of ['a', 'b']) timers.set(owner, name, 20)
  clearTimers(x)
  clock.advance(10)
  expect(fired.slice(2)).toEqual(['y a 20', 'y b 20'])
})

test('what was cleared long before its time does not pile up, and what was not still fires', () => {
  const clock = new VirtualClock()
  const { timers, fired, x } = timersOn(clock)
  timers.set(x, 'kept', 500_000)
  for (let n = 0; n < 10_000; n++) {
    const owner = ownerOf(String(n))
    timers.set(owner, 'expire', 600_000)
    clearTimers(owner)
  }
  expect(timers.size).toBeLessThan(2_000)
  clock.advance(700_000)
  expect(fired).toEqual(['x kept 500000'])
})

test('a clock that fires early is asked again', () => {
  const clock = new VirtualClock()
  const early: Clock = {
    nowMs: () => clock.nowMs(),
    after: (delayMs, fire) => clock.after(Math.ceil(delayMs / 2), fire),
  }
  const { timers, fired, x } = timersOn(early)
  timers.set(x, 'a', 100)
  clock.advance(99)
  expect(fired).toEqual([])
  clock.advance(1)
  expect(fired).toEqual(['x a 100'])
})

test('an earlier timer does not wait for a later one, and one set while firing comes in its turn', () => {
  const clock = new VirtualClock()
  const fired: string[] = []
  const x = ownerOf('x')
  const timers: Timers<Owner> = new Timers<Owner>(clock, (_, name) => {
    fired.push(`${name} ${clock.nowMs()}`)
    if (name === 'a') timers.set(x, 'c', 15)
  })
  timers.set(x, 'b', 50)
  timers.set(x, 'a', 10)
  clock.advance(100)
  expect(fired).toEqual(['a 10', 'c 15', 'b 50'])
})

test('many timers, set in any order, fire in order', () => {
  const clock = new VirtualClock()
  const { timers, fired, x } = timersOn(clock)
  for (let n = 0; n < 500; n++) timers.set(x, String(n), 1 + ((n * 7_919) % 500))
  clock.advance(600)
  const times = fired.map(text => Number(text.split(' ')[2]))
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(times.length).toBe(500)
})

test('after a stop nothing fires', () => {
  const clock = new VirtualClock()
  const { timers, fired, x } = timersOn(clock)
  timers.set(x, 'a', 10)
  timers.stop()
  clock.advance(100)
  expect(fired).toEqual([])
})
