import { describe, expect, test } from 'bun:test'
import { VirtualClock } from '../actors/runtime/memory/virtual-clock.ts'
import type { IntakeItem } from '../actors/runtime/ports.ts'
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
  for (let i = 0; i < 10; i++) {
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
  for (let i = 0; i < 10; i++) {
    clock.advance(250)
    lane.sweep(clock.nowMs())
  }
  expect(sent.length).toBe(2)
  const last = sent.at(-1)
  lane.onSettled(last?.token ?? 0, last?.index ?? 0, 'committed', clock.nowMs())
  expect((await answer)[0]?.result).toBe('committed')
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
    const offer = async (): Promise<string> => {
      const answer = lane.ingest([{ driverId: DRIVER, fix: { ...FIX, recordedAtMs: clock.nowMs() } }])
      return (await Promise.race([answer, Promise.resolve([{ result: 'taken' }])]))[0]?.result ?? ''
    }
    const answer = (): void => {
      const item = sent.shift()
      if (item) lane.onSettled(item.token, item.index, 'committed', clock.nowMs())
    }
    const passes = (ms: number): void => {
      for (let left = ms; left > 0; left -= 250) {
        clock.advance(250)
        lane.sweep(clock.nowMs())
      }
    }
    return { offer, answer, passes }
  }

  test('refuses once even the quickest answer takes seconds, and takes again once it is quicker', async () => {
    const { offer, answer, passes } = laneOf(new VirtualClock())
    for (let i = 0; i < 3; i++) expect(await offer()).toBe('taken')
    passes(2_500)
    answer()
    expect(await offer()).toBe('taken')
    passes(250)
    expect(await offer()).toBe('overloaded')
    // The last one was taken a moment ago.
    for (let i = 0; i < 3; i++) answer()
    passes(250)
    expect(await offer()).toBe('taken')
  })

  test('goes on taking while the record answers nothing at all', async () => {
    const { offer, passes } = laneOf(new VirtualClock())
    for (let i = 0; i < 20; i++) {
      expect(await offer()).toBe('taken')
      passes(250)
    }
  })

  test('refuses while answers come for what was given up before', async () => {
    const { offer, answer, passes } = laneOf(new VirtualClock())
    for (let i = 0; i < 3; i++) await offer()
    passes(6_250)
    expect(await offer()).toBe('taken')
    answer()
    passes(250)
    expect(await offer()).toBe('overloaded')
  })

  test('takes again where nothing is left that waits', async () => {
    const { offer, answer, passes } = laneOf(new VirtualClock())
    await offer()
    passes(2_500)
    answer()
    passes(250)
    expect(await offer()).toBe('taken')
  })
})
