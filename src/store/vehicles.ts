/**
 * Vehicles in the record, and who drives which. A vehicle has one driver and a driver one vehicle, by a unique index; so no two
 * drivers of one vehicle can be on duty. Whoever is affected by a change is noted in the same transaction, and told afterwards
 * (`vehicle_news`): the drivers' own actors hold what of it dispatch needs.
 */
import type { DriverId, UnixMs, VehicleId } from '../domain/ids.ts'
import { modeOfDriver } from '../domain/mode.ts'
import { nextChange } from './changes.ts'
import { type ClaimOf, isClaimed, Undo } from './claimed.ts'
import { checkLimit, decodeCursor, encodeCursor, type Page, type PageRequest, pageOf } from './cursor.ts'
import { recordText } from './personal-fields.ts'
import type { Querying, Sql } from './postgres.ts'
import { answered, PAGE_MAX } from './records.ts'

export interface MaintenancePeriod {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
  readonly reason: string | null
}

export interface VehicleRecord {
  readonly vehicleId: VehicleId
  readonly type: string
  readonly plate: string | null
  /** Null: its driver's own counts. */
  readonly capacity: number | null
  readonly driverId: DriverId | null
  readonly maintenance: readonly MaintenancePeriod[]
  readonly version: number
  readonly createdAtMs: UnixMs
  readonly updatedAtMs: UnixMs
}

export type NewVehicle = Pick<VehicleRecord, 'vehicleId' | 'type' | 'plate' | 'capacity' | 'driverId' | 'maintenance'>
export type VehiclePatch = Partial<Omit<NewVehicle, 'vehicleId'>>

interface Row {
  readonly vehicleId: VehicleId
  readonly type: string
  readonly capacity: number | null
  readonly driverId: DriverId | null
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly body: { readonly plate: string | null; readonly maintenance: readonly MaintenancePeriod[] }
}

const columns = (sql: Querying) => sql`
  vehicle_id as "vehicleId", type, capacity, driver_id as "driverId", version, created_at as "createdAt",
  updated_at as "updatedAt", body`

function vehicleOf({ createdAt, updatedAt, body, ...row }: Row): VehicleRecord {
  const { plate, maintenance } = body
  return { ...row, plate, maintenance, createdAtMs: createdAt.getTime(), updatedAtMs: updatedAt.getTime() }
}

/** `no_driver`: there is none with that id · `in_use`: its driver is on duty, or has orders. */
export type LinkRefusal = 'no_driver' | 'in_use'

export type CreateVehicle =
  | { readonly kind: 'created'; readonly vehicle: VehicleRecord }
  | { readonly kind: 'exists' | 'key_taken' | LinkRefusal }

class Refused extends Error {
  readonly refusal: LinkRefusal

  constructor(refusal: LinkRefusal) {
    super(refusal)
    this.refusal = refusal
  }
}

/**
 * Together with the idempotency key of its request.
 * @throws {StoreUnavailableError} stored or not; may be repeated with the same key.
 */
export async function createVehicle(
  sql: Sql,
  vehicle: NewVehicle,
  atMs: UnixMs,
  claim: ClaimOf<VehicleRecord> | null,
): Promise<CreateVehicle> {
  const { vehicleId, type, capacity, driverId } = vehicle
  const at = new Date(atMs)
  try {
    return await answered(
      sql.begin(async (tx): Promise<CreateVehicle> => {
        const change = await nextChange(tx, 'vehicles')
        const [made] = await tx<Row[]>`
          insert into vehicles (vehicle_id, type, capacity, version, created_at, updated_at, body)
          values (${vehicleId}, ${type}, ${capacity}, 1, ${at}, ${at}, ${bodyText(sql, vehicle)}::text::jsonb)
          on conflict do nothing returning ${columns(tx)}`
        if (made === undefined) return { kind: 'exists' }
        if (driverId !== null) await link(tx, made, driverId, { change, at })
        const record = vehicleOf({ ...made, driverId })
        if (!(await isClaimed(sql, tx, claim, record))) throw new Undo()
        return { kind: 'created', vehicle: record }
      }),
    )
  } catch (error) {
    if (error instanceof Undo) return { kind: 'key_taken' }
    if (error instanceof Refused) return { kind: error.refusal }
    throw error
  }
}

function bodyText(sql: Sql, { plate, maintenance }: Pick<VehicleRecord, 'plate' | 'maintenance'>): string {
  return recordText(sql, { plate, maintenance })
}

export type UpdateVehicle =
  | { readonly kind: 'updated'; readonly vehicle: VehicleRecord; readonly told: readonly DriverId[] }
  | { readonly kind: 'missing' | LinkRefusal }

