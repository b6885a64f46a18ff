/** What must be reached, and which figures say whether it is. */
import type { Figure } from '../bench.ts'

export type RunFigures = Readonly<Record<string, Figure>>

export interface Mark {
  readonly run: string
  readonly what: string
  readonly mark: string
  readonly judge: (figures: Reader) => { readonly figure: string; readonly isMet: boolean }
}

/** Reads a number by its path, such as `http_nearby.p99_ms`; NaN where there is none, which meets no mark. */
export type Reader = (path: string) => number

export function readerOf(figures: RunFigures): Reader {
  return path => {
    let value: unknown = figures
    for (const name of path.split('.')) {
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
    }
    return typeof value === 'number' ? value : Number.NaN
  }
}

const RAW_FACTOR = 2
const RAW_SLACK_MS = 3

export const MARKS: readonly Mark[] = [
  ackMark('ingest-2k', '2,000 positions/s from 10,000 drivers over a socket'),
  ackMark('ingest-20k', '20,000 positions/s over a socket'),
  {
    run: 'ingest-100k',
    what: 'positions over a socket, msgpack, from 10,000 drivers for 60 s',
    mark: '≥ 100,000/s, none lost',
    judge: of => ({
      figure: `${count(of('acked_per_s'))}/s, ${count(of('lost'))} lost`,
      isMet: of('acked_per_s') >= 99_000 && isWhole(of),
    }),
  },
  {
    run: 'ingest-http',
    what: 'positions by single posts',
    mark: '≥ 25,000/s',
    judge: of => ({
      figure: `${count(of('acked_per_s'))}/s, ${count(of('lost'))} lost`,
      isMet: of('acked_per_s') >= 24_750 && isWhole(of),
    }),
  },
  {
    run: 'pipeline',
    what: 'beside the pipeline of Redis Streams, each at its own maximum',
    mark: '≥ 3 × its rate, ≤ 1/3 of its CPU',
    judge: of => ({
      figure: `${of('waggle_rate_of_baseline')} × its rate (${count(of('sustained_per_s.waggle'))} and ${count(of('sustained_per_s.baseline'))}/s), ${of('waggle_cpu_of_baseline')} × its CPU`,
      isMet: of('waggle_rate_of_baseline') >= 3 && of('waggle_cpu_of_baseline') <= 1 / 3,
    }),
  },
  readMark('nearby', 'http_nearby', 'who is near, over HTTP at 5,000/s (100,000 drivers, 1 km, top 10)'),
  readMark('nearby', 'http_current', 'a current position, over HTTP at 5,000/s'),
  {
    run: 'nearby',
    what: 'who is near, in process',
    mark: '≥ GEOSEARCH’s rate',
    judge: of => ({
      figure: `${count(of('memory_nearby_per_s'))}/s, ${of('nearby_of_redis')} × GEOSEARCH`,
      isMet: of('nearby_of_redis') >= 1,
    }),
  },
  {
    run: 'orders',
    what: 'orders through their whole lives',
    mark: '≥ 1,000/s, acknowledgement p99 < 25 ms',
    judge: of => ({
      figure: `${of('delivered_per_s')}/s, ${of('ack_p99_ms')} ms, ${of('lost')} lost, ${of('repeated')} doubled`,
      isMet: of('delivered_per_s') >= 990 && of('ack_p99_ms') < 25 && isOnce(of('lost'), of('repeated')),
    }),
  },
  {
    run: 'live',
    what: 'deliveries to watchers, and one of them reads nothing',
    mark: '≥ 150,000/s, nothing missed silently',
    judge: of => ({
      figure: `${count(of('deliveries_per_s'))}/s, with the slow one ${count(of('with_a_slow_reader.deliveries_per_s'))}/s; ${of('missed_silently') + of('with_a_slow_reader.slow_reader_missed_silently')} missed`,
      isMet:
        of('deliveries_per_s') >= 150_000 &&
        of('missed_silently') + of('with_a_slow_reader.slow_reader_missed_silently') === 0,
    }),
  },
  {
    run: 'actors',
    what: 'an idle driver on duty, a million of them in one host',
    mark: '≤ 1.5 KB; a position ≤ 1.3 × its cost among 10,000',
    judge: of => ({
      figure: `${count(of('on_duty.heap_bytes_per_driver'))} B; ${of('on_duty.position_cost_of_small')} ×`,
      isMet: of('on_duty.heap_bytes_per_driver') <= 1_536 && of('on_duty.position_cost_of_small') <= 1.3,
    }),
  },
  {
    run: 'restart',
    what: 'killed with 100,000 drivers and 20,000 open orders: first accepted offer',
    mark: '< 5 s',
    judge: of => ({
      figure: `${of('first_accepted_s')} s, ${of('orders_lost')} lost, ${of('repeated')} doubled`,
      isMet: of('first_accepted_s') < 5 && isOnce(of('orders_lost'), of('repeated')),
    }),
  },
  {
    run: 'fences',
    what: 'CPU of a position with 25,000 geofences, over that without',
    mark: '< 20 % more, no crossing dropped',
    judge: of => ({
      figure: `${Math.round(of('more_cpu_with_all') * 1_000) / 10} % more, ${of('dropped')} dropped`,
      isMet: of('more_cpu_with_all') < 0.2 && of('dropped') === 0 && of('with_all.acked') > 0,
    }),
  },
  overloadMark('positions', 'three times as many positions as it can take, for 30 s'),
  overloadMark('orders', 'three times as many orders as it can take, for 30 s'),
]

