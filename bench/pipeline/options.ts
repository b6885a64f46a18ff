import { choiceFlag, numberFlag, readFlags } from '../flags.ts'
import { connectionsFlag, driversFlag, type IngestProtocol, PROTOCOLS } from '../ingest/options.ts'
import type { Way } from './baseline/history.ts'

const SYSTEMS = ['waggle', 'baseline'] as const
export type SystemName = (typeof SYSTEMS)[number]

export interface PipelineOptions {
  readonly systems: readonly SystemName[]
  readonly protocol: IngestProtocol
  readonly ratePerS: number
  readonly drivers: number
  readonly durationS: number
  readonly warmUpS: number
  readonly watchers: number
  readonly connections: number
  readonly rounds: number
  readonly consumers: number
  readonly store: Way
  /** Null: rounds at the rate. */
  readonly findMaxFromPerS: number | null
  /** Null: no profiles. */
  readonly profileDir: string | null
}

export const PIPELINE_HELP = `bun run bench pipeline -- [flags]: Waggle and the pipeline that most teams build, by turns, on one Postgres

  --system S       waggle, baseline or both (both)
  --protocol P     http, http-batch, json or msgpack, the same for both (msgpack)
  --rate R         positions per second, all drivers together (5000)
  --drivers N      (10000)
  --seconds S      measured, of each round (10)
  --warm-up S      of each round (3)
  --rounds N       of each system, by turns (2)
  --watchers W     people who watch a driver each (50)
  --connections C  sockets, or connections of HTTP (4; http 3000)
  --consumers N    writers of the baseline, each with a stream of its own (1: on 2 cores more only take smaller batches)
  --store W        how the baseline writes: copy, or unnest (copy)
  --find-max yes   looks for the highest rate that each sustains, from --rate on: twice as much until an acknowledgement
                   takes more than 250 ms (p99) or the backlog takes as long to drain, then by halves to 5 %; --seconds of
                   each try, then the rounds at that rate
  --profile DIR    a CPU profile of each process of both, to be read as text: see DIR/*.md

The baseline: HTTP or the same socket → Redis Streams with a consumer group → GEOADD, SETEX and PUBLISH to the watchers'
sockets, and Postgres in batches; acknowledged after the commit. It needs a redis-server.
A server with fsync or synchronous_commit off gives no result.
`

const FLAGS = [
  'system',
  'protocol',
  'rate',
  'drivers',
  'seconds',
  'warm-up',
  'rounds',
  'watchers',
  'connections',
  'consumers',
  'store',
  'find-max',
  'profile',
] as const

/** @throws {FlagError} */
export function readPipelineOptions(argv: readonly string[]): PipelineOptions {
  const values = readFlags(argv, FLAGS)
  const system = choiceFlag(values, 'system', 'both', [...SYSTEMS, 'both'])
  const protocol = choiceFlag(values, 'protocol', 'msgpack', PROTOCOLS)
  const ratePerS = numberFlag(values, 'rate', 5_000, { min: 1, max: 1_000_000 })
  const drivers = driversFlag(values, ratePerS, protocol)
  return {
    systems: system === 'both' ? SYSTEMS : [system],
    protocol,
    ratePerS,
    drivers,
    durationS: numberFlag(values, 'seconds', 10, { min: 0.5, max: 3_600 }),
    warmUpS: numberFlag(values, 'warm-up', 3, { min: 0, max: 600 }),
    rounds: numberFlag(values, 'rounds', 2, { min: 1, max: 100, whole: true }),
    watchers: numberFlag(values, 'watchers', 50, { min: 0, max: 10_000, whole: true }),
    connections: connectionsFlag(values, protocol),
    consumers: numberFlag(values, 'consumers', 1, { min: 1, max: 12, whole: true }),
    store: choiceFlag(values, 'store', 'copy', ['copy', 'unnest']),
    findMaxFromPerS: choiceFlag(values, 'find-max', 'no', ['yes', 'no']) === 'yes' ? ratePerS : null,
    profileDir: values.profile ?? null,
  }
}
