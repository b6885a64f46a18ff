/**
 * How much lies in each lane of the tail, and how old it is: asked each second, so it must not cost a walk along all of it, which is tens of
 * megabytes and, on a machine of two cores, a stop for whoever commits meanwhile.
 *
 * Rows are only added at a lane's end and only taken from its beginning. So where it begins as it did at the last look, what is
 * new is added to what was counted then; where it begins elsewhere it was compacted, by us or by another node, and the little that is left is counted
 * anew. Numbers of rows are given before they are committed: one that is committed behind a later one may be missed, until the
 * lane begins elsewhere. It is a measure of when a lane's turn has come, and no more.
 */
import { LANES } from './position-lanes.ts'
import type { Sql } from './postgres.ts'

export interface LaneOfTail {
  readonly lane: number
  readonly positions: number
  readonly ageMs: number
}

interface Known {
  readonly firstId: number
  readonly lastId: number
  readonly positions: number
}

interface Seen extends Known {
  readonly lane: number
  readonly ageMs: number
}

const NOTHING: Known = { firstId: 0, lastId: 0, positions: 0 }
const NUMBERS = Array.from({ length: LANES }, (_, lane) => lane)

/** Along the primary key both times. Planned at each look: it may be empty at one and hold millions at the next. */
const LOOK = /* sql */ `
select known.lane, first.id as "firstId", first.age_ms as "ageMs", coalesce(new.id, known.last_id) as "lastId",
  new.points + case when first.id = known.first_id then known.positions else 0 end as positions
from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::int[]) as known (lane, first_id, last_id, positions)
cross join lateral (
  select id, (extract(epoch from clock_timestamp() - stored_at) * 1000)::float8 as age_ms
  from position_tail t where t.lane = known.lane order by id limit 1
) as first
cross join lateral (
  select max(id) as id, coalesce(sum(points), 0)::int as points
  from position_tail t where t.lane = known.lane and t.id > case when first.id = known.first_id then known.last_id else 0 end
) as new
order by first.age_ms desc`

export class TailLanes {
  #known = new Map<number, Known>()

  /** @returns those that hold something, the oldest first. */
  async look(sql: Sql): Promise<readonly LaneOfTail[]> {
    const known = NUMBERS.map(lane => this.#known.get(lane) ?? NOTHING)
    const columns = [
      NUMBERS,
      known.map(({ firstId }) => firstId),
      known.map(({ lastId }) => lastId),
      known.map(({ positions }) => positions),
    ]
    const seen = await sql.unsafe<Seen[]>(LOOK, columns)
    this.#known = new Map(seen.map(({ lane, firstId, lastId, positions }) => [lane, { firstId, lastId, positions }]))
    return seen.map(({ lane, positions, ageMs }) => ({ lane, positions, ageMs }))
  }
}
