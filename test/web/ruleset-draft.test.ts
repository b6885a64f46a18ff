import { expect, test } from 'bun:test'
import type { Ruleset } from '../../src/web/shared/manage.ts'
import { bodyOf, draftFrom, nextVersion } from '../../src/web/views/prices/ruleset-draft.ts'

/** As the API gives it back: what it has none of is null or empty. */
const BEFORE = {
  version: 'berlin-9',
  currency: 'EUR',
  base_minor: 300,
  per_km_minor: 150,
  per_minute_minor: 30,
  minimum_minor: 700,
  maximum_minor: null,
  round_to_minor: 10,
  by_vehicle_type: { van: 1_500 },
  time_zone: null,
  time_bands: [],
  surge: { cap_permille: 1_500 },
  waiting: null,
  valid_from: '2026-01-01T00:00:00Z',
  valid_to: null,
  cells: null,
  created_at: '2026-01-01T00:00:00Z',
} as unknown as Ruleset

test('a draft that begins from a ruleset is that ruleset under the next version, from now on', () => {
  expect(bodyOf(draftFrom(BEFORE))).toEqual({
    kind: 'body',
    body: {
      version: 'berlin-10',
      currency: 'EUR',
      base_minor: 300,
      per_km_minor: 150,
      per_minute_minor: 30,
      minimum_minor: 700,
      round_to_minor: 10,
      by_vehicle_type: { van: 1_500 },
      surge: { cap_permille: 1_500 },
    },
  })
})

test('further rules that are no JSON, or no object, are not sent', () => {
  const draft = draftFrom(BEFORE)
  expect(bodyOf({ ...draft, further: '{"surge": ' })).toMatchObject({ kind: 'broken' })
  expect(bodyOf({ ...draft, further: '[1]' })).toMatchObject({ kind: 'broken' })
})

test('what is typed into the form counts over the same name in the JSON', () => {
  const read = bodyOf({ ...draftFrom(BEFORE), base_minor: '400', further: '{"base_minor": 1}' })
  expect(read).toMatchObject({ body: { base_minor: 400 } })
})

test('a figure that is none is sent as none, for the API to say so at its field', () => {
  const read = bodyOf({ ...draftFrom(BEFORE), base_minor: '4.50' })
  expect(JSON.parse(JSON.stringify(read))).toMatchObject({ body: { base_minor: null } })
})

test('the next version counts on where there is a number to count', () => {
  expect(['', '1', 'summer', 'summer-9', 'v2.3'].map(nextVersion)).toEqual(['1', '2', 'summer-2', 'summer-10', 'v2.4'])
})
