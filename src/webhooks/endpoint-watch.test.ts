import { beforeEach, expect, test } from 'bun:test'
import { StoreUnavailableError } from '../actors/runtime/errors.ts'
import { VirtualClock } from '../actors/runtime/memory/virtual-clock.ts'
import { EndpointWatch } from './endpoint-watch.ts'
import { LOOK_EVERY_MS } from './limits.ts'

let clock: VirtualClock
let watch: EndpointWatch
let asked: { answer: (any: boolean) => void; fail: (error: Error) => void }[]

beforeEach(() => {
  clock = new VirtualClock({ startMs: 1_000_000 })
  asked = []
  const ask = () => new Promise<boolean>((answer, fail) => asked.push({ answer, fail }))
  watch = new EndpointWatch({ ask, clock })
})

test('however often it is wanted, the record is asked once a time', async () => {
  const wanted = [watch.any(), watch.any()]
  asked[0]?.answer(false)
  expect(await Promise.all(wanted)).toEqual([false, false])
  clock.advance(LOOK_EVERY_MS - 1)
  expect(await watch.any()).toBe(false)
  expect(asked).toHaveLength(1)
  clock.advance(1)
  const next = watch.any()
  asked[1]?.answer(true)
  expect(await next).toBe(true)
  expect(await watch.any()).toBe(true)
  expect(asked).toHaveLength(2)
})

test('what was made here is known at once, also where the record was just being asked', async () => {
  const before = watch.any()
  watch.changed()
  const after = watch.any()
  asked[1]?.answer(true)
  asked[0]?.answer(false)
  expect([await before, await after]).toEqual([false, true])
  expect(await watch.any()).toBe(true)
  expect(asked).toHaveLength(2)
})

test('an answer that comes after the change is not taken for what is now', async () => {
  const before = watch.any()
  watch.changed()
  asked[0]?.answer(false)
  expect(await before).toBe(false)
  void watch.any()
  expect(asked).toHaveLength(2)
})

test('a record that does not answer is asked again with the next look', async () => {
  const wanted = watch.any()
  asked[0]?.fail(new StoreUnavailableError('away'))
  expect(await wanted.catch((error: unknown) => error)).toBeInstanceOf(StoreUnavailableError)
  const next = watch.any()
  asked[1]?.answer(true)
  expect(await next).toBe(true)
})
