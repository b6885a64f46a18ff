/** What a tracking link shows. */
import { type Static, Type } from '@sinclair/typebox'
import { Latitude, Longitude, OrderStatusText, OrNull } from './common.ts'

const Time = Type.String({ format: 'date-time' })
const End = OrNull(
  Type.Object({ latitude: Latitude, longitude: Longitude }, { description: 'Null once the order is over.' }),
)

const tracked = {
  order_id: Type.String(),
  status: OrderStatusText,
  pickup: End,
  dropoff: End,
  scheduled_at: OrNull(Time),
  driver: OrNull(Type.Object({ driver_id: Type.String(), vehicle_type: OrNull(Type.String()) })),
  eta: Type.Object({ pickup_at: OrNull(Time), dropoff_at: OrNull(Time) }),
  pin: OrNull(Type.String({ description: 'To be told to the driver at the door.' })),
  proof: OrNull(
    Type.Object(
      { pin: Type.Boolean(), photo: Type.Boolean(), signature: Type.Boolean() },
      { description: 'What it was delivered with: that there is a photo, and not where it is.' },
    ),
  ),
  updated_at: Time,
  version: Type.Integer(),
}

export const TrackedOrder = Type.Object(tracked, {
  $id: 'TrackedOrder',
  description: 'An order as the holder of its tracking link sees it.',
})
export type TrackedOrder = Static<typeof TrackedOrder>

export const TrackingView = Type.Object(
  {
    ...tracked,
    location: OrNull(
      Type.Object({
        latitude: Latitude,
        longitude: Longitude,
        speed: OrNull(Type.Number()),
        heading: OrNull(Type.Number()),
        recorded_at: Time,
        age_ms: Type.Integer(),
        stale: Type.Boolean(),
      }),
    ),
    timeline: Type.Array(Type.Object({ status: OrderStatusText, at: Time }), {
      description:
        'Since when it was in each status, oldest first; a status comes again where its driver has dropped out.',
    }),
  },
  { $id: 'Tracking' },
)
export type TrackingView = Static<typeof TrackingView>

export const TrackedFix = Type.Object({
  driver_id: Type.String(),
  latitude: Latitude,
  longitude: Longitude,
  speed: OrNull(Type.Number()),
  heading: OrNull(Type.Number()),
  recorded_at: Time,
  order_id: Type.String(),
})
