/** A round: what the multipliers of a metropolis are for a while, and the counts that they came from. */
import type { CellId, UnixMs } from '../ids.ts'

export const NEUTRAL_PERMILLE = 1_000

export interface CellSurge {
  readonly cell: CellId
  readonly multiplierPermille: number
  /** What the multiplier follows: the target, smoothed over rounds. */
  readonly smoothedPermille: number
  readonly demand: number
  /** Drivers, the fractions of those who left included, in permille of one. */
  readonly supplyPermille: number
}

/** Many drivers of a neighbourhood have left within few minutes. */
export interface RoundFlag {
  readonly kind: 'mass_log_off'
  readonly region: CellId
  readonly left: number
  readonly present: number
}

export interface SurgeRound {
  readonly area: CellId
  /** Rises with time: the round's start over its length. */
  readonly round: number
  readonly atMs: UnixMs
  readonly rulesetVersion: string
  readonly flags: readonly RoundFlag[]
  /** How many drivers usually leave a region in such a time, in permille: what a mass log-off is measured by. */
  readonly usualLeavesPermille: Readonly<Record<string, number>>
  /** Those that differ from neutral or have counts; every other cell of the area is neutral. */
  readonly cells: readonly CellSurge[]
  /** What it was computed from besides its counts, so that it can be computed again. Null: by an older version of the code. */
  readonly basis: RoundBasis | null
}

export interface RoundBasis {
  /** Null: the first round of the area. */
  readonly previousRound: number | null
  /** What was known of the metropolises beside it, by their ids. */
  readonly borders: readonly BorderDigest[]
}

/** A cell as a round counts it: nothing else of what was counted decides a multiplier. */
export interface CountedCell {
  readonly cell: CellId
  readonly demand: number
  readonly supplyPermille: number
}

/** What was counted in a cell when the round began. */
export interface CellCounts {
  readonly cell: CellId
  /** People who asked for a price or an order in the window. */
  readonly demand: number
  readonly idle: number
  readonly soon: number
  /** Drivers who have left, each decayed by how long ago that was, in permille of one. */
  readonly leftPermille: number
  /** The same drivers, none of them decayed. */
  readonly left: number
}

/** What a neighbouring metropolis says of its side of the border: that cell's multiplier as of its last round. */
export interface BorderDigest {
  readonly from: CellId
  readonly round: number
  readonly roundMs: number
  readonly movePermille: number
  readonly stepPermille: number
  readonly floorPermille: number
  /** Those that are not neutral. */
  readonly cells: readonly (readonly [cell: CellId, multiplierPermille: number])[]
}
