/** Vehicles: what drivers drive. */
import { type Static, Type } from '@sinclair/typebox'
import { checker } from '../validate.ts'
import { Body, Cursor, DriverIdText, Instant, Limit, Maybe, OrNull, Text, VehicleType } from './common.ts'

const VehicleIdText = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: '1–64 of A–Z a–z 0–9 _ -.' })

/** More than a vehicle has in its life. */
const PERIODS_MAX = 100

const Capacity = Type.Integer({ minimum: 1, maximum: 1_000, description: 'Left out: the driver’s own.' })
const Maintenance = Type.Array(Body({ from: Instant, to: Instant, reason: Maybe(Text(200)) }), {
  maxItems: PERIODS_MAX,
  description: 'While one of them lasts, the driver of the vehicle is offered nothing.',
})
const DriverOfVehicle = Type.String({
  ...DriverIdText,
  description: 'Whoever drives it: its `vehicle_id` follows, and its type and capacity are those of the vehicle.',
})

const fields = {
  plate: Maybe(Text(32)),
  capacity: Maybe(Capacity),
  driver_id: Maybe(DriverOfVehicle),
  maintenance: Maybe(Maintenance),
}

export const NewVehicle = Body(
  { vehicle_id: Maybe(VehicleIdText), type: VehicleType, ...fields },
  { $id: 'NewVehicle' },
)
export type NewVehicle = Static<typeof NewVehicle>

/** Null clears; what is left out stays. */
export const VehiclePatch = Body({ type: Type.Optional(VehicleType), ...fields }, { $id: 'VehiclePatch' })
export type VehiclePatch = Static<typeof VehiclePatch>

const Time = Type.String({ format: 'date-time' })

export const VehicleView = Type.Object(
  {
    vehicle_id: Type.String(),
    type: Type.String(),
    plate: OrNull(Type.String()),
    capacity: OrNull(Type.Integer()),
    driver_id: OrNull(Type.String()),
    maintenance: Type.Array(Type.Object({ from: Time, to: Time, reason: OrNull(Type.String()) })),
    in_maintenance: Type.Boolean({ description: 'Now.' }),
    version: Type.Integer({ description: 'One more with each change.' }),
    created_at: Time,
    updated_at: Time,
  },
  { $id: 'Vehicle' },
)
export type VehicleView = Static<typeof VehicleView>

export const VehiclesQuery = Type.Object({
  limit: Limit,
  cursor: Cursor,
  type: Type.Optional(VehicleType),
  driver_id: Type.Optional(DriverIdText),
})

export const newVehicle = checker(NewVehicle)
export const vehiclePatch = checker(VehiclePatch)
export const vehiclesQuery = checker(VehiclesQuery)
