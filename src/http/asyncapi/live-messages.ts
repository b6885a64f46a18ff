/** What is said on `/v1/live` and on the socket of one order's driver. */
import { type TSchema, Type } from '@sinclair/typebox'
import { DriverStatusText, Instant, Latitude, Longitude, OrNull } from '../schemas/common.ts'
import { OrderView } from '../schemas/order.ts'
import { CurrentLocation } from '../schemas/position.ts'
import { CellSurgeView } from '../schemas/ruleset.ts'
import { TrackedFix, TrackedOrder } from '../schemas/tracking.ts'
import { ZoneView } from '../schemas/zone.ts'
import type { DescribedMessages } from './message.ts'

const Topic = Type.String({
  description:
    '`order:<order id>`, `driver:<driver id>`, `cell:<H3 cell of resolution 0–9>`, `zone:<zone id>` or `fleet`.',
  maxLength: 128,
})
const TopicSeq = Type.Integer({ minimum: 0, description: 'Rises by one per topic.' })
const Topics = Type.Object({ topics: Type.Array(Topic, { minItems: 1, maxItems: 100 }) })

const typed = <T extends string>(type: T) => Type.Object({ type: Type.Literal(type) })
const update = <T extends string>(type: T, data: TSchema) =>
  Type.Object({ type: Type.Literal(type), topic: Topic, seq: TopicSeq, data })

const Place = { latitude: Latitude, longitude: Longitude, speed: OrNull(Type.Number()), heading: OrNull(Type.Number()) }
const LiveLocation = Type.Object({
  driver_id: Type.String(),
  ...Place,
  accuracy: OrNull(Type.Number()),
  recorded_at: Instant,
  received_at: Instant,
  order_id: OrNull(Type.String()),
})
const LiveDriver = Type.Object({
  driver_id: Type.String(),
  status: DriverStatusText,
  vehicle_type: OrNull(Type.String()),
  load: Type.Integer(),
  order_id: OrNull(Type.String({ description: 'The one that it is on.' })),
})
const LiveGeofence = Type.Object({
  driver_id: Type.String(),
  zone_id: Type.String(),
  zone_version: Type.Integer(),
  event: Type.Union(['entered', 'left', 'dwelled'].map(event => Type.Literal(event))),
  since: Type.String({ format: 'date-time', description: 'When it entered.' }),
  reason: Type.Optional(Type.String({ description: 'Of `left`: moved or zone_deleted.' })),
  recovered: Type.Optional(
    Type.Boolean({ description: 'It may have happened before this fix, during a restart or a move.' }),
  ),
  latitude: Latitude,
  longitude: Longitude,
  accuracy: OrNull(Type.Number()),
  recorded_at: Instant,
})
const DriverSnapshot = Type.Object({ driver_id: Type.String(), location: OrNull(CurrentLocation) })
const FleetSnapshot = Type.Object({
  drivers: Type.Array(CurrentLocation),
  truncated: Type.Boolean({ description: 'There are more than a snapshot holds.' }),
})

export const LIVE_RECEIVES: DescribedMessages = {
  subscribe: { summary: 'Watch topics.', payload: Type.Composite([typed('subscribe'), Topics]) },
  unsubscribe: { summary: 'Watch them no more.', payload: Type.Composite([typed('unsubscribe'), Topics]) },
}

export const LIVE_SENDS: DescribedMessages = {
  subscribed: {
    summary: 'How things stand; the updates after `seq` follow.',
    payload: Type.Composite([
      typed('subscribed'),
      Type.Object({
        topic: Topic,
        seq: TopicSeq,
        snapshot: Type.Union([OrderView, TrackedOrder, DriverSnapshot, FleetSnapshot, ZoneView]),
      }),
    ]),
  },
  geofence: {
    summary:
      'A driver has entered, left or stayed in a geofence: on its own topic, the zone’s and the fleet’s. Committed before it is told.',
    payload: update('geofence', LiveGeofence),
  },
  unsubscribed: { summary: 'Done.', payload: Type.Composite([typed('unsubscribed'), Type.Object({ topic: Topic })]) },
  location: {
    summary: 'A driver is somewhere else.',
    payload: update('location', Type.Union([LiveLocation, TrackedFix])),
  },
  order: {
    summary: 'An order has changed: the whole of it, or what a tracking link shows.',
    payload: update('order', Type.Union([OrderView, TrackedOrder])),
  },
  driver: { summary: 'A driver’s status has changed.', payload: update('driver', LiveDriver) },
  surge: { summary: 'The multiplier of a price cell has changed.', payload: update('surge', CellSurgeView) },
  gap: {
    summary:
      'These were missed: by a slow reader, to whom the latest follows; or by the node, which had lost the others for a moment, and tells ' +
      'how a watched order stands. Whoever shows more than the latest subscribes again.',
    payload: Type.Composite([typed('gap'), Type.Object({ topic: Topic, from: TopicSeq, to: TopicSeq })]),
  },
  error: {
    summary: 'A message or a topic was refused.',
    payload: Type.Composite([
      typed('error'),
      Type.Object({
        code: Type.String({ description: 'Stable.' }),
        message: Type.String(),
        topic: Type.Optional(Type.String()),
        errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
      }),
    ]),
  },
}

export const ORDER_LOCATION_SENDS: DescribedMessages = {
  connected: {
    summary: 'The socket is open.',
    payload: Type.Composite([typed('connected'), Type.Object({ order_id: Type.String() })]),
  },
  location_update: {
    summary: 'Where the driver of the order is; the latest to a slow reader.',
    payload: Type.Object({
      type: Type.Literal('location_update'),
      data: Type.Object({ driver_id: Type.String(), ...Place, timestamp: Instant, order_id: Type.String() }),
    }),
  },
}
