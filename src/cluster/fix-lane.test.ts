import { expect, test } from 'bun:test'
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
