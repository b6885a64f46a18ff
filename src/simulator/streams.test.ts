import { expect, test } from 'bun:test'
import { Streams } from './streams.ts'

const SEED = 0x1234_5678_9abc_def0n

function words(streams: Streams, name: string, count: number): number[] {
  return Array.from({ length: count }, () => streams.of(name).word())
}

test('what one part draws is the same whoever else draws', () => {
  const alone = words(new Streams(SEED), 'node-0>node-1', 20)
  const streams = new Streams(SEED)
  const amid = Array.from({ length: 20 }, () => {
    streams.of('node-1>node-0').word()
    return streams.of('node-0>node-1').word()
  })

  expect(amid).toEqual(alone)
})

test('names and seeds that hardly differ have nothing in common', () => {
  const names = Array.from({ length: 200 }, (_, n) => `node-${n}>drv_1`)
  const streams = new Streams(SEED)
  const drawn = names.flatMap(name => words(streams, name, 5))
  const other = new Streams(SEED ^ (1n << 40n))

  expect(new Set(drawn).size).toBe(drawn.length)
  expect(words(other, 'node-0>drv_1', 5)).not.toEqual(words(new Streams(SEED), 'node-0>drv_1', 5))
})

test('the draws of instants are spread over all there is', () => {
  const streams = new Streams(SEED)
  const draws = Array.from({ length: 4_000 }, (_, n) => streams.ofInstant(1_767_614_400_000 + Math.floor(n / 4), n % 4))
  const inTenth = Array.from({ length: 10 }, (_, tenth) => draws.filter(d => Math.floor(d * 10) === tenth).length)

  expect(Math.min(...inTenth)).toBeGreaterThan(300)
  expect(Math.max(...inTenth)).toBeLessThan(500)
})
