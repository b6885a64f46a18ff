import { expect, test } from 'bun:test'
import { cellAt, INDEX_RES } from '../../domain/h3.ts'
import type { DriverId } from '../../domain/ids.ts'
import { HeardInterest } from './heard-interest.ts'
import { ALL_FIXES, fixesOfCell, fixesOfDriver, fixesSubject, liveSubject } from './subjects.ts'
import type { WantsMode } from './wants-frames.ts'

const SILENCE_MAX_MS = 1_000
const PLACE = { latitude: 37.7752, longitude: -122.4184 }
const CELL = cellAt(PLACE, INDEX_RES)
const ORDER = liveSubject('order:ord_1')
const FIX = fixesSubject(PLACE, 'ann' as DriverId)

function interest() {
  const heard = new HeardInterest({ node: 'own', silenceMaxMs: SILENCE_MAX_MS })
  heard.settle(0)
  const tell = (node: string, mode: WantsMode, subjects: readonly string[] = [], nowMs = 0) =>
    heard.learn({ node, mode, subjects }, nowMs)
  return { heard, tell }
}

/** Among `own` and `other`, which wants that. */
function wanting(...subjects: readonly string[]): HeardInterest {
  const { heard, tell } = interest()
  heard.learnMembers(['own', 'other'], 0)
  tell('other', 'all', subjects)
  return heard
}

test('everything passes until all other members have said what they want', () => {
  const { heard, tell } = interest()
  expect(heard.isWanted(ORDER)).toBe(true)
  heard.learnMembers(['own', 'a', 'b'], 0)
  expect(heard.isWanted(ORDER)).toBe(true)
  tell('a', 'all')
  expect(heard.isWanted(ORDER)).toBe(true)
  tell('b', 'more', [FIX])
  expect(heard.isWanted(ORDER)).toBe(true)
  tell('b', 'all')
  expect(heard.isWanted(ORDER)).toBe(false)
})

test('a member that comes, and one whose announcements may have been missed, open it again', () => {
  const { heard, tell } = interest()
  heard.learnMembers(['own', 'a'], 0)
  tell('a', 'all')
  heard.learnMembers(['own', 'a', 'old_version'], 0)
  expect(heard.isWanted(ORDER)).toBe(true)
  heard.learnMembers(['own', 'a'], 0)
  expect(heard.isWanted(ORDER)).toBe(false)
  heard.forget()
  tell('a', 'all')
  expect(heard.isWanted(ORDER)).toBe(true)
  heard.settle(0)
  expect(heard.isWanted(ORDER)).toBe(false)
})

test('who is alone says nothing', () => {
  const { heard, tell } = interest()
  heard.learnMembers(['own'], 0)
  tell('own', 'all', [ORDER])
  expect(heard.isWanted(ORDER)).toBe(false)
})

test.each([
  ['one order', [ORDER], ORDER, true],
  ['another order', [liveSubject('order:ord_2')], ORDER, false],
  ['all phones', [liveSubject('phone:*')], liveSubject('phone:ann'), true],
  ['all phones, and an order is told', [liveSubject('phone:*')], ORDER, false],
  ['one driver', [fixesOfDriver('ann')], FIX, true],
  ['its metropolis', [fixesOfCell(CELL)], FIX, true],
  ['the fleet', [ALL_FIXES], FIX, true],
  ['the fleet’s positions, and an order is told', [ALL_FIXES], ORDER, false],
  ['nothing', [], FIX, false],
])('wanted: %s', (_, wanted, told, expected) => {
  expect(wanting(...wanted).isWanted(told)).toBe(expected)
})

test('what is watched and no more watched follows the announcements, whoever else watches it', () => {
  const { heard, tell } = interest()
  heard.learnMembers(['own', 'a', 'b'], 0)
  tell('a', 'all')
  tell('b', 'all')
  tell('a', 'more', [ORDER])
  tell('b', 'more', [ORDER])
  tell('a', 'fewer', [ORDER])
  expect(heard.isWanted(ORDER)).toBe(true)
  tell('b', 'fewer', [ORDER])
  expect(heard.isWanted(ORDER)).toBe(false)
})

test('a node that lost its lease is heard until it is silent, one that says so is not', () => {
  const { heard, tell } = interest()
  heard.learnMembers(['own', 'a', 'b'], 0)
  tell('a', 'all', [ORDER])
  tell('b', 'all', [FIX])
  heard.learnMembers(['own', 'b'], 10)
  expect(heard.isWanted(ORDER)).toBe(true)
  tell('b', 'all', [FIX], SILENCE_MAX_MS + 1)
  expect(heard.isWanted(ORDER)).toBe(false)
  tell('b', 'gone', [], SILENCE_MAX_MS + 1)
  expect(heard.isWanted(FIX)).toBe(true)
  heard.learnMembers(['own'], SILENCE_MAX_MS + 1)
  expect(heard.isWanted(FIX)).toBe(false)
})
