/** What `bench all` runs, with the numbers that the marks are about, and with tiny ones. */
export type Size = 'full' | 'tiny'

export interface PlannedRun {
  /** Unique: marks name it. */
  readonly id: string
  readonly bench: string
  readonly argv: Readonly<Record<Size, string>>
}

export const PLAN: readonly PlannedRun[] = [
  ingest('ingest-2k', '--protocol msgpack --rate 2000 --drivers 10000 --seconds 30 --warm-up 20'),
  ingest('ingest-20k', '--protocol msgpack --rate 20000 --drivers 10000 --seconds 30 --warm-up 30'),
  ingest('ingest-100k', '--protocol msgpack --rate 100000 --drivers 10000 --seconds 60'),
  ingest('ingest-100k-drivers', '--protocol msgpack --rate 100000 --drivers 100000 --seconds 60'),
  ingest('ingest-http', '--protocol http --rate 25000 --drivers 50000 --seconds 20'),
  ingest('ingest-http-20k', '--protocol http --rate 20000 --drivers 50000 --seconds 20 --warm-up 15'),
  {
    id: 'pipeline',
    bench: 'pipeline',
    argv: {
      full: '--find-max yes --rate 24000 --seconds 5',
      tiny: '--rate 200 --drivers 40 --seconds 1 --warm-up 0.5 --rounds 1',
    },
  },
  { id: 'nearby', bench: 'nearby', argv: { full: '', tiny: '--drivers 300 --rate 100 --seconds 1 --rounds 1' } },
  {
    id: 'orders',
    bench: 'orders',
    argv: { full: '--rate 1000 --warm-up 30', tiny: '--rate 20 --drivers 60 --seconds 1 --warm-up 0.5 --window 100' },
  },
  {
    id: 'orders-400',
    bench: 'orders',
    argv: {
      full: '--rate 400 --warm-up 45',
      tiny: '--rate 10 --drivers 60 --seconds 1 --warm-up 0.5 --window 100',
    },
  },
  { id: 'offers', bench: 'offers', argv: { full: '', tiny: '--drivers 60 --rate 10 --seconds 1 --window 200' } },
  {
    id: 'live',
    bench: 'live',
    argv: { full: '', tiny: '--watchers 5 --rate 100 --drivers 50 --seconds 1 --warm-up 0.2' },
  },
  { id: 'actors', bench: 'actors', argv: { full: '', tiny: '--drivers 2000 --small 500 --positions 1000' } },
  { id: 'restart', bench: 'restart', argv: { full: '', tiny: '--drivers 200 --orders 50 --phones 5' } },
  { id: 'overload', bench: 'overload', argv: { full: '', tiny: '--seconds 1 --calibrate 1 --drivers 4000' } },
  {
    id: 'history',
    bench: 'history',
    argv: { full: '', tiny: '--rows 6000 --drivers 10 --days 3 --rate 50 --seconds 1' },
  },
  { id: 'hot-view', bench: 'hot-view', argv: { full: '', tiny: '--drivers 100 --seconds 0.1' } },
  { id: 'matching', bench: 'matching', argv: { full: '', tiny: '--rounds 3' } },
  { id: 'turn', bench: 'turn', argv: { full: '', tiny: '--rounds 1 --operations 200' } },
  { id: 'hop', bench: 'hop', argv: { full: '', tiny: '--rounds 1 --operations 200' } },
  { id: 'envelope', bench: 'envelope', argv: { full: '', tiny: '--rounds 1 --operations 200' } },
  { id: 'commit', bench: 'commit', argv: { full: '', tiny: '--rounds 3' } },
  {
    id: 'fences',
    bench: 'fences',
    argv: { full: '', tiny: '--fences 200 --drivers 100 --rate 200 --seconds 1 --warm-up 0.5 --rounds 1 --spread 16' },
  },
  { id: 'access', bench: 'access', argv: { full: '', tiny: '--drivers 100 --rounds 3' } },
  { id: 'guarded', bench: 'guarded', argv: { full: '', tiny: '--rate 40 --drivers 5 --seconds 1 --rounds 1' } },
]

/** Benches that `all` leaves out, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  dispatch: 'is about quality, over recorded trips: see dispatch-quality.md',
  'dispatch-table': 'is about quality, over recorded trips: see dispatch-quality.md',
  soak: 'half an hour at 20,000/s: on a quiet machine, by itself',
  feed: 'needs the URL of a NATS server',
}

function ingest(id: string, full: string): PlannedRun {
  const tiny = `${full.split(' --rate')[0]} --rate 200 --drivers 100 --seconds 1 --warm-up 0.5 --watchers 5`
  return { id, bench: 'ingest', argv: { full, tiny } }
}
