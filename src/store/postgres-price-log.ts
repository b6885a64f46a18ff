/**
 * The rounds of surge in Postgres. A round is one row, written once: a second actor that computes it, or one of before, finds
 * it there. The shard's row is read with a share lock in the same statement, so that a former owner is refused whatever
 * it believes.
 */
import type { AreaPrices, PriceLog, StoreRoundOutcome } from '../actors/runtime/ports.ts'
import type { CellId, ShardId, UnixMs } from '../domain/ids.ts'
import { rulesetInForce } from '../domain/pricing/in-force.ts'
import type { CellSurge, RoundBasis, RoundFlag, SurgeRound } from '../domain/surge/surge-round.ts'
import type { Sql } from './postgres.ts'
import { answered } from './records.ts'
import { rulesetsValidAt } from './rulesets.ts'

type StoredCell = readonly [cell: CellId, multiplier: number, smoothed: number, demand: number, supply: number]

interface RoundRow {
  readonly area: CellId
  readonly round: number
  readonly at: Date
  readonly rulesetVersion: string
  readonly flags: readonly RoundFlag[]
  readonly usual: Readonly<Record<string, number>>
  readonly cells: readonly StoredCell[]
  readonly basis: RoundBasis | null
}

const columns = (sql: Sql) => sql`area, round, at, ruleset_version as "rulesetVersion", flags, usual, cells, basis`

export class PostgresPriceLog implements PriceLog {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async storeRound(
    round: SurgeRound,
    { shard, shardEpoch }: { shard: ShardId; shardEpoch: number },
  ): Promise<StoreRoundOutcome> {
    const [row] = await answered(this.#sql<{ owned: boolean; stored: boolean }[]>`
      with owner as (
        select from shards where shard = ${shard} and epoch = ${shardEpoch} for share
      ), stored as (
        insert into price_rounds (area, round, at, ruleset_version, flags, usual, cells, basis)
        select ${round.area}, ${round.round}::bigint, ${new Date(round.atMs)}, ${round.rulesetVersion},
          ${JSON.stringify(round.flags)}::text::jsonb, ${JSON.stringify(round.usualLeavesPermille)}::text::jsonb,
          ${JSON.stringify(round.cells.map(storedCell))}::text::jsonb,
          ${round.basis === null ? null : JSON.stringify(round.basis)}::text::jsonb
        from owner
        where not exists (select from price_rounds where area = ${round.area} and round >= ${round.round}::bigint)
        on conflict do nothing
        returning round
      )
      select exists (select from owner) as owned, exists (select from stored) as stored`)
    if (!row?.owned) return 'fenced'
    return row.stored ? 'stored' : 'present'
  }

  async pricesOf(areas: readonly CellId[], atMs: UnixMs): Promise<AreaPrices[]> {
    const [rows, rulesets] = await Promise.all([this.#lastRounds(areas), rulesetsValidAt(this.#sql, atMs)])
    const lastOf = new Map(rows.map(row => [row.area, roundOf(row)]))
    return areas.map(area => {
      const ruleset = rulesetInForce(rulesets, area, atMs)?.ruleset
      return {
        area,
        last: lastOf.get(area) ?? null,
        rulesetVersion: ruleset?.version ?? '',
        surge: ruleset?.surge ?? null,
      }
    })
  }

  async #lastRounds(areas: readonly CellId[]): Promise<RoundRow[]> {
    return answered(this.#sql<RoundRow[]>`
      select ${columns(this.#sql)}
      from unnest(${[...areas]}::text[]) as asked (asked_area)
      cross join lateral (
        select * from price_rounds where price_rounds.area = asked_area order by round desc limit 1
      ) as r`)
  }
}

function storedCell({ cell, multiplierPermille, smoothedPermille, demand, supplyPermille }: CellSurge): StoredCell {
  return [cell, multiplierPermille, smoothedPermille, demand, supplyPermille]
}

function roundOf({ area, round, at, rulesetVersion, flags, usual, cells, basis }: RoundRow): SurgeRound {
  return {
    area,
    round,
    atMs: at.getTime(),
    rulesetVersion,
    flags,
    usualLeavesPermille: usual,
    cells: cells.map(([cell, multiplierPermille, smoothedPermille, demand, supplyPermille]) => ({
      cell,
      multiplierPermille,
      smoothedPermille,
      demand,
      supplyPermille,
    })),
    basis,
  }
}

/** @returns null where it was never stored, or is forgotten. @throws {StoreUnavailableError} */
export async function storedRound(sql: Sql, area: CellId, round: number): Promise<SurgeRound | null> {
  const [row] = await answered(sql<RoundRow[]>`
    select ${columns(sql)} from price_rounds where area = ${area} and round = ${round}::bigint`)
  return row ? roundOf(row) : null
}

/** @returns how many were removed, at most `limit`. The last round of each area stays: it is what the next one goes on from. */
export async function forgetPriceRounds(sql: Sql, beforeMs: UnixMs, limit: number): Promise<number> {
  const gone = await sql`
    delete from price_rounds where (area, round) in (
      select area, round from price_rounds as old where at < ${new Date(beforeMs)}
        and exists (select from price_rounds as later where later.area = old.area and later.round > old.round)
      limit ${limit})`
  return gone.count
}
