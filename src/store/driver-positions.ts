/** Where positions of one driver are found: the tail, its runs, and the rows of `positions`. Parts of statements. */
/** Longer stretches are kept as rows: who looks for runs in a span need not look farther than this behind it. */
export const SPAN_MAX_HOURS = 24

/** Those of a run, and beside `driver_id` those of the tail. */
export const PACKED_COLUMNS = [
  'recorded_at',
  'lag_ms',
  'latitude',
  'longitude',
  'speed',
  'heading',
  'accuracy',
  'order_id',
  'flags',
] as const

const POINT = 'recorded_at, received_at, latitude, longitude, speed, heading, accuracy, order_id, flags'

export interface OfDriver {
  /** Expressions: the driver's id, and its lane. */
  readonly driver: string
  readonly lane: string
}

/** The n-th of arrays that are together. */
function nthOf(table: string, n: string): string {
  const each = ['latitude', 'longitude', 'speed', 'heading', 'accuracy', 'order_id', 'flags'].map(
    column => `${table}.${column}[${n}] as ${column}`,
  )
  const recordedAt = `${table}.recorded_at[${n}]`
  return `${recordedAt} as recorded_at, ${recordedAt} + ${table}.lag_ms[${n}] * interval '1 ms' as received_at, ${each.join(', ')}`
}

/** A condition: a run has a position of that driver and time. Runs do not overlap, so no other than the first that ends then or later. */
export function isInRun(driver: string, at: string): string {
  return `exists (
    select from (
      select from_at, recorded_at from position_runs where driver_id = ${driver} and to_at >= ${at} order by to_at limit 1
    ) as run where run.from_at <= ${at} and ${at} = any(run.recorded_at)
  )`
}

/** A select of what the tail has of a driver in a span. Of most rows their times rule them out, of most of the others their ids. */
function inTail({ driver, lane, from, to }: Omit<RouteSql, 'limit'>): string {
  return `select ${nthOf('t', 'place.n')}
    from position_tail t, unnest(array_positions(t.driver_id, ${driver})) as place (n)
    where t.lane = ${lane} and t.to_at >= ${from} and t.from_at <= ${to} and ${driver} = any(t.driver_id)
      and t.recorded_at[place.n] between ${from} and ${to}`
}

/** The number of the last row of the tail that has a driver: soon found where the vehicle is under way, and else behind all of its lane. */
export function lastInTail({ driver, lane }: OfDriver): string {
  return `select id from position_tail where lane = ${lane} and ${driver} = any(driver_id) order by id desc limit 1`
}

export interface NewestSql extends OfDriver {
  /** An expression: the last row of the tail that has it; null: none has. */
  readonly tailId: string
}

/**
 * A select of its newest position, no row where there is none. In the tail its positions lie in the order of their time, so the last row that
 * has one has it. Whether a repeated group lies behind it does not matter: a position that is let in again by that is read once all
 * the same.
 */
export function newestOf({ driver, lane, tailId }: NewestSql): string {
  return `
  with packed as materialized (
    select * from (
      (select ${nthOf('t', 'place.n')}
       from position_tail t, unnest(array_positions(t.driver_id, ${driver})) as place (n)
       where t.lane = ${lane} and t.id = ${tailId}
       order by recorded_at desc limit 1)
      union all
      (select ${nthOf('r', 'array_position(r.recorded_at, r.to_at)')}
       from (select * from position_runs where driver_id = ${driver} order by to_at desc limit 1) as r)
    ) as both_ends order by recorded_at desc limit 1
  )
  select ${POINT} from (
    select ${POINT} from packed
    union all
    -- Days before that need not be looked into.
    (select ${POINT} from positions
     where driver_id = ${driver} and recorded_at > coalesce((select recorded_at from packed), '-infinity')
     order by recorded_at desc limit 1)
  ) as newest order by recorded_at desc limit 1`
}

export interface RouteSql extends OfDriver {
  /** Expressions: both inclusive; and of how many positions. */
  readonly from: string
  readonly to: string
  readonly limit: string
}

/**
 * A select of the first positions of a driver in a span, oldest first, each once, and whether there may be more behind them.
 *
 * Runs of a driver do not overlap, so those behind as many points as are wanted need not be unpacked; of the first one only a
 * part may lie in the span. A run may hold a position twice, so the points may turn out to be fewer: then whoever asks goes on behind them.
 */
export function routeSql({ driver, lane, from, to, limit }: RouteSql): string {
  return `
  with near as materialized (
    select *, coalesce(sum(points) over earlier, 0) - first_value(points) over (order by to_at) >= ${limit} as is_beyond
    from (
      select * from position_runs
      where driver_id = ${driver} and from_at <= ${to} and to_at >= ${from} and to_at <= ${to}::timestamptz + interval '${SPAN_MAX_HOURS} h'
      order by to_at limit ${limit} + 1
    ) as r
    window earlier as (order by to_at rows between unbounded preceding and 1 preceding)
  ),
  beyond as (select min(from_at) as at from near where is_beyond)
  select distinct on (recorded_at) ${POINT}, beyond.at is not null as "hasMore" from beyond, (
    ${inTail({ driver, lane, from, to })}
    union all
    select p.recorded_at, p.recorded_at + p.lag_ms * interval '1 ms', p.latitude, p.longitude, p.speed, p.heading, p.accuracy, p.order_id,
      p.flags
    from near r, unnest(r.recorded_at, r.lag_ms, r.latitude, r.longitude, r.speed, r.heading, r.accuracy, r.order_id, r.flags)
      as p (recorded_at, lag_ms, latitude, longitude, speed, heading, accuracy, order_id, flags)
    where not r.is_beyond and p.recorded_at between ${from} and ${to}
    union all
    (select ${POINT} from positions where driver_id = ${driver} and recorded_at between ${from} and ${to} order by recorded_at limit ${limit})
  ) as route
  where recorded_at < coalesce(beyond.at, 'infinity')
  order by recorded_at limit ${limit}`
}