/** @throws {StoreUnavailableError} changed or not; may be repeated. */
export async function updateVehicle(
  sql: Sql,
  vehicleId: VehicleId,
  patch: VehiclePatch,
  atMs: UnixMs,
): Promise<UpdateVehicle> {
  const at = new Date(atMs)
  try {
    return await answered(
      sql.begin(async (tx): Promise<UpdateVehicle> => {
        const change = await nextChange(tx, 'vehicles')
        const [before] = await tx<Row[]>`select ${columns(tx)} from vehicles where vehicle_id = ${vehicleId}`
        if (before === undefined) return { kind: 'missing' }
        const told = await relink(tx, before, patch.driverId, { change, at })
        const { type, capacity, plate, maintenance } = { ...vehicleOf(before), ...patch }
        const [after] = await tx<Row[]>`
          update vehicles set type = ${type}, capacity = ${capacity}, version = ${before.version + 1}, updated_at = ${at},
            body = ${bodyText(sql, { plate, maintenance })}::text::jsonb
          where vehicle_id = ${vehicleId} returning ${columns(tx)}`
        return after === undefined ? { kind: 'missing' } : { kind: 'updated', vehicle: vehicleOf(after), told }
      }),
    )
  } catch (error) {
    if (error instanceof Refused) return { kind: error.refusal }
    throw error
  }
}

interface Stamp {
  readonly change: number
  readonly at: Date
}

/** @param driverId  undefined: as before; null: nobody. @returns who is to be told. */
async function relink(
  tx: Querying,
  before: Row,
  driverId: DriverId | null | undefined,
  stamp: Stamp,
): Promise<DriverId[]> {
  if (typeof driverId === 'string' && driverId !== before.driverId) return link(tx, before, driverId, stamp)
  if (driverId === null) await tx`update vehicles set driver_id = null where vehicle_id = ${before.vehicleId}`
  const told = before.driverId === null ? [] : [before.driverId]
  await note(tx, told, stamp)
  return told
}

/** Takes it from whoever had it, unless that one works with it now. @throws {Refused} @returns who is to be told. */
async function link(tx: Querying, vehicle: Row, driverId: DriverId, stamp: Stamp): Promise<DriverId[]> {
  // Whatever the caller did: a vehicle is a live one, and a test driver would take it out of the fleet.
  if (modeOfDriver(driverId) === 'test') throw new Refused('no_driver')
  const ids = [driverId, ...(vehicle.driverId === null ? [] : [vehicle.driverId])]
  const drivers = await tx<{ driverId: DriverId; isOnDuty: boolean }[]>`
    select driver_id as "driverId", status <> 'offline' or load > 0 as "isOnDuty" from drivers
    where driver_id = any(${ids}::text[])`
  if (!drivers.some(driver => driver.driverId === driverId)) throw new Refused('no_driver')
  if (drivers.some(driver => driver.driverId === vehicle.driverId && driver.isOnDuty)) throw new Refused('in_use')
  // A driver has one: the one of before stands without.
  await tx`
    update vehicles set driver_id = null, version = version + 1, updated_at = ${stamp.at} where driver_id = ${driverId}`
  await tx`update vehicles set driver_id = ${driverId} where vehicle_id = ${vehicle.vehicleId}`
  await note(tx, ids, stamp)
  return ids
}

async function note(tx: Querying, driverIds: readonly DriverId[], { change, at }: Stamp): Promise<void> {
  if (driverIds.length === 0) return
  await tx`
    insert into vehicle_news (driver_id, change, at)
    select driver_id, ${change}, ${at} from unnest(${[...driverIds]}::text[]) as told (driver_id)
    on conflict (driver_id) do update set change = excluded.change, at = excluded.at`
}

/** As a change of the driver's: gives it that vehicle, or none. @throws {StoreUnavailableError} changed or not; may be repeated. */
export async function linkDriver(
  sql: Sql,
  driverId: DriverId,
  vehicleId: VehicleId | null,
  atMs: UnixMs,
): Promise<
  { readonly kind: 'linked'; readonly told: readonly DriverId[] } | { readonly kind: 'missing' | LinkRefusal }
