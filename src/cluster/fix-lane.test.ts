import { describe, expect, test } from 'bun:test'
import { VirtualClock } from '../actors/runtime/memory/virtual-clock.ts'
import type { IntakeItem, IntakeResult } from '../actors/runtime/ports.ts'
import type { DriverId, ShardId } from '../domain/ids.ts'
import { FixLane } from './fix-lane.ts'
import { Homes } from './homes.ts'

const SHARDS = 16
const DRIVER = 'drv_1' as DriverId
const FIX = { latitude: 37.775, longitude: -122.418, speed: null, heading: null, accuracy: null, orderId: null }

test('a position that a worker here has sent on to another node, and that got lost there, is sent again', async () => {
  const clock = new VirtualClock()
  const homes = new Homes(SHARDS, 100)
  const here = homes.homeFor(DRIVER, FIX)
  const elsewhere = ((here + 1) % SHARDS) as ShardId
  const sent: { shard: ShardId; token: number; index: number }[] = []
  const routes = {
    isServedHere: (shard: ShardId) => shard === here,
    sendFix({ shard, token, index }: IntakeItem) {
      sent.push({ shard, token, index })
      return 'sent' as const
    },
  }
  const lane = new FixLane({ clock, routes, homes, autoRegister: true, timeoutMs: 6_000, fixesMax: 10 })
  const answer = lane.ingest([{ driverId: DRIVER, fix: { ...FIX, recordedAtMs: clock.nowMs() } }])
  homes.learn(DRIVER, elsewhere)
  for (let i = 0; i < 6; i++) {
    clock.advance(250)
    lane.sweep(clock.nowMs())
  }
  expect(sent.map(({ shard }) => shard)).toEqual([here, elsewhere])
  const last = sent.at(-1)
  lane.onSettled(last?.token ?? 0, last?.index ?? 0, 'duplicate', clock.nowMs())
  expect((await answer)[0]?.result).toBe('committed')
})

test('a position that another node took along when it went is sent again, also where this node has its shard by now', async () => {
  const clock = new VirtualClock()
  const homes = new Homes(SHARDS, 100)
  let isHere = false
  const sent: { token: number; index: number }[] = []
  const routes = {
    isServedHere: () => isHere,
    sendFix({ token, index }: IntakeItem) {
      sent.push({ token, index })
      return 'sent' as const
    },
  }
  const lane = new FixLane({ clock, routes, homes, autoRegister: true, timeoutMs: 6_000, fixesMax: 10 })
  const answer = lane.ingest([{ driverId: DRIVER, fix: { ...FIX, recordedAtMs: clock.nowMs() } }])
  isHere = true
  for (let i = 0; i < 6; i++) {
    clock.advance(250)
    lane.sweep(clock.nowMs())
  }
  expect(sent.length).toBe(2)
  const last = sent.at(-1)
  lane.onSettled(last?.token ?? 0, last?.index ?? 0, 'committed', clock.nowMs())
  expect((await answer)[0]?.result).toBe('committed')
})

describe('answers are held against tries', () => {
  function laneElsewhere() {
    const clock = new VirtualClock()
    const sent: IntakeItem[] = []
    const routes = {
      isServedHere: () => false,
      sendFix(item: IntakeItem) {
        sent.push(item)
        return 'sent' as const
      },
    }
    const homes = new Homes(SHARDS, 100)
    const lane = new FixLane({ clock, routes, homes, autoRegister: true, timeoutMs: 6_000, fixesMax: 10 })
    const offer = () => void lane.ingest([{ driverId: DRIVER, fix: { ...FIX, recordedAtMs: clock.nowMs() } }])
    const answer = (result: IntakeResult, at: number) => {
      const { token, index } = sent[at] as IntakeItem
      lane.onSettled(token, index, result, clock.nowMs())
    }
    const passes = (ms: number) => {
      for (let left = ms; left > 0; left -= 50) {
        clock.advance(50)
        lane.sweep(clock.nowMs())
      }
    }
    return { lane, sent, offer, answer, passes }
  }

  test('a second answer to one position makes up for no other that was lost', () => {
    const { lane, sent, offer, answer, passes } = laneElsewhere()
    offer()
    offer()
    // Two owners of its shard have stored the first, one of them in vain; nobody has read the second.
    answer('committed', 0)
    answer('moved', 0)
    expect(lane.delivery).toMatchObject({ sent: 2, answered: 1, surplusAnswers: 1 })
    passes(6_500)
    const repeats = sent.length - 2
    expect(repeats).toBeGreaterThan(0)
    expect(lane.delivery).toMatchObject({ sent: 2 + repeats, answered: 1, surplusAnswers: 1 })
    // It was given up, and is answered late.
    for (let i = 0; i <= repeats; i++) answer('duplicate', 1)
    expect(lane.delivery).toMatchObject({ sent: 2 + repeats, answered: 2 + repeats, surplusAnswers: 1 })
    answer('duplicate', 1)
    expect(lane.delivery).toMatchObject({ answered: 2 + repeats, surplusAnswers: 2 })
  })

  test('what moves on is a try more, and has its own answer', () => {
    const { lane, sent, offer, answer, passes } = laneElsewhere()
    offer()
    answer('moved', 0)
    passes(50)
    expect(sent.length).toBe(2)
    answer('committed', 1)
    answer('moved', 0)
    expect(lane.delivery).toMatchObject({ sent: 2, answered: 2, surplusAnswers: 1 })
  })
})

