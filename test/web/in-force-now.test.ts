import { expect, test } from 'bun:test'
import type { Ruleset } from '../../src/web/shared/manage.ts'
import { standingsOf } from '../../src/web/views/prices/in-force-now.ts'

const NOW = Date.parse('2026-05-01T12:00:00Z')

function ruleset(version: string, more: Partial<Ruleset>): Ruleset {
  const figures = { base_minor: 1, per_km_minor: 1, per_minute_minor: 1, minimum_minor: 1, round_to_minor: 1 }
  return {
    ...figures,
    version,
    currency: 'EUR',
    maximum_minor: null,
    valid_from: '2026-01-01T00:00:00Z',
    valid_to: null,
    cells: null,
    created_at: '2026-01-01T00:00:00Z',
    ...more,
  }
}

test('what began last is in force, what it took the place of is behind it', () => {
  const standings = standingsOf([ruleset('2', { valid_from: '2026-04-01T00:00:00Z' }), ruleset('1', {})], NOW)
  expect([...standings]).toEqual([
    ['2', 'in_force'],
    ['1', 'behind'],
  ])
})

test('one for a city leaves the one for everywhere in force elsewhere', () => {
  const city = ruleset('city', { cells: ['841f1d5ffffffff'], valid_from: '2026-04-01T00:00:00Z' })
  const standings = standingsOf([city, ruleset('all', {})], NOW)
  expect(standings.get('city')).toBe('in_force')
  expect(standings.get('all')).toBe('in_force')
})

test('what begins later is not in force yet, and what has ended is no more', () => {
  const standings = standingsOf(
    [ruleset('later', { valid_from: '2026-06-01T00:00:00Z' }), ruleset('ended', { valid_to: '2026-02-01T00:00:00Z' })],
    NOW,
  )
  expect([...standings.values()]).toEqual(['later', 'ended'])
})
