import { expect, test } from 'bun:test'
import { Limiter } from './limiter.ts'

test('no more than the limit run at once, and all of them run in order', async () => {
  const limiter = new Limiter(3)
  let running = 0
  let most = 0
  const started: number[] = []
  await limiter.forEach([...Array(20).keys()], async item => {
    started.push(item)
    running++
    most = Math.max(most, running)
    await Promise.resolve()
    running--
  })
  expect(most).toBe(3)
  expect(started).toEqual([...Array(20).keys()])
})

test('a failure frees its place and is thrown once the others have ended', async () => {
  const limiter = new Limiter(1)
  const done: number[] = []
  const failing = limiter.forEach([1, 2, 3], async item => {
    if (item === 1) throw new Error('one failed')
    done.push(item)
  })
  expect(failing).rejects.toThrow('one failed')
  await failing.catch(() => undefined)
  expect(done).toEqual([2, 3])
})
