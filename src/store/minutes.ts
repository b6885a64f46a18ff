/**
 * What happened minute by minute, as the record has it: orders out of the journal, which has every event once whichever node committed it,
 * and what processes have noted of themselves. Live ones alone; tests have no figures.
 */
import type { UnixMs } from '../domain/ids.ts'
import { TEST_DRIVER_PREFIX } from '../domain/mode.ts'
import type { Sql } from './postgres.ts'
import { answered } from './records.ts'

export const MINUTE_MS = 60_000

export interface OrderMinute {
  readonly atMs: UnixMs
  readonly placed: number
  readonly delivered: number
  readonly cancelled: number
  readonly expired: number
}

/** From an assignment to the arrival at its pickup: so many of a step of durations (`durationStep`). */
export interface PickupSteps {
  readonly atMs: UnixMs
  readonly step: number
  readonly count: number
}

export interface Span {
  readonly fromMs: UnixMs
  /** Exclusive. */
  readonly toMs: UnixMs
}

/** Of the orders whose events fell into each minute. Minutes without any are left out. @throws {StoreUnavailableError} */
export async function orderMinutes(sql: Sql, span: Span): Promise<OrderMinute[]> {
  const rows = await answered(sql<OrderMinute[]>`
    select ${minuteOf(sql)} as "atMs", count(*) filter (where type = 'placed')::int as placed,
      count(*) filter (where type = 'status')::int as delivered,
      count(*) filter (where type = 'cancelled')::int as cancelled, count(*) filter (where type = 'expired')::int as expired
    from journal
    where ${liveOrdersOf(sql, span)}
      and (type in ('placed', 'cancelled', 'expired') or (type = 'status' and data->>'status' = 'delivered'))
    group by 1`)
  return [...rows]
}

/** Of the arrivals in each minute. @throws {StoreUnavailableError} */
export async function pickupSteps(sql: Sql, span: Span): Promise<PickupSteps[]> {
  const rows = await answered(sql<PickupSteps[]>`
    select ${minuteOf(sql)} as "atMs",
      floor(ln(greatest(extract(epoch from at - "assignedAt"), 1)) / ln(1.05))::int as step, count(*)::int as count
    from journal, lateral (
      select before.at as "assignedAt" from journal as before
      where before.actor_id = journal.actor_id and before.actor_kind = 'order' and before.type = 'assigned'
        and before.version < journal.version
      order by before.version desc limit 1) as assigned
    where ${liveOrdersOf(sql, span)} and type = 'status' and data->>'status' = 'at_pickup'
    group by 1, 2`)
  return [...rows]
}

const minuteOf = (sql: Sql) => sql`(floor(extract(epoch from at) / 60) * 60000)::bigint`

const liveOrdersOf = (sql: Sql, { fromMs, toMs }: Span) => sql`
  at >= ${new Date(fromMs)} and at < ${new Date(toMs)} and actor_kind = 'order' and substr(actor_id, 7, 1) <> 't'`

export interface FleetCount {
  /** Neither off duty nor paused, whether or not they are heard of. */
  readonly onDuty: number
  readonly busy: number
}

/** As it is now. @throws {StoreUnavailableError} */
export async function countFleet(sql: Sql): Promise<FleetCount> {
  const [row] = await answered(sql<FleetCount[]>`
    select count(*) filter (where status = 'available' or load > 0)::int as "onDuty", count(*) filter (where load > 0)::int as busy
    from drivers where not starts_with(driver_id, ${TEST_DRIVER_PREFIX})`)
  return { onDuty: row?.onDuty ?? 0, busy: row?.busy ?? 0 }
}

/** What one process, or all of them, noted in a minute. */
export interface MinuteSample extends FleetCount {
  readonly atMs: UnixMs
  readonly acknowledged: readonly number[]
}

/** Adds to what this process has noted in that minute before. @throws {StoreUnavailableError} it was noted or not. */
export async function noteSample(sql: Sql, source: string, sample: MinuteSample): Promise<void> {
  const { atMs, acknowledged, onDuty, busy } = sample
  await answered(sql`
    insert into minute_samples as before (minute, source, acknowledged, on_duty, busy)
    values (${new Date(atMs)}, ${source}, ${[...acknowledged]}::bigint[], ${onDuty}, ${busy})
    on conflict (minute, source) do update set
      acknowledged = array(
        select coalesce(a, 0) + coalesce(b, 0) from unnest(before.acknowledged, excluded.acknowledged) as both_of (a, b)),
      on_duty = before.on_duty + excluded.on_duty, busy = before.busy + excluded.busy`)
}

/** A row of each process. @param places  of the histogram; rows of a version that had others are left out. */
export async function samplesOf(sql: Sql, { fromMs, toMs }: Span, places: number): Promise<MinuteSample[]> {
  const rows = await answered(sql<{ minute: Date; acknowledged: number[]; onDuty: number; busy: number }[]>`
    select minute, acknowledged, on_duty as "onDuty", busy from minute_samples
    where minute >= ${new Date(fromMs)} and minute < ${new Date(toMs)} and cardinality(acknowledged) = ${places}`)
  return rows.map(({ minute, acknowledged, onDuty, busy }) => ({
    atMs: minute.getTime(),
    acknowledged: acknowledged.map(Number),
    onDuty,
    busy,
  }))
}

/** @returns how many were removed, at most `limit`. */
export async function forgetSamples(sql: Sql, beforeMs: UnixMs, limit: number): Promise<number> {
  const gone = await sql`
    delete from minute_samples where (minute, source) in (
      select minute, source from minute_samples where minute < ${new Date(beforeMs)}
      order by minute limit ${limit} for update skip locked)`
  return gone.count
}
