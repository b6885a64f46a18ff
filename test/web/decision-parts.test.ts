/** How a decision is told: who was cheapest, of what the costs are made, and who could not be had. */
import { expect, test } from 'bun:test'
import { costedOf, ruledOutBy, termRows } from '../../src/web/console/decision-parts.ts'
import type { Candidate, Decision } from '../../src/web/shared/views.ts'

function candidate(driver_id: string, cost: number | null, more: Partial<Candidate> = {}): Candidate {
  return { driver_id, cost, pickup_eta_s: cost, terms: {}, excluded_by: null, ...more }
}

const decision = (...candidates: Candidate[]): Decision => ({ at: '2026-01-01T00:00:00Z', chosen: null, candidates })

test('the cheapest comes first, and whoever was ruled out is in another list with its reason', () => {
  const all = decision(
    candidate('far', 300),
    candidate('asked already', 20, { excluded_by: 'refused' }),
    candidate('near', 90),
    candidate('no room', null, { excluded_by: 'capacity' }),
    candidate('no room either', null, { excluded_by: 'capacity' }),
  )
  expect(costedOf(all).map(({ driver_id }) => driver_id)).toEqual(['near', 'far'])
  expect(ruledOutBy(all)).toEqual([
    ['capacity', ['no room', 'no room either']],
    ['refused', ['asked already']],
  ])
})

test('terms stand side by side; one that is nothing for everybody is left out, and a new one is said as it is called', () => {
  const rows = termRows([
    candidate('a', 90, { terms: { pickup_eta_s: 90, idle_s: 0, moon_phase_s: 3 } }),
    candidate('b', 95, { terms: { pickup_eta_s: 100, idle_s: 0, trip_s: -5 } }),
  ])
  expect(rows).toEqual([
    { name: 'Way to the pickup', values: [90, 100] },
    { name: 'Moon phase', values: [3, null] },
    { name: 'Length of trip', values: [null, -5] },
  ])
})
