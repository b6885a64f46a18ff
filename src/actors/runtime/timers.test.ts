import { expect, test } from 'bun:test'
import { VirtualClock } from './memory/virtual-clock.ts'
import type { Clock } from './ports.ts'
import { Timers } from './timers.ts'

function timersOn(clock: Clock, isCurrent: (name: string, atMs: number) => boolean = () => true) {
  const fired: string[] = []
  const timers = new Timers<string>(
    clock,
    (_, name, atMs) => isCurrent(name, atMs),
    (owner, name) => fired.push(`${owner} ${name} ${clock.nowMs()}`),
  )
  return { timers, fired }
}

test('timers fire at their time, those of one time in the order in which they were set', () => {
  const clock = new VirtualClock()
  const { timers, fired } = timersOn(clock)
  for (const [name, atMs] of [
    ['c', 30],
    ['a', 10],
    ['d', 30],
    ['b', 20],
  ] as const)
    timers.set('x', name, atMs)
  clock.advance(20)
  expect(fired).toEqual(['x a 10', 'x b 20'])
  clock.advance(20)
  expect(fired.slice(2)).toEqual(['x c 30', 'x d 30'])
  expect(timers.size).toBe(0)
})

test('what was replaced or cleared is dropped when its time comes', () => {
  const clock = new VirtualClock()
  const { timers, fired } = timersOn(clock, (_, atMs) => atMs === 20)
  timers.set('x', 'a', 10)
  timers.set('x', 'a', 20)
  clock.advance(30)
  expect(fired).toEqual(['x a 20'])
})

test('a clock that fires early is asked again', () => {
  const clock = new VirtualClock()
  const early: Clock = {
    nowMs: () => clock.nowMs(),
    after: (delayMs, fire) => clock.after(Math.ceil(delayMs / 2), fire),
  }
  const { timers, fired } = timersOn(early)
  timers.set('x', 'a', 100)
  clock.advance(99)
  expect(fired).toEqual([])
  clock.advance(1)
  expect(fired).toEqual(['x a 100'])
})

test('an earlier timer does not wait for a later one, and one set while firing comes in its turn', () => {
  const clock = new VirtualClock()
  const fired: string[] = []
  const timers: Timers<string> = new Timers<string>(
    clock,
    () => true,
    (_, name) => {
      fired.push(`${name} ${clock.nowMs()}`)
      if (name === 'a') timers.set('x', 'c', 15)
    },
  )
  timers.set('x', 'b', 50)
  timers.set('x', 'a', 10)
  clock.advance(100)
  expect(fired).toEqual(['a 10', 'c 15', 'b 50'])
})

test('many timers, set in any order, fire in order', () => {
  const clock = new VirtualClock()
  const { timers, fired } = timersOn(clock)
  for (let n = 0; n < 500; n++) timers.set('x', String(n), 1 + ((n * 7_919) % 500))
  clock.advance(600)
  const times = fired.map(text => Number(text.split(' ')[2]))
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(times.length).toBe(500)
})

test('after a stop nothing fires', () => {
  const clock = new VirtualClock()
  const { timers, fired } = timersOn(clock)
  timers.set('x', 'a', 10)
  timers.stop()
  clock.advance(100)
  expect(fired).toEqual([])
})
