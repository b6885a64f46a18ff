import { expect, test } from 'bun:test'
import { judgeBooking } from './judge-booking.ts'
import { type JournalEvent, replay } from './replay.ts'

const ORDER = 'ord_1'
const DUE = 1_000_000

function life(events: readonly Partial<JournalEvent>[]) {
  const nothing = { status: null, driverId: null, offerId: null, reason: null, refused: null, offers: null }
  const all = events.map((event, i) => ({ ...nothing, version: i + 1, type: '', atMs: 0, ...event }))
  return replay(all)
}
const found = (...events: Partial<JournalEvent>[]) =>
  judgeBooking(ORDER, life(events), driverId => driverId === 'cy').map(({ what }) => what)
const booked = { type: 'placed', atMs: 1, dueAtMs: DUE }
const due = { type: 'due', atMs: DUE + 900 }
const offered = (driverId: string): Partial<JournalEvent> => ({
  type: 'offered',
  atMs: DUE + 1_000,
  offers: [{ offerId: 'off_1', driverId, expiresAtMs: DUE + 9_000 }],
})

test('an order for later is as it is told: scheduled, promised, placed, assigned', () => {
  const { states } = life([
    booked,
    { type: 'reserved', driverId: 'ann' },
    due,
    offered('ann'),
    { type: 'assigned', driverId: 'ann', offerId: 'off_1' },
    { type: 'unassigned', driverId: 'ann' },
  ])
  expect(states.map(({ status, driverId }) => `${status} ${driverId}`)).toEqual([
    'scheduled null',
    'scheduled ann',
    'placed ann',
    'placed ann',
    'assigned ann',
    'placed null',
  ])
})

test('what is due in its time, once, and asks its driver first is as it should be', () => {
  expect(found(booked, { type: 'reserved', driverId: 'ann' }, due, offered('ann'))).toEqual([])
  expect(found(booked, { type: 'reserved', driverId: 'ann' }, due, { type: 'unreserved' }, offered('bob'))).toEqual([])
  expect(found(booked, { type: 'amended', dueAtMs: DUE + 800 }, due, offered('bob'))).toEqual([])
  expect(found({ type: 'placed', atMs: 1, dueAtMs: 1 }, offered('bob'))).toEqual([])
})

test('what is due twice, too early, much too late, or given away before is found', () => {
  expect(found(booked, due, due)).toEqual(['due twice'])
  expect(found(booked, { type: 'amended', dueAtMs: DUE + 5_000 }, due)).toEqual(['its search began before it was due'])
  expect(found(booked, { ...due, atMs: DUE + 61_000 })).toEqual(['its search began long after it was due'])
  expect(found(booked, { type: 'assigned', driverId: 'ann' })).toEqual(['assigned before it was due'])
})

test('a dispatcher gives it to whom it likes', () => {
  expect(found(booked, { type: 'reserved', driverId: 'ann' }, due, offered('cy'))).toEqual([])
})

test('a driver other than the one that it is promised to is found', () => {
  expect(found(booked, { type: 'reserved', driverId: 'ann' }, due, offered('bob'))).toEqual([
    'promised to one driver, and another was asked',
  ])
})
