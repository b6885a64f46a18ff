import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { isSamePin, missingProof, pinFrom } from './delivery-proof.ts'

test('a PIN is the same as itself and as nothing else', () => {
  const digits = fc.stringMatching(/^[0-9]{0,6}$/)
  fc.assert(fc.property(digits, digits, (a, b) => isSamePin(a, b) === (a === b)))
  expect(isSamePin('12345', '1234')).toBe(false)
  expect(isSamePin('', '')).toBe(true)
})

test('a PIN has four digits, whatever the bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), bytes => /^[0-9]{4}$/.test(pinFrom(bytes))))
  expect(pinFrom(new Uint8Array([0, 0, 0, 7]))).toBe('0007')
})

test('what is missing is what is required and not claimed', () => {
  const photo = { ref: 'p', sha256: 'a'.repeat(64) }
  const claim = { pin: null, photo, signature: null, waivedBecause: null }
  expect(missingProof({ required: ['pin', 'photo', 'signature'] }, claim)).toEqual(['pin', 'signature'])
  expect(missingProof({ required: ['photo'] }, null)).toEqual(['photo'])
  expect(missingProof({ required: [] }, null)).toEqual([])
})
