import { beforeEach, expect, test } from 'bun:test'
import { VirtualClock } from '../actors/runtime/memory/virtual-clock.ts'
import { type Pause, Rounds } from './rounds.ts'

let clock: VirtualClock
let pause: Pause
let rounds: Rounds
let begunAtMs: number[]
let duringRound: () => void

beforeEach(() => {
  clock = new VirtualClock({ startMs: 0 })
  pause = { restMs: 10, idleMs: 100 }
  begunAtMs = []
  duringRound = () => undefined
  rounds = new Rounds(clock, async () => {
    begunAtMs.push(clock.nowMs())
    duringRound()
    return pause
  })
})

async function pass(ms: number): Promise<void> {
  for (let i = 0; i < ms; i++) {
    clock.advance(1)
    await Bun.sleep(0)
  }
}

async function start(): Promise<void> {
  rounds.start()
  await Bun.sleep(0)
}

test('without a hint a round follows when the idle time is over', async () => {
  await start()
  await pass(115)
  expect(begunAtMs).toEqual([0, 110])
})

test('a hint ends the idle time and not the rest', async () => {
  await start()
  await pass(5)
  rounds.hint()
  await pass(3)
  expect(begunAtMs).toEqual([0])
  await pass(5)
  expect(begunAtMs).toEqual([0, 10])
  await pass(30)
  rounds.hint()
  await pass(2)
  expect(begunAtMs).toEqual([0, 10, 43])
})

test('a hint in the middle of a round is followed by another one', async () => {
  duringRound = () => {
    duringRound = () => undefined
    rounds.hint()
  }
  await start()
  await pass(20)
  expect(begunAtMs).toEqual([0, 10])
})

test('when it is stopped nothing is waited for, and no round begins any more', async () => {
  await start()
  await rounds.stop()
  rounds.hint()
  await pass(200)
  expect(begunAtMs).toEqual([0])
  expect(clock.nextAtMs()).toBeNull()
})
