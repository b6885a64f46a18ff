import { expect, test } from 'bun:test'
import type { Envelope } from '../actors/runtime/envelope.ts'
import { VirtualClock } from '../actors/runtime/memory/virtual-clock.ts'
import { envelopeTo } from '../actors/runtime/router.ts'
import type { ShardId } from '../domain/ids.ts'
import { Strays } from './strays.ts'

const said = (what: string, shard = 3) =>
  envelopeTo({ kind: 'order', id: 'ord_1', shard: shard as ShardId }, { kind: what }, 'vital')
const STRAY = said('stray')

function setUp() {
  const clock = new VirtualClock()
  const sent: Envelope[] = []
  const strays = new Strays({ clock, send: envelopes => sent.push(...envelopes) })
  const kinds = () => sent.splice(0).map(({ message }) => message.kind)
  return { clock, sent, strays, kinds }
}

test('a message between actors is sent on soon, and later each time', () => {
  const { clock, sent, strays } = setUp()
  strays.keep(STRAY)
  clock.advance(19)
  expect(sent).toEqual([])
  clock.advance(1)
  expect(sent).toEqual([{ ...STRAY, hops: 1 }])
  strays.keep({ ...STRAY, hops: 3 })
  clock.advance(159)
  expect(sent.length).toBe(1)
  clock.advance(1)
  expect(sent.length).toBe(2)
})

test('what follows it to its shard waits behind it, also behind what comes back later; what is for others does not', () => {
  const { clock, strays, kinds } = setUp()
  expect(strays.follow(said('before'))).toBe(false)
  strays.keep(said('first'))
  expect(strays.follow(said('third'))).toBe(true)
  strays.keep(said('second'))
  expect(strays.follow(said('other', 4))).toBe(false)
  clock.advance(20)
  expect(kinds()).toEqual(['first', 'second', 'third'])
  expect(strays.follow(said('after'))).toBe(false)
})

test('nobody comes for its shard: it is given up after some seconds, and counted', () => {
  const { clock, sent, strays } = setUp()
  let tries = 0
  strays.keep(STRAY)
  for (let ms = 0; ms < 5_000; ms += 10) {
    clock.advance(10)
    for (const envelope of sent.splice(0)) {
      tries++
      strays.keep(envelope)
    }
  }
  expect(tries).toBe(8)
  expect(strays.figures).toEqual({ sent_on: 8, given_up: 1 })
})

test('so many wait at most, and none is sent once its thread ends', () => {
  const { clock, sent, strays } = setUp()
  for (let n = 0; n < 10_002; n++) strays.keep(STRAY)
  expect(strays.figures.given_up).toBe(2)
  expect(strays.follow(STRAY)).toBe(false)
  expect(strays.isIdle).toBe(false)
  strays.stop()
  expect(strays.figures.given_up).toBe(10_002)
  clock.advance(1_000)
  expect(sent).toEqual([])
})
