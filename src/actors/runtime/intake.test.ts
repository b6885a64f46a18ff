/** What comes while the record is at work. What becomes of single positions is in `positions.test.ts`. */
import { expect, test } from 'bun:test'
import type { DriverId, ShardId } from '../../domain/ids.ts'
import { CURRENT_MAX_AGE_MS } from '../../domain/position-guard.ts'
import { StoreUnavailableError } from './errors.ts'
import { Intake } from './intake.ts'
import { VirtualClock } from './memory/virtual-clock.ts'
import type { FixOutcome, FixRow } from './ports.ts'
import type { Slot } from './slot.ts'

const START_MS = 1_800_000_000_000
const MUCH = 2_000

/** A record that answers when it is told to. */
function intakeOf() {
  const clock = new VirtualClock({ startMs: START_MS })
  const appends: { rows: readonly FixRow[]; answer: PromiseWithResolvers<FixOutcome[]> }[] = []
  const settled: number[] = []
  const intake = new Intake({
    clock,
    locations: {
      append(rows) {
        const answer = Promise.withResolvers<FixOutcome[]>()
        appends.push({ rows, answer })
        return answer.promise
      },
    },
    bus: { settleFix: (_, token) => void settled.push(token), publishFix: () => {}, flush: () => {} },
    fail: error => {
      throw error
    },
  })
  let token = 0
  const take = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const place = { latitude: 37, longitude: -122, speed: null, heading: null, accuracy: null, orderId: null }
      const fix = { ...place, recordedAtMs: START_MS }
      const driverId = `d${++token}` as DriverId
      intake.take({ guard: null }, '', { driverId, shard: 0 as ShardId, token, index: 0, create: true, fix })
    }
    intake.flush()
  }
  const stored = async (append: number): Promise<void> => {
    const { rows, answer } = appends[append] ?? { rows: [], answer: Promise.withResolvers<FixOutcome[]>() }
    answer.resolve(rows.map(() => 'stored'))
    await answer.promise
  }
  const lost = async (append: number): Promise<void> => {
    appends[append]?.answer.reject(new StoreUnavailableError('lost'))
    await appends[append]?.answer.promise.catch(() => {})
  }
  return { clock, intake, appends, settled, take, stored, lost }
}

test('the guard of a driver is written over, and is nobody else’s: not even that of who has sent only what is long past', () => {
  const { intake } = intakeOf()
  const sent = (slot: Pick<Slot, 'guard'>, recordedAtMs: number) =>
    intake.take(slot, '', {
      driverId: 'ann' as DriverId,
      shard: 0 as ShardId,
      token: 1,
      index: 0,
      create: true,
      fix: { latitude: 37, longitude: -122, speed: null, heading: null, accuracy: null, orderId: null, recordedAtMs },
    })?.recordedAtMs
  const slots: Pick<Slot, 'guard'>[] = [{ guard: null }, { guard: null }]
  for (const slot of slots) expect(sent(slot, START_MS - 2 * CURRENT_MAX_AGE_MS)).toBeUndefined()
  const guards = slots.map(slot => slot.guard)
  for (const slot of slots) expect(sent(slot, START_MS)).toBe(START_MS)
  for (const [n, slot] of slots.entries()) expect(slot.guard).toBe(guards[n] ?? null)
})

test('a little waits for the batch that is under way, and goes as one', async () => {
  const { appends, take, stored, settled } = intakeOf()
  take(1)
  take(5)
  take(6)
  expect(appends.map(({ rows }) => rows.length)).toEqual([1])
  await stored(0)
  expect(appends.map(({ rows }) => rows.length)).toEqual([1, 11])
  expect(settled).toEqual([1])
})

test('much goes on its way beside the batch that is under way, and no third', async () => {
  const { appends, take, stored, settled, intake } = intakeOf()
  take(10)
  take(MUCH)
  take(MUCH)
  expect(appends.map(({ rows }) => rows.length)).toEqual([10, MUCH])
  await stored(0)
  expect(appends.map(({ rows }) => rows.length)).toEqual([10, MUCH, MUCH])
  await stored(1)
  await stored(2)
  expect(settled.length).toBe(10 + 2 * MUCH)
  expect(intake.isIdle).toBe(true)
})

test('what is stored before what was taken first is answered after it', async () => {
  const { appends, clock, take, stored, lost, settled, intake } = intakeOf()
  take(10)
  take(MUCH)
  let isAllSettled = false
  intake.whenSettled({ run: () => (isAllSettled = true), stalled: () => {} })
  await stored(1)
  expect(settled).toEqual([])
  await lost(0)
  expect(isAllSettled).toBe(false)
  take(MUCH)
  // Only the batch that was lost is tried again: nothing new goes out before it is known.
  clock.advance(250)
  expect(appends.map(({ rows }) => rows.length)).toEqual([10, MUCH, 10])
  await stored(2)
  expect(settled).toEqual(Array.from({ length: 10 + MUCH }, (_, i) => i + 1))
  expect(isAllSettled).toBe(true)
  expect(appends.map(({ rows }) => rows.length)).toEqual([10, MUCH, 10, MUCH])
})

test('both batches of a record that is away are tried again', async () => {
  const { appends, clock, take, stored, lost, settled } = intakeOf()
  take(10)
  take(MUCH)
  await lost(0)
  await lost(1)
  clock.advance(250)
  expect(appends.map(({ rows }) => rows.length)).toEqual([10, MUCH, 10, MUCH])
  await stored(3)
  await stored(2)
  expect(settled.length).toBe(10 + MUCH)
  expect(settled[0]).toBe(1)
})
