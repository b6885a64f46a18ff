import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { canonicalJson, requestHash } from './canonical-json.ts'

test('the order of keys does not matter, that of lists does', () => {
  expect(requestHash({ a: 1, b: { c: [1, 2], d: null } })).toBe(requestHash({ b: { d: null, c: [1, 2] }, a: 1 }))
  expect(requestHash({ a: [1, 2] })).not.toBe(requestHash({ a: [2, 1] }))
  expect(requestHash({ a: 1 })).not.toBe(requestHash({ a: '1' }))
})

test('the canonical text says what the value says', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})
