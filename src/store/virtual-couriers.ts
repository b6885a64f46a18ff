/** Virtual couriers in the record, and who drives them. */
import type { OrderState } from '../actors/order/order.state.ts'
import type { DriverId, OrderId, UnixMs } from '../domain/ids.ts'
import type { Behaviour } from '../virtual/behaviour.ts'
import type { CourierLease, CourierRecord, CourierStore } from '../virtual/ports.ts'
import type { Sql } from './postgres.ts'
import { answered } from './records.ts'
import { orderById } from './records-orders.ts'

interface Row {
  readonly driverId: DriverId
  readonly behaviour: Behaviour
  readonly latitude: number
  readonly longitude: number
  readonly speedMps: number
  readonly createdAt: Date
  readonly expiresAt: Date
}

const columns = (sql: Sql) => sql`
  c.driver_id as "driverId", c.behaviour, c.latitude, c.longitude, c.speed_mps as "speedMps", c.created_at as "createdAt",
  c.expires_at as "expiresAt"`

function recordOf({ latitude, longitude, createdAt, expiresAt, ...row }: Row): CourierRecord {
  return { ...row, place: { latitude, longitude }, createdAtMs: createdAt.getTime(), expiresAtMs: expiresAt.getTime() }
}

/** @returns `too_many` where there are as many as there may be. @throws {StoreUnavailableError} stored or not; may be repeated. */
export async function insertCourier(sql: Sql, courier: CourierRecord, max: number): Promise<'created' | 'too_many'> {
  const { driverId, behaviour, place, speedMps, createdAtMs, expiresAtMs } = courier
  const made = await answered(sql`
    insert into virtual_couriers (driver_id, behaviour, latitude, longitude, speed_mps, created_at, expires_at)
    select ${driverId}, ${behaviour}, ${place.latitude}::float8, ${place.longitude}::float8, ${speedMps}::float8,
      ${new Date(createdAtMs)}::timestamptz, ${new Date(expiresAtMs)}::timestamptz
    where (select count(*) from virtual_couriers) < ${max}
    on conflict (driver_id) do update set behaviour = excluded.behaviour`)
  return made.count > 0 ? 'created' : 'too_many'
}

/** @throws {StoreUnavailableError} */
export async function courierCount(sql: Sql): Promise<number> {
  const [row] = await answered(sql<{ count: number }[]>`select count(*) as count from virtual_couriers`)
  return row?.count ?? 0
}

/** All of them, by id. @throws {StoreUnavailableError} */
export async function listCouriers(sql: Sql): Promise<CourierRecord[]> {
  const rows = await answered(sql<Row[]>`select ${columns(sql)} from virtual_couriers c order by driver_id`)
  return rows.map(recordOf)
}

/** @returns null where it is not there. @throws {StoreUnavailableError} changed or not; may be repeated. */
export async function changeCourier(sql: Sql, driverId: string, behaviour: Behaviour): Promise<CourierRecord | null> {
  const [row] = await answered(sql<Row[]>`
    update virtual_couriers c set behaviour = ${behaviour} where driver_id = ${driverId} returning ${columns(sql)}`)
  return row ? recordOf(row) : null
}

/** @returns whether it was there. @throws {StoreUnavailableError} removed or not; may be repeated. */
export async function removeCourier(sql: Sql, driverId: string): Promise<boolean> {
  const gone = await answered(sql`delete from virtual_couriers where driver_id = ${driverId}`)
  return gone.count > 0
}

export class PostgresCouriers implements CourierStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async lease({ node, nowMs, untilMs, places }: CourierLease): Promise<CourierRecord[]> {
    const now = new Date(nowMs)
    const rows = await answered(this.#sql<Row[]>`
      update virtual_couriers c set driven_by = ${node}, driven_until = ${new Date(untilMs)},
        -- Where it had come to counts only while it was ours.
        latitude = case when c.driven_by = ${node} then coalesce(p.latitude, c.latitude) else c.latitude end,
        longitude = case when c.driven_by = ${node} then coalesce(p.longitude, c.longitude) else c.longitude end
      from (
        select driver_id from virtual_couriers
        where driven_until is null or driven_until < ${now} or driven_by = ${node}
        order by driver_id for update skip locked
      ) due
      left join unnest(${[...places.keys()]}::text[], ${[...places.values()].map(p => p.latitude)}::float8[],
        ${[...places.values()].map(p => p.longitude)}::float8[]) as p (driver_id, latitude, longitude)
        on p.driver_id = due.driver_id
      where c.driver_id = due.driver_id
      returning ${columns(this.#sql)}`)
    return rows.map(recordOf)
  }

  async remove(driverId: DriverId): Promise<void> {
    await removeCourier(this.#sql, driverId)
  }

  async readOrder(orderId: OrderId): Promise<OrderState | null> {
    const row = await orderById(this.#sql, orderId)
    // Written by the order's decider.
    return row === null ? null : (row.state as unknown as OrderState)
  }
}

/** When it goes off duty by itself. */
export function expiryOf(nowMs: UnixMs, ttlS: number): UnixMs {
  return nowMs + ttlS * 1_000
}
