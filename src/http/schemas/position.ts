import { type Static, Type } from '@sinclair/typebox'
import { checker } from '../validate.ts'
import {
  Cursor,
  DriverIdText,
  Instant,
  Latitude,
  Longitude,
  Maybe,
  OrderIdText,
  OrNull,
  VehicleType,
} from './common.ts'

/** 720 km/h: no road vehicle, but a helicopter may be dispatched too. */
export const SPEED_MAX_MPS = 200
export const ACCURACY_MAX_M = 100_000

const measured = {
  latitude: Latitude,
  longitude: Longitude,
  speed: Maybe(Type.Number({ minimum: 0, maximum: SPEED_MAX_MPS, description: 'Metres per second.' })),
  heading: Maybe(Type.Number({ minimum: 0, maximum: 360, description: 'Degrees clockwise from north.' })),
  accuracy: Maybe(Type.Number({ minimum: 0, maximum: ACCURACY_MAX_M, description: 'Metres.' })),
  order_id: Maybe(OrderIdText),
}

/** Unknown fields are ignored: phones send battery levels and the like. */
export const LocationBody = Type.Object({ ...measured, recorded_at: Maybe(Instant) }, { $id: 'Location' })
export type LocationBody = Static<typeof LocationBody>

/** In msgpack frames a time may also be whole milliseconds since the Unix epoch. */
export const RECORDED_AT_MAX_MS = 253_402_300_799_999
export const LocationFrameBody = Type.Object({
  ...measured,
  recorded_at: Maybe(Type.Union([Instant, Type.Integer({ minimum: 0, maximum: RECORDED_AT_MAX_MS })])),
})
export type LocationFrameBody = Static<typeof LocationFrameBody>

export const BatchRow = Type.Composite([Type.Object({ driver_id: DriverIdText }), LocationBody], { $id: 'BatchRow' })
export type BatchRow = Static<typeof BatchRow>

/** For the document. The rows are checked one by one, so that a bad one takes no other down. */
export const BatchBody = Type.Object({ locations: Type.Array(BatchRow, { minItems: 1, maxItems: 1_000 }) })
export const BatchEnvelope = Type.Object({ locations: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 1_000 }) })

export const LocationResult = Type.Object({
  driver_id: Type.String(),
  recorded_at: Type.String({ format: 'date-time' }),
  status: Type.Union([Type.Literal('committed'), Type.Literal('late'), Type.Literal('ignored')]),
  reason: Type.Optional(
    Type.Union([Type.Literal('duplicate'), Type.Literal('implausible_jump'), Type.Literal('not_valid')]),
  ),
})

export const BatchResult = Type.Object({
  committed: Type.Integer(),
  late: Type.Integer(),
  ignored: Type.Integer(),
  rejected: Type.Array(Type.Object({ index: Type.Integer(), code: Type.String(), message: Type.String() })),
})

export const CurrentLocation = Type.Object(
  {
    driver_id: Type.String(),
    latitude: Latitude,
    longitude: Longitude,
    speed: OrNull(Type.Number()),
    heading: OrNull(Type.Number()),
    accuracy: OrNull(Type.Number()),
    recorded_at: Type.String({ format: 'date-time' }),
    received_at: Type.String({ format: 'date-time' }),
    age_ms: Type.Integer(),
    stale: Type.Boolean(),
    cell: Type.String({ description: 'H3 cell of resolution 9.' }),
    status: OrNull(Type.String()),
    order_id: OrNull(Type.String({ description: 'The order that it is on; else what was sent with the position.' })),
  },
  { $id: 'CurrentLocation' },
)
export type CurrentLocation = Static<typeof CurrentLocation>

export const RouteQuery = Type.Object({
  start_time: Type.Optional(Instant),
  end_time: Type.Optional(Instant),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5_000, description: 'Points per page, 1,000 by default.' })),
  cursor: Cursor,
  format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('geojson')])),
})

export const RoutePoint = Type.Object({
  latitude: Type.Number(),
  longitude: Type.Number(),
  speed: OrNull(Type.Number()),
  heading: OrNull(Type.Number()),
  accuracy: OrNull(Type.Number()),
  recorded_at: Type.String({ format: 'date-time' }),
  received_at: Type.String({ format: 'date-time' }),
  order_id: OrNull(Type.String()),
})
export type RoutePoint = Static<typeof RoutePoint>

/** The same as GeoJSON: a line needs two points, so a single one stands twice, and none is no geometry. */
export const RouteFeature = Type.Object(
  {
    type: Type.Literal('Feature'),
    geometry: OrNull(
      Type.Object({
        type: Type.Literal('LineString'),
        coordinates: Type.Array(Type.Array(Type.Number(), { minItems: 2 }), { minItems: 2 }),
      }),
    ),
    properties: Type.Object({
      driver_id: Type.String(),
      times: Type.Array(Type.String({ format: 'date-time' })),
      next_cursor: OrNull(Type.String()),
    }),
  },
  { $id: 'RouteFeature' },
)

export const NearbyParameters = Type.Object({
  lat: Latitude,
  lng: Longitude,
  radius: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: 50_000, description: 'Metres, 1,000 by default.' }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: '50 by default.' })),
  vehicle_type: Type.Optional(VehicleType),
  status: Type.Optional(Type.String({ pattern: '^[a-z]{1,16}$' })),
})

export const NearbyResult = Type.Object({
  drivers: Type.Array(
    Type.Object({
      driver_id: Type.String(),
      latitude: Type.Number(),
      longitude: Type.Number(),
      distance_m: Type.Number(),
      age_ms: Type.Integer(),
      status: OrNull(Type.String()),
      vehicle_type: OrNull(Type.String()),
    }),
  ),
})

export const location = checker(LocationBody)
export const locationFrame = checker(LocationFrameBody)
export const batchEnvelope = checker(BatchEnvelope)
export const batchRow = checker(BatchRow)
export const routeQuery = checker(RouteQuery)
export const nearbyQuery = checker(NearbyParameters)
