/**
 * The border between two metropolises, each of which computes its own rounds.
 *
 * Each tells the other, after each round, what its border cells are at. A cell is then never higher than a step above what
 * its neighbour over there can have fallen to since: it was at m in its round r, and falls by at most a move per round, so in
 * the round that may begin while this one lasts it is at least m − moves. Both sides keep to that, so the bound holds in both
 * directions and at every moment. A digest that grows old promises less and less, until the border is neutral again; a side
 * of which nothing is heard may be at its floor.
 *
 * What it does not cover: a side that computes no rounds (its shard is with nobody, the record is down) stays where it is
 * while the other relaxes; and where two rulesets differ, or an emergency cap comes, a side that is too high falls at once.
 */
import type { CellId, UnixMs } from '../ids.ts'
import { areaOf, ringAround } from './neighbourhood.ts'
import { type BorderDigest, NEUTRAL_PERMILLE, type SurgeRound } from './surge-round.ts'
import type { SurgeRules } from './surge-rules.ts'

export interface BorderParts {
  readonly digests: ReadonlyMap<CellId, BorderDigest>
  readonly area: CellId
  readonly nowMs: UnixMs
  readonly rules: SurgeRules
}

/** @returns the most that a cell may be for the sake of its neighbours in other areas; infinite inside. */
export function borderBounds({ digests, area, nowMs, rules }: BorderParts): (cell: CellId) => number {
  const multipliers = new Map([...digests].map(([from, digest]) => [from, new Map(digest.cells)]))
  return cell => {
    let most = Number.POSITIVE_INFINITY
    for (const near of ringAround(cell, 1)) {
      const from = areaOf(near)
      if (from === area) continue
      const digest = digests.get(from) ?? silence(from, rules)
      most = Math.min(most, boundBy(digest, multipliers.get(from)?.get(near) ?? NEUTRAL_PERMILLE, nowMs, rules))
    }
    return most
  }
}

/**
 * Nobody there has anything to say, or it was lost: it may be as low as it can get. That is never more than a step below
 * neutral, so where indeed nothing is, a neutral border stays as it is.
 */
function silence(from: CellId, rules: SurgeRules): BorderDigest {
  const roundMs = rules.roundS * 1_000
  const { movePermille, stepPermille, floorPermille } = rules
  return { from, round: 0, roundMs, movePermille, stepPermille, floorPermille, cells: [] }
}

function boundBy(digest: BorderDigest, multiplier: number, nowMs: UnixMs, rules: SurgeRules): number {
  const roundsAhead = Math.max(0, Math.floor(nowMs / digest.roundMs) + 1 - digest.round)
  const fallen = multiplier - roundsAhead * digest.movePermille
  // Lower than its floor it does not fall, so an old digest relaxes the border to a step above that, and no further.
  const lowest = Math.max(fallen, Math.min(multiplier, digest.floorPermille))
  return lowest + Math.min(digest.stepPermille, rules.stepPermille)
}

/** Cells of ours that must follow a neighbour below neutral, whether or not anything was counted in them. */
export function besideLowered(digests: ReadonlyMap<CellId, BorderDigest>): CellId[] {
  return [...digests.values()].flatMap(({ cells }) =>
    cells.flatMap(([cell, multiplier]) => (multiplier < NEUTRAL_PERMILLE ? ringAround(cell, 1) : [])),
  )
}

/** What the neighbouring areas are to be told after a round. An area with which the border is neutral is not in it. */
export function digestsOf(round: SurgeRound, rules: SurgeRules): Map<CellId, BorderDigest> {
  const cellsFor = new Map<CellId, [CellId, number][]>()
  for (const { cell, multiplierPermille } of round.cells) {
    if (multiplierPermille === NEUTRAL_PERMILLE) continue
    for (const to of new Set(ringAround(cell, 1).map(areaOf))) {
      if (to === round.area) continue
      const cells = cellsFor.get(to) ?? []
      cells.push([cell, multiplierPermille])
      cellsFor.set(to, cells)
    }
  }
  return new Map([...cellsFor].map(([to, cells]) => [to, { ...emptyDigest(round, rules), cells }]))
}

export function emptyDigest({ area, round }: SurgeRound, rules: SurgeRules): BorderDigest {
  const { movePermille, stepPermille, floorPermille, roundS } = rules
  return { from: area, round, roundMs: roundS * 1_000, movePermille, stepPermille, floorPermille, cells: [] }
}
