import { expect, test } from 'bun:test'
import { VirtualClock } from './virtual-clock.ts'

test('timers fire in the order of their instants, and those of one instant in the order of arming', () => {
  const clock = new VirtualClock({ startMs: 1_000 })
  const fired: string[] = []
  for (const [name, delayMs] of [
    ['late', 30],
    ['a', 10],
    ['b', 10],
    ['now', 0],
    ['c', 10],
  ] as const) {
    clock.after(delayMs, () => fired.push(`${name}@${clock.nowMs()}`))
  }

  clock.advance(20)

  expect(fired).toEqual(['now@1000', 'a@1010', 'b@1010', 'c@1010'])
  expect(clock.nowMs()).toBe(1_020)
  expect(clock.nextAtMs()).toBe(1_030)
})

test('what follows from a timer happens before time moves on', () => {
  const clock = new VirtualClock()
  const log: string[] = []
  const work = async (name: string) => {
    await null
    await null
    log.push(`${name} at ${clock.nowMs()}`)
  }
  clock.after(10, () => void work('first'))
  clock.after(20, () => void work('second'))

  clock.advance(100)

  expect(log).toEqual(['first at 10', 'second at 20'])
})

test('draining works from within a promise callback too', async () => {
  await null
  const clock = new VirtualClock()
  const waited = new Promise<number>(resolve => clock.after(50, () => resolve(clock.nowMs())))

  const later = waited.then(async atMs => {
    await null
    return atMs + 1
  })

  expect(await clock.settle(later)).toBe(51)
})

test('a timer armed by a timer fires in the same advance if its instant has come', () => {
  const clock = new VirtualClock()
  const fired: number[] = []
  const again = () => {
    fired.push(clock.nowMs())
    clock.after(10, again)
  }
  clock.after(10, again)

  clock.advance(35)

  expect(fired).toEqual([10, 20, 30])
})

test('a cancelled timer never fires, and cancelling twice or after the firing is harmless', () => {
  const clock = new VirtualClock()
  const fired: string[] = []
  const cancel = clock.after(10, () => fired.push('cancelled'))
  const late = clock.after(5, () => fired.push('kept'))
  cancel()
  cancel()

  clock.runUntilIdle()
  late()

  expect(fired).toEqual(['kept'])
  expect(clock.nextAtMs()).toBeNull()
})

test('a shuffle changes the order within an instant only, and the same source gives the same order', () => {
  const run = () => {
    let seed = 7
    const shuffle = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const clock = new VirtualClock({ shuffle })
    const fired: number[] = []
    for (let i = 0; i < 20; i++) clock.after(i < 10 ? 1 : 2, () => fired.push(i))
    clock.runUntilIdle()
    return fired
  }

  const order = run()

  expect(order).toEqual(run())
  expect(order).not.toEqual(order.toSorted((a, b) => a - b))
  expect(order.slice(0, 10).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('thousands of timers, some cancelled, come out sorted', () => {
  const clock = new VirtualClock()
  const fired: number[] = []
  for (let i = 0; i < 5_000; i++) {
    const cancel = clock.after((i * 7_919) % 1_000, () => fired.push(clock.nowMs()))
    if (i % 3 === 0) cancel()
  }

  clock.runUntilIdle()

  expect(fired).toEqual(fired.toSorted((a, b) => a - b))
  expect(fired).toHaveLength(3_333)
})
