/** Virtual couriers of test mode. */
import { type Static, Type } from '@sinclair/typebox'
import { BEHAVIOURS } from '../../virtual/behaviour.ts'
import { COURIERS_MAX, SPEED_DEFAULT_MPS, SPEED_MAX_MPS, TTL_DEFAULT_S, TTL_MAX_S } from '../../virtual/limits.ts'
import { checker } from '../validate.ts'
import { Body, DriverIdText, Latitude, Longitude, Maybe, Skills, VehicleType } from './common.ts'
import { DriverView } from './driver.ts'

const BehaviourText = Type.Union(
  BEHAVIOURS.map(behaviour => Type.Literal(behaviour)),
  {
    description:
      '`accept`: takes each offer and carries the order out. `decline`: says no. `stall`: says nothing until the offer is over. ' +
      '`no_show`: takes it, sets out and stops short of the pickup. `drop_out`: takes it and gives it back at the pickup.',
  },
)

export const NewCourier = Body(
  {
    behaviour: BehaviourText,
    near: Body({ latitude: Latitude, longitude: Longitude }),
    driver_id: Maybe(DriverIdText),
    vehicle_type: Maybe(VehicleType),
    skills: Maybe(Skills),
    capacity: Maybe(Type.Integer({ minimum: 1, maximum: 100 })),
    speed_mps: Maybe(
      Type.Number({ minimum: 1, maximum: SPEED_MAX_MPS, description: `${SPEED_DEFAULT_MPS} if left out.` }),
    ),
    ttl_s: Maybe(
      Type.Integer({
        minimum: 10,
        maximum: TTL_MAX_S,
        description: `Then it goes off duty for good; ${TTL_DEFAULT_S} if left out.`,
      }),
    ),
  },
  { $id: 'NewVirtualCourier' },
)
export type NewCourier = Static<typeof NewCourier>

export const CourierPatch = Body({ behaviour: BehaviourText })

const courier = {
  driver_id: Type.String(),
  behaviour: Type.String(),
  speed_mps: Type.Number(),
  created_at: Type.String({ format: 'date-time' }),
  expires_at: Type.String({ format: 'date-time' }),
}
export const CourierView = Type.Object(courier, { $id: 'VirtualCourier' })
export type CourierView = Static<typeof CourierView>
export const MadeCourierView = Type.Composite([DriverView, Type.Object(courier)], { $id: 'MadeVirtualCourier' })
export const CouriersView = Type.Object({
  data: Type.Array(CourierView, { maxItems: COURIERS_MAX }),
  next_cursor: Type.Null(),
})

export const newCourier = checker(NewCourier)
export const courierPatch = checker(CourierPatch)
