/**
 * Compaction of the history: what lies in the tail in the order of arrival becomes runs, stretches of one driver's way that are read
 * with one look-up.
 *
 * A lane is taken whole, in one statement: a position is in the tail or in a run, and whoever reads sees one or the other. One session
 * of the whole deployment does it at a time. If it dies, nothing has happened.
 *
 * Who commits meanwhile has the same cores and the same disk, and a lane is a tenth of a second of a core and some megabytes of the log. So the
 * statement naps on its way, while it reads and while it writes: what it holds meanwhile are rows that nobody else changes.
 *
 * What can go wrong is that a group of positions comes twice (its answer was lost, and it was sent again), or late (by a thread
 * that has lost its shard and does not know it yet). Twice in the tail, a position is twice in its run, and readers take one of them. What is
 * not newer than its driver's runs goes to `positions`, unless a run has it, so runs of a driver never overlap.
 */
import { type Day, dayOf } from '../actors/runtime/history-day.ts'
import { isInRun, PACKED_COLUMNS, SPAN_MAX_HOURS } from './driver-positions.ts'
import { ensurePartitions, isMissingPartition } from './partitions.ts'
import { POSITION_COLUMNS } from './position-rows.ts'
import type { Sql } from './postgres.ts'

/** Any number that nothing else in the database locks. The lock ends with the transaction, of which a node that stands still is soon relieved. */
const COMPACTING_KEY = 7_214_003
/** At least, where there are so many: a lane that nobody has compacted for long must not become one that nobody can. */
export const POSITIONS_PER_STEP = 160_000

/** Worked through between two naps, on average: some milliseconds. */
const POSITIONS_PER_NAP = 4_096
const DICE = 65_536

/** Whether one is due behind a row: by a hash, weighted with its positions, so that nothing has to be counted. Always true. */
const napBehind = (hash: string): string =>
  `case when (${hash} & ${DICE - 1}) < points * ${DICE / POSITIONS_PER_NAP} then pg_sleep($2)::text is not null else true end`

/** Several in one list of a select go step by step, at a third of the cost of one `unnest` of several arrays. */
const unnested = (columns: readonly string[]): string =>
  columns.map(column => `unnest(${column}) as ${column}`).join(', ')

export const COMPACT_LANE = /* sql */ `
with taken as (
  delete from position_tail where lane = $1 and id <= (
    select max(id) from (
      select id, sum(points) over (order by id) - points as earlier from position_tail where lane = $1
    ) as groups where earlier < ${POSITIONS_PER_STEP}
  ) and ${napBehind('hashint8(id)')} returning *
),
stretches as materialized (
  select s.*, s.from_at <= (
    select r.to_at from position_runs r where r.driver_id = s.driver_id order by r.to_at desc limit 1
  ) is true or s.to_at - s.from_at > interval '${SPAN_MAX_HOURS} h' as is_odd
  from (
    select driver_id, min(recorded_at) as from_at, max(recorded_at) as to_at, count(*)::int as points,
      ${PACKED_COLUMNS.map(column => `array_agg(${column}) as ${column}`).join(', ')}
    from (select ${unnested(['driver_id', ...PACKED_COLUMNS])} from taken) as p
    group by driver_id
  ) as s
),
single as (
  insert into positions (${POSITION_COLUMNS})
  select driver_id, recorded_at, recorded_at + lag_ms * interval '1 ms', latitude, longitude, speed, heading, accuracy, order_id, flags
  from (select driver_id, ${unnested(PACKED_COLUMNS)} from stretches where is_odd) as p
  where not ${isInRun('p.driver_id', 'p.recorded_at')}
  on conflict do nothing
),
runs as (
  insert into position_runs (driver_id, from_at, to_at, points, ${PACKED_COLUMNS.join(', ')})
  select driver_id, from_at, to_at, points, ${PACKED_COLUMNS.join(', ')} from stretches
  where not is_odd and ${napBehind('hashtext(driver_id)')}
)
select (select count(*)::int from taken) as rows, coalesce(sum(points), 0)::int as positions,
  (count(*) filter (where not is_odd))::int as runs from stretches`

export interface Compacted {
  /** Of the tail. */
  readonly rows: number
  readonly positions: number
  readonly runs: number
}

export interface LaneToCompact {
  readonly lane: number
  /** 0: as fast as it goes. */
  readonly napMs: number
}

/**
 * Compacts a lane, or the older part of one that has grown large.
 * @returns null where another session is at it: nothing was done.
 * @throws whatever the record says; then nothing has changed.
 */
export async function compactLane(sql: Sql, of: LaneToCompact): Promise<Compacted | null> {
  try {
    return await takeLane(sql, of)
  } catch (error) {
    if (!isMissingPartition(error)) throw error
    await ensurePartitions(sql, await daysIn(sql, of.lane))
    return takeLane(sql, of)
  }
}

/** Two statements: what the second sees must be what the last holder of the lock has left. */
function takeLane(sql: Sql, { lane, napMs }: LaneToCompact): Promise<Compacted | null> {
  return sql.begin(async transaction => {
    const [lock] = await transaction<{ isOurs: boolean }[]>`
      select pg_try_advisory_xact_lock(${COMPACTING_KEY}::bigint) as "isOurs"`
    if (!lock?.isOurs) return null
    const [compacted] = await transaction.unsafe<Compacted[]>(COMPACT_LANE, [lane, napMs / 1_000], { prepare: true })
    return compacted ?? null
  })
}

/** Their partitions are made ahead as a rule; not of what a vehicle recorded days ago. */
async function daysIn(sql: Sql, lane: number): Promise<Day[]> {
  const rows = await sql<{ at: Date }[]>`
    select distinct date_bin('1 day', recorded_at, '2000-01-01Z') as at
    from (select unnest(recorded_at) as recorded_at from position_tail where lane = ${lane}) as points`
  return rows.map(({ at }) => dayOf(at.getTime()))
}
