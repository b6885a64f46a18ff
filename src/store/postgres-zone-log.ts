import type { ZoneChange, ZoneChanges, ZoneLog } from '../actors/runtime/ports.ts'
import type { ZoneId } from '../domain/ids.ts'
import type { ZoneKind } from '../domain/zones/zone.ts'
import type { Sql } from './postgres.ts'
import { answered } from './records.ts'
import { areaOf, type ZoneGeometry } from './zones.ts'

/** A megabyte or so; of the largest zones some tens. */
const PAGE = 500

interface Row {
  readonly zoneId: ZoneId
  readonly kind: ZoneKind
  readonly version: number
  readonly change: number
  readonly dwellS: number | null
  /** Null: deleted, or of another kind. */
  readonly geometry: ZoneGeometry | null
}

/** The changes of zones in Postgres. Asked twice a second by every thread, it reads nothing where nothing has changed. */
export class PostgresZoneLog implements ZoneLog {
  readonly #sql: Sql
  readonly #kinds: readonly ZoneKind[]

  /** @param kinds  that are wanted; of the others no areas are read. */
  constructor(sql: Sql, kinds: readonly ZoneKind[]) {
    this.#sql = sql
    this.#kinds = kinds
  }

  async since(change: number): Promise<ZoneChanges> {
    const sql = this.#sql
    const rows = await answered(sql<Row[]>`
      select zone_id as "zoneId", kind, version, change, dwell_s as "dwellS",
        case when kind = any(${[...this.#kinds]}::text[]) then geometry end as geometry
      from zones where change > ${change} order by change limit ${PAGE}`)
    return { changes: rows.map(changeOf), upTo: rows.at(-1)?.change ?? change, isWhole: rows.length < PAGE }
  }
}

function changeOf({ zoneId, kind, version, dwellS, geometry }: Row): ZoneChange {
  if (geometry === null) return { zoneId, zone: null }
  const dwellMs = dwellS === null ? null : dwellS * 1_000
  return { zoneId, zone: { zoneId, kind, version, area: areaOf(geometry), dwellMs } }
}
