import { type Static, Type } from '@sinclair/typebox'
import { checker } from '../validate.ts'
import { Body, CustomerId, Instant, Maybe, OrNull, PlaceBody, VehicleType } from './common.ts'

export const NewQuote = Body(
  {
    pickup: PlaceBody,
    dropoff: PlaceBody,
    vehicle_type: Maybe(VehicleType),
    scheduled_at: Maybe(Instant),
    customer_id: Maybe(CustomerId),
  },
  { $id: 'NewQuote' },
)
export type NewQuote = Static<typeof NewQuote>

export const FareLines = Type.Array(
  Type.Object({ code: Type.String(), label: Type.String(), amount: Type.Integer({ description: 'Minor units.' }) }),
)

export const QuoteView = Type.Object(
  {
    quote_id: Type.String(),
    amount: Type.Integer({ description: 'Minor units.' }),
    currency: Type.String({ description: 'ISO 4217.' }),
    breakdown: FareLines,
    surge: Type.Object({
      multiplier: Type.Number(),
      cell: Type.String(),
      round: Type.Integer(),
      rule: Type.Union([Type.Literal('current_round'), Type.Literal('none_ahead'), Type.Literal('none_in_ruleset')], {
        description:
          'Which holds: that of the present round; none, because the trip is for more than 15 minutes ahead; or none, because the ' +
          'ruleset has no surge.',
      }),
    }),
    ruleset_version: Type.String(),
    distance_m: Type.Integer(),
    duration_s: Type.Integer(),
    pickup_eta_s: OrNull(Type.Integer({ description: 'Null where no available driver is near.' })),
    scheduled_at: OrNull(
      Type.String({ format: 'date-time', description: 'The time whose bands it is priced by; null: now.' }),
    ),
    expires_at: Type.String({ format: 'date-time' }),
  },
  { $id: 'Quote' },
)
export type QuoteView = Static<typeof QuoteView>

export const newQuote = checker(NewQuote)
