import { expect, test } from 'bun:test'
import { asJson, type JsonObject } from '../actors/runtime/turn.ts'
import { bodyTexts, KnownTerms } from './order-text.ts'

const TERMS = { orderId: 'ord_1', pickup: { latitude: 1, longitude: 2 }, notes: 'ring twice' }

function answer(terms: JsonObject, version: number): JsonObject {
  return asJson({ kind: 'order', order: { terms, status: 'placed', version } })
}

test('what is read is what was written: of an order, of its driver’s phone, and of what has no order', () => {
  const known = new KnownTerms()
  for (const body of [
    answer(TERMS, 1),
    asJson({ offer_id: 'off_1', order: { terms: TERMS, status: 'placed' }, expires_at_ms: 5 }),
    asJson({ kind: 'offer_closed' }),
    asJson({ order: null }),
    asJson({ order: { status: 'of a form that has no terms' } }),
    asJson({ order: ['none'] }),
  ]) {
    expect(known.read(bodyTexts(body))).toEqual(body)
  }
})

test('terms cross as the same text for as long as they are the same, and are read once', () => {
  const known = new KnownTerms()
  const [first, second] = [bodyTexts(answer(TERMS, 1)), bodyTexts(answer(TERMS, 2))]
  expect(second[1]).toBe(first[1] as string)
  expect(second[0]).not.toContain('ring twice')
  const termsOf = (texts: ReturnType<typeof bodyTexts>) => (known.read(texts).order as JsonObject).terms as JsonObject
  expect(termsOf(second)).toBe(termsOf(first))
})

test('terms that were changed are others', () => {
  const known = new KnownTerms()
  known.read(bodyTexts(answer(TERMS, 1)))
  const changed = { ...TERMS, notes: 'do not ring' }
  expect(known.read(bodyTexts(answer(changed, 2)))).toEqual(answer(changed, 2))
})

test('of very many the oldest are forgotten, and read anew', () => {
  const known = new KnownTerms()
  const first = bodyTexts(answer(TERMS, 1))
  const before = (known.read(first).order as JsonObject).terms as JsonObject
  const notes = 'n'.repeat(2_000)
  for (let i = 0; i < 5_000; i++) known.read(bodyTexts(answer({ ...TERMS, orderId: `ord_${i}`, notes }, 1)))
  const after = (known.read(first).order as JsonObject).terms as JsonObject
  expect(after).toEqual(before)
  expect(after).not.toBe(before)
})

test('very long ones are not kept, and read each time', () => {
  const known = new KnownTerms()
  const texts = bodyTexts(answer({ ...TERMS, notes: 'n'.repeat(40_000) }, 1))
  const [first, second] = [known.read(texts), known.read(texts)].map(body => (body.order as JsonObject).terms)
  expect(second).toEqual(first as JsonObject)
  expect(second).not.toBe(first as JsonObject)
})
