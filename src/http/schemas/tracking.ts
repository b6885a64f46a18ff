/** What a tracking link shows. */
import { type Static, Type } from '@sinclair/typebox'
import { Latitude, Longitude, OrderStatusText, OrNull } from './common.ts'

const Time = Type.String({ format: 'date-time' })

const tracked = {
  order_id: Type.String(),
  status: OrderStatusText,
  driver: OrNull(Type.Object({ driver_id: Type.String(), vehicle_type: OrNull(Type.String()) })),
  eta: Type.Object({ pickup_at: OrNull(Time), dropoff_at: OrNull(Time) }),
  pin: OrNull(Type.String({ description: 'To be told to the driver at the door.' })),
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