function ackMark(run: string, what: string): Mark {
  return {
    run,
    what,
    mark: 'acknowledgement p99 ≤ 2 × raw group commit’s + 3 ms, watchers p99 < 10 ms',
    judge: of => ({
      figure: `${of('ack_p99_ms')} ms (raw ${of('raw_commit_p99_ms')} ms), watchers ${of('watch_p99_ms')} ms`,
      isMet:
        of('ack_p99_ms') <= RAW_FACTOR * of('raw_commit_p99_ms') + RAW_SLACK_MS &&
        of('watch_p99_ms') < 10 &&
        isWhole(of),
    }),
  }
}

function overloadMark(load: string, what: string): Mark {
  return {
    run: 'overload',
    what,
    mark: 'memory bounded, recovery < 5 s, nothing acknowledged lost',
    judge: of => ({
      figure: `${count(of(`${load}.rss_max_mb`))} MB (last third ${of(`${load}.rss_last_of_second_third`)} × the second), ${of(`${load}.recovery_s`)} s, ${count(of(`${load}.lost`))} lost`,
      isMet:
        of(`${load}.rss_last_of_second_third`) <= 1.1 &&
        of(`${load}.recovery_s`) < 5 &&
        of(`${load}.lost`) === 0 &&
        of(`${load}.refused_without_retry_after`) === 0,
    }),
  }
}

function readMark(run: string, figures: string, what: string): Mark {
  return {
    run,
    what,
    mark: 'p99 < 2 ms',
    judge: of => ({
      figure: `p50 ${of(`${figures}.p50_ms`)} ms, p99 ${of(`${figures}.p99_ms`)} ms`,
      isMet: of(`${figures}.p99_ms`) < 2 && of(`${figures}.answered`) === of(`${figures}.sent`),
    }),
  }
}

/** Of a run that acknowledged nothing every latency is 0: all that was sent must be acknowledged, and in the record, once. */
function isWhole(of: Reader): boolean {
  return of('acked') === of('sent') && isOnce(of('lost'), of('repeated'))
}

/** Neither is quick who loses half of it, nor who stores it twice. */
function isOnce(lost: number, repeated: number): boolean {
  return lost === 0 && repeated === 0
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