describe('a node that is offered more than it can store', () => {
  function laneOf(clock: VirtualClock) {
    const sent: IntakeItem[] = []
    const routes = {
      isServedHere: () => true,
      sendFix(item: IntakeItem) {
        sent.push(item)
        return 'sent' as const
      },
    }
    const homes = new Homes(SHARDS, 100)
    const lane = new FixLane({ clock, routes, homes, autoRegister: true, timeoutMs: 6_000, fixesMax: 1_000 })
    const offer = async (positions = 1): Promise<string> => {
      const fix = { driverId: DRIVER, fix: { ...FIX, recordedAtMs: clock.nowMs() } }
      const answer = lane.ingest(new Array(positions).fill(fix))
      return (await Promise.race([answer, Promise.resolve([{ result: 'taken' }])]))[0]?.result ?? ''
    }
    /** Of a hundred, in the time until the next look. */
    const taken = async (): Promise<number> => {
      const answers = await Promise.all(Array.from({ length: 100 }, () => offer()))
      return answers.filter(answer => answer === 'taken').length
    }
    /** The oldest one under way; at -1 the newest. */
    const answer = (result: IntakeResult = 'committed', at = 0): void => {
      const [item] = sent.splice(at, 1)
      if (item) lane.onSettled(item.token, item.index, result, clock.nowMs())
    }
    const passes = (ms: number): void => {
      for (let left = ms; left > 0; left -= 250) {
        clock.advance(250)
        lane.sweep(clock.nowMs())
      }
    }
    /** Nothing is answered any more for what is under way now. */
    const lose = (): void => void sent.splice(0)
    return { offer, taken, answer, passes, lose }
  }

  /** Its quickest answer took 2.5 s, and three others are still under way. */
  async function behind(clock = new VirtualClock()) {
    const lane = laneOf(clock)
    for (let i = 0; i < 4; i++) expect(await lane.offer()).toBe('taken')
    lane.passes(2_500)
    lane.answer()
    expect(await lane.offer()).toBe('taken')
    lane.passes(250)
    return lane
  }

  test('refuses nearly all once even the quickest answer takes seconds, and takes again once it is quicker', async () => {
    const { offer, taken, answer, passes } = await behind()
    expect(await taken()).toBe(20)
    expect(await offer()).toBe('overloaded')
    for (let i = 0; i < 24; i++) answer()
    passes(250)
    expect(await taken()).toBe(100)
  })

  test('finds within a moment that the way is free, though what it had taken before never gets an answer', async () => {
    const { taken, answer, passes, lose } = await behind()
    lose()
    expect(await taken()).toBe(20)
    for (let i = 0; i < 5; i++) answer()
    passes(250)
    expect(await taken()).toBe(100)
  })

  test('goes on taking while the record answers nothing at all', async () => {
    const { offer, passes } = laneOf(new VirtualClock())
    for (let i = 0; i < 20; i++) {
      expect(await offer()).toBe('taken')
      passes(250)
    }
  })

  test('takes again when the record, after it was slow, does not answer at all', async () => {
    const { offer, taken, passes } = await behind()
    for (let stretch = 0; stretch < 8; stretch++) {
      expect(await offer()).toBe('taken')
      passes(250)
    }
    expect(await taken()).toBe(100)
  })

  test('takes all while one of several that came together is quick, however late the rest is', async () => {
    const { offer, taken, answer, passes } = laneOf(new VirtualClock())
    await offer(2)
    passes(2_500)
    await offer(2)
    answer('committed', -1)
    answer()
    answer()
    passes(250)
    expect(await taken()).toBe(100)
  })

  test('is not made to believe that the record is quick by answers that did not wait for it', async () => {
    const { offer, taken, answer, passes } = laneOf(new VirtualClock())
    await offer()
    await offer()
    passes(2_500)
    answer()
    await offer()
    answer('unknown_driver', -1)
    passes(250)
    expect(await taken()).toBe(20)
  })

  test('refuses while answers come for what was given up before', async () => {
    const { offer, taken, answer, passes } = laneOf(new VirtualClock())
    for (let i = 0; i < 3; i++) await offer()
    passes(6_250)
    expect(await offer()).toBe('taken')
    answer()
    passes(250)
    expect(await taken()).toBe(20)
  })

  test('takes again where nothing is left that waits', async () => {
    const { offer, taken, answer, passes } = laneOf(new VirtualClock())
    await offer()
    passes(2_500)
    answer()
    passes(250)
    expect(await taken()).toBe(100)
  })
})
