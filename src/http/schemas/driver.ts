import { type Static, Type } from '@sinclair/typebox'
import { checker } from '../validate.ts'
import {
  Body,
  Cursor,
  DriverIdText,
  DriverStatusText,
  Limit,
  Maybe,
  OrNull,
  Skills,
  Text,
  VehicleType,
} from './common.ts'
import { RatingSumView } from './rating.ts'

const Capacity = Type.Integer({
  minimum: 1,
  maximum: 1_000,
  description: 'The sum of the sizes of the orders that the driver can have at once.',
})
const Rating = Type.Number({ minimum: 1, maximum: 5, description: 'Stars, kept by whoever collects them.' })
const VehicleId = Type.String({
  pattern: '^[A-Za-z0-9_-]{1,64}$',
  description:
    'One of /v1/vehicles: while the driver has it, its type and its capacity, if it says one, are the driver’s.',
})

const profile = {
  name: Maybe(Text(100)),
  phone: Maybe(Text(32)),
  vehicle_type: Maybe(VehicleType),
  vehicle_id: Maybe(VehicleId),
  capacity: Maybe(Capacity),
  skills: Maybe(Skills),
  rating: Maybe(Rating),
}

export const NewDriver = Body({ driver_id: Maybe(DriverIdText), ...profile }, { $id: 'NewDriver' })
export type NewDriver = Static<typeof NewDriver>

/** Null clears a field, so that it is as of a driver that was made without it; what is left out stays. */
export const DriverPatch = Body(profile, { $id: 'DriverPatch' })
export type DriverPatch = Static<typeof DriverPatch>

export const AvailabilityBody = Body({
  status: Type.Union([Type.Literal('available'), Type.Literal('paused'), Type.Literal('offline')]),
})

export const DriverView = Type.Object(
  {
    driver_id: Type.String(),
    name: OrNull(Type.String()),
    phone: OrNull(Type.String()),
    vehicle_type: OrNull(Type.String()),
    vehicle_id: OrNull(Type.String()),
    capacity: Type.Integer(),
    skills: Type.Array(Type.String()),
    rating: OrNull(Type.Number()),
    status: DriverStatusText,
    load: Type.Integer({ description: 'The sum of the sizes of the orders that the driver has.' }),
    ratings: Type.Optional(RatingSumView),
    version: Type.Integer(),
  },
  { $id: 'Driver' },
)
export type DriverView = Static<typeof DriverView>

export const DriversQuery = Type.Object({
  limit: Limit,
  cursor: Cursor,
  status: Type.Optional(
    Type.Union([Type.Literal('available'), Type.Literal('paused'), Type.Literal('offline')], {
      description: 'What the driver has set: one that is `offered` or `busy` is among the `available`.',
    }),
  ),
})

export const newDriver = checker(NewDriver)
export const driverPatch = checker(DriverPatch)
export const availabilityBody = checker(AvailabilityBody)
export const driversQuery = checker(DriversQuery)
