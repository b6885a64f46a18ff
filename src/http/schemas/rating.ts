import { type Static, Type } from '@sinclair/typebox'
import { checker } from '../validate.ts'
import { Body, Maybe, OrNull, Text } from './common.ts'

const Side = Type.Union([Type.Literal('customer'), Type.Literal('driver')], {
  description: 'Who rates: the customer its driver, the driver its customer. Of a customer or driver its own side.',
})

export const NewRating = Body(
  {
    side: Maybe(Side),
    stars: Type.Integer({ minimum: 1, maximum: 5 }),
    comment: Maybe(Text(1_000, { description: 'For dispatchers, and for whoever wrote it.' })),
  },
  { $id: 'NewRating' },
)
export type NewRating = Static<typeof NewRating>

export const RatingView = Type.Object(
  {
    order_id: Type.String(),
    side: Side,
    stars: Type.Integer(),
    comment: OrNull(Type.String()),
    at: Type.String({ format: 'date-time' }),
  },
  { $id: 'Rating' },
)
export type RatingView = Static<typeof RatingView>

export const RatingSumView = Type.Object(
  { count: Type.Integer(), average: OrNull(Type.Number({ description: 'Of stars, to two decimals.' })) },
  { $id: 'RatingSum', description: 'What the other sides of their orders thought of somebody.' },
)
export type RatingSumView = Static<typeof RatingSumView>

export const CustomerView = Type.Object({ customer_id: Type.String(), ratings: RatingSumView }, { $id: 'Customer' })

export const newRating = checker(NewRating)
