/**
 * Zones in the record. Each change takes the next number of all changes, under a lock that ends with its commit: by that
 * number every thread of every node knows what it has not seen yet. A deleted zone leaves a row that says so.
 */
import type { UnixMs, ZoneId } from '../domain/ids.ts'
import type { MultiPolygon, Polygon, ZoneKind } from '../domain/zones/zone.ts'
import { nextChange } from './changes.ts'
import { type ClaimOf, isClaimed, Undo } from './claimed.ts'
import { checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import type { Querying, Sql } from './postgres.ts'
import { answered, PAGE_MAX } from './records.ts'

/** Of a deployment: each is in the memory of every thread, some kilobytes of it. */
export const ZONES_MAX = 50_000

export type ZoneGeometry =
  | { readonly type: 'Polygon'; readonly coordinates: Polygon }
  | { readonly type: 'MultiPolygon'; readonly coordinates: MultiPolygon }

export interface ZoneRecord {
  readonly zoneId: ZoneId
  readonly kind: ZoneKind
  readonly name: string
  readonly version: number
  readonly dwellS: number | null
  readonly geometry: ZoneGeometry
  readonly createdAtMs: UnixMs
  readonly updatedAtMs: UnixMs
}

export type NewZone = Pick<ZoneRecord, 'zoneId' | 'kind' | 'name' | 'dwellS' | 'geometry'>
export type ZonePatch = Partial<Pick<ZoneRecord, 'name' | 'dwellS' | 'geometry'>>

interface Row extends Omit<ZoneRecord, 'createdAtMs' | 'updatedAtMs'> {
  readonly createdAt: Date
  readonly updatedAt: Date
}

const columns = (sql: Querying) => sql`
  zone_id as "zoneId", kind, name, version, dwell_s as "dwellS", geometry, created_at as "createdAt",
  updated_at as "updatedAt"`

function zoneOf({ createdAt, updatedAt, ...row }: Row): ZoneRecord {
  return { ...row, createdAtMs: createdAt.getTime(), updatedAtMs: updatedAt.getTime() }
}

export function areaOf(geometry: ZoneGeometry): MultiPolygon {
  return geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
}

export type CreateZone =
  | { readonly kind: 'created'; readonly zone: ZoneRecord }
  | { readonly kind: 'exists' | 'key_taken' | 'full' }

/**
 * Together with the idempotency key of its request.
 * @throws {StoreUnavailableError} stored or not; may be repeated with the same key.
 */
export async function createZone(
  sql: Sql,
  zone: NewZone,
  atMs: UnixMs,
  claim: ClaimOf<ZoneRecord> | null,
): Promise<CreateZone> {
  const { zoneId, kind, name, dwellS, geometry } = zone
  const at = new Date(atMs)
  try {
    return await answered(
      sql.begin(async (tx): Promise<CreateZone> => {
        const change = await nextChange(tx, 'zones')
        const [{ count } = { count: 0 }] = await tx<{ count: number }[]>`
          select count(*)::int as count from zones where deleted_at is null`
        if (count >= ZONES_MAX) return { kind: 'full' }
        // An id may be used again: what was deleted goes on with its versions, so that none is of two areas.
        const [row] = await tx<Row[]>`
          insert into zones as z (zone_id, kind, name, version, change, dwell_s, geometry, created_at, updated_at)
          values (${zoneId}, ${kind}, ${name}, 1, ${change}, ${dwellS}, ${JSON.stringify(geometry)}::text::jsonb, ${at}, ${at})
          on conflict (zone_id) do update set kind = excluded.kind, name = excluded.name, version = z.version + 1,
            change = excluded.change, dwell_s = excluded.dwell_s, geometry = excluded.geometry,
            created_at = excluded.created_at, updated_at = excluded.updated_at, deleted_at = null
          where z.deleted_at is not null
          returning ${columns(tx)}`
        if (row === undefined) return { kind: 'exists' }
        await keepVersion(tx, row)
        const made = zoneOf(row)
        if (!(await isClaimed(sql, tx, claim, made))) throw new Undo()
        return { kind: 'created', zone: made }
      }),
    )
  } catch (error) {
    if (error instanceof Undo) return { kind: 'key_taken' }
    throw error
  }
}

/** @returns null where there is none. @throws {StoreUnavailableError} changed or not; may be repeated. */
export async function updateZone(sql: Sql, zoneId: ZoneId, patch: ZonePatch, atMs: UnixMs): Promise<ZoneRecord | null> {
  const { name, dwellS, geometry } = patch
  return answered(
    sql.begin(async tx => {
      const change = await nextChange(tx, 'zones')
      const [row] = await tx<Row[]>`
        update zones set version = version + 1, change = ${change}, updated_at = ${new Date(atMs)}
          ${name === undefined ? tx`` : tx`, name = ${name}`}
          ${dwellS === undefined ? tx`` : tx`, dwell_s = ${dwellS}`}
          ${geometry === undefined ? tx`` : tx`, geometry = ${JSON.stringify(geometry)}::text::jsonb`}
        where zone_id = ${zoneId} and deleted_at is null
        returning ${columns(tx)}`
      if (row === undefined) return null
      await keepVersion(tx, row)
      return zoneOf(row)
    }),
  )
}

async function keepVersion(tx: Querying, { zoneId, version, kind, geometry, updatedAt }: Row): Promise<void> {
  if (kind !== 'price_area') return
  await tx`
    insert into zone_versions (zone_id, version, at, geometry)
    values (${zoneId}, ${version}, ${updatedAt}, ${JSON.stringify(geometry)}::text::jsonb)`
}

export type DeleteZone =
  | { readonly kind: 'deleted'; readonly zone: ZoneRecord }
  | { readonly kind: 'missing' }
  | { readonly kind: 'in_use'; readonly rulesets: readonly string[] }

/** A price area that a ruleset names, now or later, stays. @throws {StoreUnavailableError} deleted or not. */
export async function deleteZone(sql: Sql, zoneId: ZoneId, atMs: UnixMs): Promise<DeleteZone> {
  const at = new Date(atMs)
  return answered(
    sql.begin(async (tx): Promise<DeleteZone> => {
      const change = await nextChange(tx, 'zones')
      const [row] = await tx<Row[]>`
        select ${columns(tx)} from zones where zone_id = ${zoneId} and deleted_at is null`
      if (row === undefined) return { kind: 'missing' }
      const naming = await tx<{ version: string }[]>`
        select version from rulesets where (valid_to is null or valid_to > ${at})
          and body->'areas' @> ${JSON.stringify([{ zoneId }])}::text::jsonb
        order by version limit 10`
      if (naming.length > 0) return { kind: 'in_use', rulesets: naming.map(({ version }) => version) }
      await tx`
        update zones set change = ${change}, geometry = null, updated_at = ${at}, deleted_at = ${at}
        where zone_id = ${zoneId}`
      return { kind: 'deleted', zone: zoneOf(row) }
    }),
  )
}

/** @throws {StoreUnavailableError} */
export async function zoneById(sql: Sql, zoneId: ZoneId): Promise<ZoneRecord | null> {
  const [row] = await answered(
    sql<Row[]>`select ${columns(sql)} from zones where zone_id = ${zoneId} and deleted_at is null`,
  )
  return row ? zoneOf(row) : null
}

/** Newest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function listZones(
  sql: Sql,
  filter: { readonly kind?: ZoneKind | undefined },
  page: PageRequest,
): Promise<Page<ZoneRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('zones', ['number', 'string'], page.cursor)
  const rows = await answered(sql<Row[]>`
    select ${columns(sql)} from zones
    where deleted_at is null
      ${filter.kind === undefined ? sql`` : sql`and kind = ${filter.kind}`}
      ${after === null ? sql`` : sql`and (created_at, zone_id) < (${new Date(after[0])}, ${after[1]})`}
    order by created_at desc, zone_id desc limit ${page.limit + 1}`)
  return pageOf(rows.map(zoneOf), page.limit, zone => encodeCursor('zones', [zone.createdAtMs, zone.zoneId]))
}

/** Those that there are, of that kind. @throws {StoreUnavailableError} */
export async function zonesThere(sql: Sql, kind: ZoneKind, zoneIds: readonly string[]): Promise<Set<string>> {
  const rows = await answered(sql<{ zoneId: string }[]>`
    select zone_id as "zoneId" from zones
    where zone_id = any(${[...zoneIds]}::text[]) and kind = ${kind} and deleted_at is null`)
  return new Set(rows.map(({ zoneId }) => zoneId))
}

/**
 * What is left of zones that were deleted before that time: every node has seen so by then. Of price areas it stays, since their
 * versions do. @returns how many were removed.
 */
export async function forgetDeletedZones(sql: Sql, beforeMs: UnixMs, limit: number): Promise<number> {
  const gone = await sql`
    delete from zones where zone_id in (
      select zone_id from zones where deleted_at < ${new Date(beforeMs)} and kind <> 'price_area' limit ${limit})`
  return gone.count
}

/** How a price area was drawn then. @throws {StoreUnavailableError} */
export async function zoneVersion(sql: Sql, zoneId: string, version: number): Promise<MultiPolygon | null> {
  const [row] = await answered(sql<{ geometry: ZoneGeometry }[]>`
    select geometry from zone_versions where zone_id = ${zoneId} and version = ${version}`)
  return row ? areaOf(row.geometry) : null
}
