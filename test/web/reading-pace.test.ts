import { expect, test } from 'bun:test'
import { AFTER_NEWS_MS, NET_EVERY_MS, type ReadingState, whatToRead } from '../../src/web/console/reading-pace.ts'

const QUIET: ReadingState = { nowMs: 1_000_000, readAtMs: 999_000, isLive: true, isHinted: false, isHidden: false }

test('at first everything is read, whoever looks', () => {
  expect(whatToRead({ ...QUIET, readAtMs: null, isHidden: true })).toBe('all')
})

test('beside a live socket only what is new is looked for, and everything now and then', () => {
  expect(whatToRead(QUIET)).toBe('new')
  expect(whatToRead({ ...QUIET, readAtMs: QUIET.nowMs - NET_EVERY_MS + 1 })).toBe('new')
  expect(whatToRead({ ...QUIET, readAtMs: QUIET.nowMs - NET_EVERY_MS })).toBe('all')
})

test('after news everything is read, though not with every one', () => {
  expect(whatToRead({ ...QUIET, isHinted: true })).toBe('new')
  expect(whatToRead({ ...QUIET, isHinted: true, readAtMs: QUIET.nowMs - AFTER_NEWS_MS })).toBe('all')
})

test('without a live socket everything is read each time', () => {
  expect(whatToRead({ ...QUIET, isLive: false })).toBe('all')
})

test('where nobody looks nothing is read', () => {
  expect(whatToRead({ ...QUIET, isHidden: true, isLive: false, isHinted: true, readAtMs: 0 })).toBe('nothing')
})

test('a clock that was set back does not stop the net', () => {
  expect(whatToRead({ ...QUIET, readAtMs: QUIET.nowMs + 3_600_000 })).toBe('all')
})
