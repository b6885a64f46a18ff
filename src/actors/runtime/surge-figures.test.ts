import { expect, test } from 'bun:test'
import type { CellId } from '../../domain/ids.ts'
import type { SurgeRound } from '../../domain/surge/surge-round.ts'
import { SurgeMeter } from './surge-figures.ts'

function round(area: string, atMs: number, multipliers: readonly number[]): SurgeRound {
  const cells = multipliers.map((multiplierPermille, i) => ({
    cell: `${area}${i}` as CellId,
    multiplierPermille,
    smoothedPermille: multiplierPermille,
    demand: 1,
    supplyPermille: 1_000,
  }))
  const rest = { rulesetVersion: '1', flags: [], usualLeavesPermille: {}, basis: null }
  return { area: area as CellId, round: 1, atMs, cells, ...rest }
}

test('the highest multiplier of all areas, until an area has had no round for a while', () => {
  const meter = new SurgeMeter()
  meter.stored(round('a', 0, [1_000, 1_400, 1_200]))
  meter.stored(round('b', 60_000, [900, 1_100]))
  expect(meter.figures(60_000)).toEqual({ rounds: 2, areas: 2, cells: 3, maxPermille: 1_400, massLogOffs: 0 })
  expect(meter.figures(301_000)).toMatchObject({ rounds: 2, areas: 1, cells: 1, maxPermille: 1_100 })
  expect(meter.figures(900_000)).toMatchObject({ areas: 0, cells: 0, maxPermille: 1_000 })
})