> {
  const at = new Date(atMs)
  try {
    return await answered(
      sql.begin(async tx => {
        const change = await nextChange(tx, 'vehicles')
        const stamp = { change, at }
        if (vehicleId === null) {
          const left = await tx`
            update vehicles set driver_id = null, version = version + 1, updated_at = ${at}
            where driver_id = ${driverId} returning vehicle_id`
          const told = left.length > 0 ? [driverId] : []
          await note(tx, told, stamp)
          return { kind: 'linked', told } as const
        }
        const [vehicle] = await tx<Row[]>`select ${columns(tx)} from vehicles where vehicle_id = ${vehicleId}`
        if (vehicle === undefined) return { kind: 'missing' } as const
        if (vehicle.driverId === driverId) return { kind: 'linked', told: [] } as const
        const told = await link(tx, vehicle, driverId, stamp)
        await tx`update vehicles set version = version + 1, updated_at = ${at} where vehicle_id = ${vehicleId}`
        return { kind: 'linked', told } as const
      }),
    )
  } catch (error) {
    if (error instanceof Refused) return { kind: error.refusal }
    throw error
  }
}

export type DeleteVehicle =
  | { readonly kind: 'deleted'; readonly vehicle: VehicleRecord }
  | { readonly kind: 'missing' }
  | { readonly kind: 'in_use'; readonly driverId: DriverId }

/** One with a driver stays. @throws {StoreUnavailableError} deleted or not. */
export async function deleteVehicle(sql: Sql, vehicleId: VehicleId): Promise<DeleteVehicle> {
  return answered(
    sql.begin(async (tx): Promise<DeleteVehicle> => {
      await nextChange(tx, 'vehicles')
      const [row] = await tx<Row[]>`select ${columns(tx)} from vehicles where vehicle_id = ${vehicleId}`
      if (row === undefined) return { kind: 'missing' }
      if (row.driverId !== null) return { kind: 'in_use', driverId: row.driverId }
      await tx`delete from vehicles where vehicle_id = ${vehicleId}`
      return { kind: 'deleted', vehicle: vehicleOf(row) }
    }),
  )
}

/** @throws {StoreUnavailableError} */
export async function vehicleById(sql: Sql, vehicleId: VehicleId): Promise<VehicleRecord | null> {
  const [row] = await answered(sql<Row[]>`select ${columns(sql)} from vehicles where vehicle_id = ${vehicleId}`)
  return row ? vehicleOf(row) : null
}

export interface VehicleFilter {
  readonly type?: string | undefined
  readonly driverId?: string | undefined
}

/** Newest first. @throws {BrokenCursorError} @throws {StoreUnavailableError} */
export async function listVehicles(sql: Sql, filter: VehicleFilter, page: PageRequest): Promise<Page<VehicleRecord>> {
  checkLimit(page.limit, PAGE_MAX)
  const after = decodeCursor('vehicles', ['number', 'string'], page.cursor)
  const { type, driverId } = filter
  const rows = await answered(sql<Row[]>`
    select ${columns(sql)} from vehicles
    where true
      ${type === undefined ? sql`` : sql`and type = ${type}`}
      ${driverId === undefined ? sql`` : sql`and driver_id = ${driverId}`}
      ${after === null ? sql`` : sql`and (created_at, vehicle_id) < (${new Date(after[0])}, ${after[1]})`}
    order by created_at desc, vehicle_id desc limit ${page.limit + 1}`)
  return pageOf(rows.map(vehicleOf), page.limit, vehicle =>
    encodeCursor('vehicles', [vehicle.createdAtMs, vehicle.vehicleId]),
  )
}

// ---------------------------------------------------------------- who is to be told

export interface VehicleNews {
  readonly driverId: DriverId
  readonly change: number
  /** As it is now: at least as new as the change. Null: the driver has none. */
  readonly vehicle: VehicleRecord | null
}

/** The oldest first. @param driverIds  null: anybody. @throws {StoreUnavailableError} */
export async function vehicleNews(
  sql: Sql,
  driverIds: readonly DriverId[] | null,
  limit: number,
): Promise<VehicleNews[]> {
  // One statement sees one state of both tables, so the vehicle is never older than the note.
  const rows = await answered(sql<(Partial<Row> & { toldId: DriverId; toldChange: number })[]>`
    select n.driver_id as "toldId", n.change as "toldChange", v.*
    from vehicle_news n left join lateral (select ${columns(sql)} from vehicles where driver_id = n.driver_id) v on true
    where ${driverIds === null ? sql`true` : sql`n.driver_id = any(${[...driverIds]}::text[])`}
    order by n.change limit ${limit}`)
  return rows.map(({ toldId, toldChange, ...row }) => ({
    driverId: toldId,
    change: toldChange,
    vehicle: (row.vehicleId ?? null) === null ? null : vehicleOf(row as Row),
  }))
}

/** Of a change that came meanwhile the note stays. @throws {StoreUnavailableError} */
export async function newsTold(sql: Sql, driverId: DriverId, change: number): Promise<void> {
  await answered(sql`delete from vehicle_news where driver_id = ${driverId} and change = ${change}`)
}
