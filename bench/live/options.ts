import { numberFlag, readFlags } from '../flags.ts'

export const LIVE_HELP = `bun run bench live -- [flags]: one topic, many watchers, by turns without and with a reader that reads nothing

  --watchers W  sockets that watch the whole fleet (100)
  --rate R      positions a second, each to every watcher: R × W deliveries a second (1600)
  --drivers N   (2000)
  --seconds S   measured, of each round (20: the buffers of a socket take some 10 MB before its reader is behind)
  --warm-up S   of each round (1)
  --rounds N    of each kind (1)

A delivery is counted when its message has reached the client. Each watcher checks the numbers of its topic: what is missing
without having been announced is missed silently.
`

export interface LiveOptions {
  readonly watchers: number
  readonly ratePerS: number
  readonly drivers: number
  readonly durationS: number
  readonly warmUpS: number
  readonly rounds: number
}

/** @throws {FlagError} */
export function readLiveOptions(argv: readonly string[]): LiveOptions {
  const values = readFlags(argv, ['watchers', 'rate', 'drivers', 'seconds', 'warm-up', 'rounds'])
  return {
    watchers: numberFlag(values, 'watchers', 100, { min: 1, max: 5_000, whole: true }),
    ratePerS: numberFlag(values, 'rate', 1_600, { min: 1, max: 100_000 }),
    drivers: numberFlag(values, 'drivers', 2_000, { min: 1, max: 1_000_000, whole: true }),
    durationS: numberFlag(values, 'seconds', 20, { min: 0.2, max: 600 }),
    warmUpS: numberFlag(values, 'warm-up', 1, { min: 0, max: 600 }),
    rounds: numberFlag(values, 'rounds', 1, { min: 1, max: 50, whole: true }),
  }
}
