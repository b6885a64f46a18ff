import { expect, test } from 'bun:test'
import type { JsonObject } from '../actors/runtime/turn.ts'
import { packDecision, unpackDecision } from './packed-decision.ts'

const candidate = (id: string, excludedBy: string | null = null): JsonObject => ({
  driver_id: id,
  pickup_eta_s: 12,
  cost: 10.5,
  terms: { pickup_eta_s: 12, idle_s: -1.5, trip_s: 0 },
  excluded_by: excludedBy,
})
const body = {
  cell: '84',
  window_ms: 200,
  chosen: { driver_id: 'drv_1', pickup_eta_s: 12, cost: 10.5 },
  planned: null,
  candidates: [candidate('drv_1'), candidate('drv_2', 'busy'), candidate('drv "3"')],
}

function andBack(decision: JsonObject): JsonObject | null {
  const packed = packDecision(decision)
  return packed && unpackDecision(JSON.stringify(packed))
}

test('what comes out is what went in, in less than half the text', () => {
  expect(andBack(body)).toEqual(body)
  const many = { ...body, candidates: Array.from({ length: 16 }, (_, n) => candidate(`drv_${n}`)) }
  expect(JSON.stringify(packDecision(many)).length).toBeLessThan(JSON.stringify(many).length / 2)
})

test.each([
  ['without candidates', { cell: null, why: 'near' }],
  ['with none of them', { ...body, candidates: [] }],
  [
    'whose candidates differ in their words',
    { ...body, candidates: [candidate('drv_1'), { ...candidate('drv_2'), more: 1 }] },
  ],
  [
    'whose candidates have other words, as many',
    {
      ...body,
      candidates: [
        candidate('drv_1'),
        { driver_id: 'drv_2', eta: 1, cost: 1, terms: candidate('x').terms as JsonObject, excluded_by: null },
      ],
    },
  ],
  [
    'whose terms differ',
    { ...body, candidates: [candidate('drv_1'), { ...candidate('drv_2'), terms: { idle_s: 1 } }] },
  ],
  ['whose candidates have no terms', { ...body, candidates: [{ driver_id: 'drv_1' }] }],
])('one %s is left as it is', (_, decision) => {
  expect(packDecision(decision as JsonObject)).toBeNull()
})
