import { Type } from '@sinclair/typebox'
import { Instant, OrNull } from './common.ts'

const FIGURES = {
  orders_placed: Type.Integer({ description: 'Booked, those for later included.' }),
  orders_delivered: Type.Integer(),
  orders_cancelled: Type.Integer(),
  orders_expired: Type.Integer({ description: 'For which no driver was found in time.' }),
  served_ratio: OrNull(Type.Number({ description: 'Delivered ones among those that ended; null: none did.' })),
  pickups: Type.Integer({ description: 'Arrivals at a pickup.' }),
  pickup_p50_s: OrNull(Type.Number({ description: 'From assignment to arrival at the pickup, to 2.5 %.' })),
  pickup_p90_s: OrNull(Type.Number()),
  utilisation_ratio: OrNull(
    Type.Number({
      description: 'Drivers with an order among those on duty, by two looks a minute; null: nobody was on duty.',
    }),
  ),
  positions_acknowledged: Type.Integer(),
  acknowledgement_p99_ms: OrNull(
    Type.Number({ description: 'From a position to its acknowledgement, between two bounds of a histogram.' }),
  ),
} as const

export const FiguresView = Type.Object(
  {
    from: Instant,
    to: Instant,
    bucket_s: Type.Integer(),
    hour: Type.Object(FIGURES, { description: 'Of all of it together.' }),
    data: Type.Array(Type.Object({ at: Instant, ...FIGURES }), {
      description: 'Sixty minutes, oldest first. The present one, the last, is not over.',
    }),
  },
  { $id: 'Figures' },
)
