/** What a driver tells the metropolis that prices: whether it is free, has an order, or does not work any more. */
import { expect, test } from 'bun:test'
import { sentBy } from '../turn.fixtures.ts'
import { confirmedOf, driver, FIRST, fix, offerOf, PLACE, SECOND, TASK, take } from './driver.fixtures.ts'
import type { DriverMessage } from './driver.messages.ts'
import type { DriverState } from './driver.state.ts'

const profile = { ...driver().profile, capacity: 2 }
/** A courier who may have two orders at once, and has none. */
const courier = take(driver({ profile }), fix(PLACE)).state
const assignments = [FIRST, SECOND].map(of => ({ ...of, size: 1, task: TASK }))
const revoke = (offerId = FIRST.offerId) => ({ kind: 'driver.revoke', offerId, reason: 'expired' }) as const

/** All that prices are told by each of these, and the driver after them. */
function told(state: DriverState, ...messages: readonly DriverMessage[]) {
  const words: string[] = []
  let after = state
  for (const message of messages) {
    const taken = take(after, message)
    const its = sentBy(taken.turn).filter(({ kind }) => kind === 'pricing.driver') as { kind: string; is?: string }[]
    words.push(its.map(({ is }) => is).join(' '))
    after = taken.state
  }
  return { words, after }
}

test('a courier with an order is busy, though it has room for another: neither free nor gone', () => {
  expect(told(courier, offerOf(FIRST), confirmedOf(FIRST, 5)).words).toEqual(['', 'busy'])
})

test('a courier that was asked and did not get the order is free as before', () => {
  expect(told(courier, offerOf(FIRST), revoke()).words).toEqual(['', 'idle'])
})

test('a courier that was asked about an order to follow was not free before, and is not now', () => {
  const underWay = driver({ profile, assignments: [{ ...FIRST, size: 1, task: TASK }] })
  const { after } = told(underWay, fix(PLACE), offerOf(SECOND))
  expect(after.hold).not.toBeNull()
  expect(told(after, revoke(SECOND.offerId)).words).toEqual([''])
  expect(told(after, confirmedOf(SECOND, 5)).words).toEqual([''])
})

test('who was believed free and turns out to have an order has not left', () => {
  const { announced } = courier
  const loaded = driver({ profile, announced, assignments: [{ ...FIRST, size: 1 }] })
  expect(told(loaded, { kind: 'timer', name: 'announce' }).words).toEqual(['busy'])
  const off = { kind: 'driver.availability', status: 'offline' } as const
  expect([told(courier, off).words, told(loaded, off).words]).toEqual([['off'], ['busy']])
})

test('a courier that has delivered one of two orders has not left, though prices were told that it would be free', () => {
  const delivered = { kind: 'driver.ended', ...FIRST, reason: 'delivered', status: 'delivered' } as const
  expect(told(driver({ profile, assignments }), delivered).words).toEqual(['busy'])
})

test('a courier from whom the order to follow is taken away will be free as the one under way has told', () => {
  const cancelled = { kind: 'driver.ended', ...SECOND, reason: 'no need', status: 'cancelled' } as const
  expect(told(driver({ profile, assignments }), cancelled).words).toEqual([''])
})
