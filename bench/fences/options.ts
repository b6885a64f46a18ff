import { numberFlag, readFlags } from '../flags.ts'

export interface FencesOptions {
  readonly ratePerS: number
  readonly drivers: number
  readonly durationS: number
  readonly warmUpS: number
  readonly rounds: number
  /** Of the most fences that are laid. */
  readonly fences: number
  readonly radiusM: number
  /** The fences lie in a square so wide, around the fleet's city. */
  readonly spreadKm: number
}

export const FENCES_HELP = `bun run bench fences -- [flags]: what geofences cost a position, on a whole node

  --rate R       positions per second, all drivers together (4000)
  --drivers N    in turn, so each reports every N/R seconds; its way is 8 m/s (10000)
  --seconds S    measured, per round and number of fences (15)
  --warm-up S    before each (3), and longer where it takes longer until every driver has reported
  --rounds N     each measures 0, 100 and all fences, by turns (3)
  --fences N     the most (25000)
  --radius M     of a fence, a circle of 24 corners (100)
  --spread KM    the fences lie at random in a square so wide around the fleet, which is 16 km across (100)

A server with fsync or synchronous_commit off gives no result.
`

/** @throws {FlagError} */
export function readFencesOptions(argv: readonly string[]): FencesOptions {
  const values = readFlags(argv, ['rate', 'drivers', 'seconds', 'warm-up', 'rounds', 'fences', 'radius', 'spread'])
  return {
    ratePerS: numberFlag(values, 'rate', 4_000, { min: 1, max: 1_000_000 }),
    drivers: numberFlag(values, 'drivers', 10_000, { min: 1, max: 1_000_000, whole: true }),
    durationS: numberFlag(values, 'seconds', 15, { min: 1, max: 3_600 }),
    warmUpS: numberFlag(values, 'warm-up', 3, { min: 0, max: 600 }),
    rounds: numberFlag(values, 'rounds', 3, { min: 1, max: 100, whole: true }),
    fences: numberFlag(values, 'fences', 25_000, { min: 1, max: 50_000, whole: true }),
    radiusM: numberFlag(values, 'radius', 100, { min: 10, max: 10_000 }),
    spreadKm: numberFlag(values, 'spread', 100, { min: 1, max: 400 }),
  }
}
