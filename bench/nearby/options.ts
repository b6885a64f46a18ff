import { numberFlag, readFlags } from '../flags.ts'

export const NEARBY_HELP = `bun run bench nearby -- [flags]: who is near, in the node's memory, in Redis, and over HTTP

  --drivers N   over some 20 km of a city (100000)
  --rate R      requests a second over HTTP, open loop: nearby, then current reads (5000)
  --seconds S   of each measurement over HTTP (5)
  --rounds N    of memory and Redis, by turns (5)
  --radius M    (1000)
  --top K       the nearest so many (10)

It needs a redis-server. The node that is asked over HTTP has its record on a Postgres with fsync on.
`

export interface NearbyOptions {
  readonly drivers: number
  readonly ratePerS: number
  readonly durationS: number
  readonly rounds: number
  readonly radiusM: number
  readonly top: number
}

/** @throws {FlagError} */
export function readNearbyOptions(argv: readonly string[]): NearbyOptions {
  const values = readFlags(argv, ['drivers', 'rate', 'seconds', 'rounds', 'radius', 'top'])
  return {
    drivers: numberFlag(values, 'drivers', 100_000, { min: 1, max: 1_000_000, whole: true }),
    ratePerS: numberFlag(values, 'rate', 5_000, { min: 1, max: 100_000 }),
    durationS: numberFlag(values, 'seconds', 5, { min: 0.2, max: 600 }),
    rounds: numberFlag(values, 'rounds', 5, { min: 1, max: 100, whole: true }),
    radiusM: numberFlag(values, 'radius', 1_000, { min: 1, max: 50_000 }),
    top: numberFlag(values, 'top', 10, { min: 1, max: 500, whole: true }),
  }
}
