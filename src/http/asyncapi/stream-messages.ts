/** What is said on `/v1/stream`. */
import { Type } from '@sinclair/typebox'
import { DriverIdText, Instant } from '../schemas/common.ts'
import { Seq } from '../schemas/frame.ts'
import { OrderView } from '../schemas/order.ts'
import { LocationFrameBody } from '../schemas/position.ts'
import type { DescribedMessages } from './message.ts'

const Point = Type.Composite([Type.Object({ driver_id: Type.Optional(DriverIdText) }), LocationFrameBody], {
  $id: 'StreamPoint',
  description: '`driver_id` may be left out on the connection of one driver.',
})
const OfferId = Type.Object({ offer_id: Type.String() })
const FieldErrors = Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))

const typed = <T extends string>(type: T) => Type.Object({ type: Type.Literal(type) })

export const STREAM_RECEIVES: DescribedMessages = {
  location: {
    summary: 'One position. `seq` numbers the frames of this connection from 1.',
    payload: Type.Composite([typed('location'), Type.Object({ seq: Seq }), Point]),
  },
  locations: {
    summary: 'Up to 1,000 positions. The good rows go in where others are refused.',
    payload: Type.Composite([
      typed('locations'),
      Type.Object({ seq: Seq, points: Type.Array(Point, { minItems: 1, maxItems: 1_000 }) }),
    ]),
  },
  accept: { summary: 'The driver takes an offer.', payload: Type.Composite([typed('accept'), OfferId]) },
  decline: { summary: 'The driver does not take an offer.', payload: Type.Composite([typed('decline'), OfferId]) },
}

export const STREAM_SENDS: DescribedMessages = {
  ack: {
    summary: 'Every frame up to this one is committed, or was answered with an error.',
    payload: Type.Composite([typed('ack'), Type.Object({ seq: Seq })]),
  },
  error: {
    summary: 'Something was refused. Without `seq`: not a frame that has a number.',
    payload: Type.Composite([
      typed('error'),
      Type.Object({
        seq: Type.Optional(Seq),
        code: Type.String({ description: 'Stable.' }),
        message: Type.String(),
        errors: Type.Optional(FieldErrors),
        offer_id: Type.Optional(Type.String()),
      }),
    ]),
  },
  offer: {
    summary: 'An order is offered to this driver.',
    payload: Type.Composite([
      typed('offer'),
      OfferId,
      Type.Object({ order: OrderView, pickup_eta_s: Type.Number(), expires_at: Instant }),
    ]),
  },
  offer_revoked: {
    summary: 'The offer can be accepted no more.',
    payload: Type.Composite([typed('offer_revoked'), OfferId, Type.Object({ reason: Type.String() })]),
  },
  assignment: {
    summary: 'The order is the driver’s: committed.',
    payload: Type.Composite([typed('assignment'), Type.Object({ order: OrderView })]),
  },
  order_cancelled: {
    summary: 'The order no longer is the driver’s.',
    payload: Type.Composite([
      typed('order_cancelled'),
      Type.Object({ order_id: Type.String(), reason: Type.String() }),
    ]),
  },
  accepted: {
    summary: 'The answer to an accept that won.',
    payload: Type.Composite([typed('accepted'), OfferId, Type.Object({ order: OrderView })]),
  },
  declined: { summary: 'The answer to a decline.', payload: Type.Composite([typed('declined'), OfferId]) },
  offer_closed: {
    summary: 'The answer to an accept or decline that came too late.',
    payload: Type.Composite([typed('offer_closed'), OfferId]),
  },
}
