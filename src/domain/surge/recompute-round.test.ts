import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { disk } from '../h3.ts'
import { digestsOf, emptyDigest } from './border.ts'
import { areaOf } from './neighbourhood.ts'
import { cellIn, recomputedCells } from './recompute-round.ts'
import { Area, BORDER, counts, DOWNTOWN, ROUND_MS, START_MS } from './surge.fixtures.ts'
import type { SurgeRound } from './surge-round.ts'

const CELLS = disk(BORDER.here, 3)
const AREAS = [...new Set(CELLS.map(areaOf))]

/** As the record has it back. */
const stored = (round: SurgeRound) => JSON.parse(JSON.stringify(round)) as SurgeRound

const counted = fc.array(
  fc.record({
    cell: fc.constantFrom(...CELLS),
    demand: fc.nat(40),
    idle: fc.nat(8),
    soon: fc.nat(3),
    left: fc.nat(30),
    leftPermille: fc.nat(9_000),
  }),
  { maxLength: 12 },
)
const minute = fc.record({ counted, skips: fc.boolean(), isTold: fc.boolean() })

/** Two metropolises that tell each other of their border, or fail to, and leave rounds out. */
function lived(minutes: readonly { counted: ReturnType<typeof counts>[]; skips: boolean; isTold: boolean }[]) {
  const all = AREAS.map(area => new Area(area))
  const rounds: { round: SurgeRound; previous: SurgeRound | null }[] = []
  minutes.forEach(({ counted: all_counts, skips, isTold }, n) => {
    const once = [...new Map(all_counts.map(count => [count.cell, count])).values()]
    for (const area of all) {
      if (skips && n > 0 && area === all[0]) continue
      const previous = area.last
      const round = area.round(
        START_MS + n * ROUND_MS + 17,
        once.filter(count => areaOf(count.cell) === area.area),
      )
      rounds.push({ round: stored(round), previous: previous && stored(previous) })
    }
    if (!isTold) return
    for (const from of all) {
      for (const to of all) {
        if (!from.last || from === to) continue
        to.digests.set(from.area, digestsOf(from.last, from.rules).get(to.area) ?? emptyDigest(from.last, from.rules))
      }
    }
  })
  return { rounds, rules: all[0]?.rules ?? new Area(BORDER.here).rules }
}

test('every round is computed again from what is stored with it, at a border, over gaps and with digests that were lost', () => {
  let surged = 0
  fc.assert(
    fc.property(fc.array(minute, { minLength: 3, maxLength: 12 }), minutes => {
      const { rounds, rules } = lived(minutes)
      for (const { round, previous } of rounds) {
        const again = recomputedCells({ round, previous, rules })
        expect([...(again?.values() ?? [])]).toEqual([...round.cells])
        surged += round.cells.filter(cell => cell.multiplierPermille > 1_000).length
      }
    }),
    { numRuns: 60 },
  )
  expect(surged).toBeGreaterThan(100)
})

test('a multiplier, a count, or the round before it that was changed gives another one', () => {
  const busy = disk(DOWNTOWN, 2).map(cell => counts(cell, { demand: 20, idle: 1 }))
  const area = new Area(areaOf(DOWNTOWN))
  for (let n = 0; n < 3; n++) area.round(START_MS + n * ROUND_MS, busy)
  const previous = stored(area.last as SurgeRound)
  const round = stored(area.round(START_MS + 3 * ROUND_MS, busy))
  const cell = DOWNTOWN
  const at = (changed: SurgeRound, before: SurgeRound | null = previous) =>
    recomputedCells({ round: changed, previous: before, rules: area.rules })?.get(cell)
  const level = cellIn(round, cell)

  expect(at(round)).toEqual(level)
  const dearer = { ...round, cells: round.cells.map(c => ({ ...c, multiplierPermille: 1_500 })) }
  expect([cellIn(dearer, cell).multiplierPermille, at(dearer)]).toEqual([1_500, level])
  expect(at({ ...round, cells: round.cells.map(c => ({ ...c, demand: 0 })) })).not.toEqual(level)
  expect(at(round, null)).not.toEqual(level)
  expect(at({ ...round, cells: [] })).not.toEqual(level)
})

test('a round that does not say what it came from cannot be computed again', () => {
  const area = new Area(areaOf(BORDER.here))
  const round = { ...area.round(START_MS, []), basis: null }
  expect(recomputedCells({ round, previous: null, rules: area.rules })).toBeNull()
})
