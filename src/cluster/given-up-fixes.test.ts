import { expect, test } from 'bun:test'
import { VirtualClock } from '../actors/runtime/memory/virtual-clock.ts'
import type { IntakeItem } from '../actors/runtime/ports.ts'
import type { DriverId, ShardId } from '../domain/ids.ts'
import { AnswerRows } from './answer-rows.ts'
import { FRAME } from './frames.ts'
import { GIVEN_UP_KEPT_MS, GIVEN_UP_MAX, GivenUpFixes } from './given-up-fixes.ts'
import { ThreadGateway } from './thread-gateway.ts'

const DRIVER = 'drv_1' as DriverId
const FIX = { latitude: 37.775, longitude: -122.418, speed: null, heading: null, accuracy: null, orderId: null }

function items(token: number, length: number): IntakeItem[] {
  const shard = 0 as ShardId
  const fix = { ...FIX, recordedAtMs: 1 }
  return Array.from({ length }, (_, index) => ({ driverId: DRIVER, shard, token, index, create: true, fix }))
}

test('what was given up can be named for a minute, and no more of it than there is room for', () => {
  const lately = new GivenUpFixes()
  lately.add(1, [...items(1, 1), null], 0)
  expect(lately.find(1, 0)?.driverId).toBe(DRIVER)
  expect([lately.find(1, 1), lately.find(2, 0)]).toEqual([null, null])
  lately.forget(GIVEN_UP_KEPT_MS - 1)
  expect(lately.find(1, 0)).not.toBeNull()
  lately.forget(GIVEN_UP_KEPT_MS)
  expect(lately.find(1, 0)).toBeNull()

  lately.add(2, items(2, GIVEN_UP_MAX), 0)
  lately.add(3, items(3, 1), 0)
  expect([lately.find(2, 0), lately.find(3, 0)?.token]).toEqual([null, 3])
})

test('a position that is stored after its sender was told to come again is shown', async () => {
  const clock = new VirtualClock()
  const gateway = new ThreadGateway({
    clock,
    random: () => 0.5,
    shards: 16,
    autoRegister: true,
    limits: { askTimeoutMs: 6_000, asksMax: 10, fixesMax: 10, homesMax: 10 },
  })
  const seen: string[] = []
  gateway.listen({ onFix: ({ driverId }) => seen.push(driverId), onPublish: () => undefined })
  const answer = gateway.ingest([{ driverId: DRIVER, fix: { ...FIX, recordedAtMs: clock.nowMs() } }])
  clock.advance(6_500)
  expect(await answer).toMatchObject([{ result: 'overloaded' }])

  const rows = new AnswerRows(FRAME.seenRows)
  rows.add(1, 0, clock.nowMs() - 6_500, clock.nowMs())
  gateway.onFrame(rows.frame)
  expect(seen).toEqual([DRIVER])
})
