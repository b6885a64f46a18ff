import { expect, test } from 'bun:test'
import { ticksUntilOver } from './ticking.ts'

test('it ticks until a tick says that it was the last', async () => {
  let ticks = 0
  await ticksUntilOver(1, () => (++ticks < 3 ? 'goes_on' : 'over'))
  await Bun.sleep(10)
  expect(ticks).toBe(3)
})

test('a tick that breaks is the last, and what it broke of is thrown', async () => {
  let ticks = 0
  const ticking = ticksUntilOver(1, () => {
    ticks++
    throw new Error('the rig is gone')
  })
  await expect(ticking).rejects.toThrow('the rig is gone')
  await Bun.sleep(10)
  expect(ticks).toBe(1)
})
