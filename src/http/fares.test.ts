import { expect, test } from 'bun:test'
import { isTurnedAway } from './fares.ts'

test.each(['busy', 'unavailable'] as const)('who is refused because the node is %s is turned away', kind => {
  expect(isTurnedAway({ kind })).toBe(true)
})

test('who may have been taken in is not turned away: the order itself says that somebody asks', () => {
  expect(isTurnedAway({ kind: 'timeout' })).toBe(false)
})
