import { expect, test } from 'bun:test'
import { keptOf } from './kept.ts'

const answered = { created: new Set(['a', 'b', 'c']), delivered: new Set(['a']), sent: 4 }
const stored = (...ids: readonly string[]) => ids.map(id => ({ id, status: id === 'a' ? 'delivered' : 'placed' }))

test('what was acknowledged is there as it was acknowledged; a booking without an answer may be there too', () => {
  expect(keptOf(answered, stored('a', 'b', 'c'))).toEqual({ lost: 0, repeated: 0 })
  expect(keptOf(answered, stored('a', 'b', 'c', 'unanswered'))).toEqual({ lost: 0, repeated: 0 })
})

test('one that nobody was told of pays for none that is missing', () => {
  expect(keptOf(answered, stored('a', 'b', 'other'))).toEqual({ lost: 1, repeated: 0 })
  expect(keptOf(answered, stored('b', 'c', 'other'))).toEqual({ lost: 1, repeated: 0 })
})

test('an order that was delivered and is not, is lost', () => {
  expect(keptOf({ ...answered, delivered: new Set(['a', 'b']) }, stored('a', 'b', 'c')).lost).toBe(1)
})

test('more than were asked for are doubles', () => {
  expect(keptOf(answered, stored('a', 'b', 'c', 'd', 'e', 'f')).repeated).toBe(2)
})
