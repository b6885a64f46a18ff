import { type Static, Type } from '@sinclair/typebox'
import { PROOF_KINDS } from '../../domain/delivery-proof.ts'
import { ORDER_STATUSES } from '../../domain/order-lifecycle.ts'
import { checker } from '../validate.ts'
import {
  Body,
  Cursor,
  CustomerId,
  DriverIdText,
  Instant,
  Limit,
  Maybe,
  OrderStatusText,
  OrNull,
  PlaceBody,
  PlaceView,
  Skills,
  Text,
  VehicleType,
} from './common.ts'
import { FareLines } from './quote.ts'

const Proof = Type.Array(Type.Union(PROOF_KINDS.map(kind => Type.Literal(kind))), {
  maxItems: PROOF_KINDS.length,
  uniqueItems: true,
  description: 'What it is delivered with. A `pin` is made, and shown to its customer.',
})

const Items = Type.Array(Body({ name: Text(200), quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }) }), {
  maxItems: 100,
})
const Notes = Text(2_000)

/** Either `quote_id`, or `pickup` and `dropoff`: which of them is checked where the order is made. */
export const NewOrder = Body(
  {
    quote_id: Maybe(Text(64)),
    pickup: Maybe(PlaceBody),
    dropoff: Maybe(PlaceBody),
    vehicle_type: Maybe(VehicleType),
    scheduled_at: Maybe(Instant),
    ready_at: Maybe(Instant),
    customer_id: Maybe(CustomerId),
    reference: Maybe(Text(200)),
    size: Maybe(Type.Integer({ minimum: 1, maximum: 1_000 })),
    skills: Maybe(Skills),
    items: Maybe(Items),
    notes: Maybe(Notes),
    proof: Maybe(Proof),
  },
  { $id: 'NewOrder' },
)
export type NewOrder = Static<typeof NewOrder>

/** Null clears; what is left out stays. */
export const OrderPatch = Body(
  {
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'The version that is changed; at any other one nothing is. As `If-Match`.',
      }),
    ),
    pickup: Type.Optional(PlaceBody),
    dropoff: Type.Optional(PlaceBody),
    scheduled_at: Type.Optional(
      Type.Union([Instant, Type.Null()], { description: 'Null: now. Until its search for a driver has begun.' }),
    ),
    quote_id: Maybe(Text(64, { description: 'Of the refusal `price_changed`: this price is agreed to.' })),
    notes: Maybe(Notes),
    items: Maybe(Items),
  },
  { $id: 'OrderPatch' },
)
export type OrderPatch = Static<typeof OrderPatch>

const Reason = Text(200)
export const ReasonBody = Body({ reason: Reason })
export const OptionalReasonBody = Body({ reason: Maybe(Reason) })
const Reference = Body({
  ref: Text(1_000, { description: 'A URL, or an id of whoever keeps it: nothing is uploaded here.' }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})
const ProofBody = Body({
  pin: Maybe(Type.String({ pattern: '^[0-9]{1,8}$' })),
  photo: Maybe(Reference),
  signature: Maybe(Reference),
  waived_because: Maybe(Text(200, { description: 'By a dispatcher, instead of what is required.' })),
})
export type ProofBody = Static<typeof ProofBody>

export const StatusBody = Body({
  status: OrderStatusText,
  proof: Maybe(ProofBody),
})
export const AssignBody = Body({ driver_id: DriverIdText })

export const OrderView = Type.Object(
  {
    order_id: Type.String(),
    status: OrderStatusText,
    reason: OrNull(Type.String({ description: 'Why it was cancelled or expired.' })),
    pickup: PlaceView,
    dropoff: PlaceView,
    vehicle_type: OrNull(Type.String()),
    size: Type.Integer(),
    skills: Type.Array(Type.String()),
    items: Type.Array(Type.Object({ name: Type.String(), quantity: Type.Integer() })),
    notes: OrNull(Type.String()),
    price: Type.Object({
      amount: Type.Integer({ description: 'What is to be paid: the quoted amount and every adjustment since.' }),
      currency: Type.String(),
      breakdown: FareLines,
      quoted_amount: Type.Integer(),
    }),
    quote_id: OrNull(Type.String()),
    distance_m: Type.Integer(),
    duration_s: Type.Integer(),
    driver: OrNull(
      Type.Object({
        driver_id: Type.String({ description: 'Who has it; of a scheduled order, whom it is promised to.' }),
        name: OrNull(Type.String()),
        vehicle_type: OrNull(Type.String()),
      }),
    ),
    eta: Type.Object({
      pickup_at: OrNull(Type.String({ format: 'date-time' })),
      dropoff_at: OrNull(Type.String({ format: 'date-time' })),
    }),
    arrived_at: OrNull(
      Type.String({
        format: 'date-time',
        description: 'When its driver came to the pickup; waiting counts from there.',
      }),
    ),
    attempts: Type.Integer({ description: 'How many times drivers were asked.' }),
    customer_id: OrNull(Type.String()),
    reference: OrNull(Type.String()),
    scheduled_at: OrNull(Type.String({ format: 'date-time' })),
    ready_at: OrNull(
      Type.String({
        format: 'date-time',
        description: 'Nothing can be picked up before, and no driver is looked for long before.',
      }),
    ),
    created_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
    version: Type.Integer(),
    proof: OrNull(
      Type.Object({
        required: Type.Array(Type.String()),
        pin: Type.Optional(
          Type.String({
            description: 'For its customer, dispatchers and servers, while it is not over; not on live topics.',
          }),
        ),
        pin_tries_left: OrNull(Type.Integer()),
        given: OrNull(
          Type.Object({
            pin: Type.Boolean(),
            photo: OrNull(Type.Object({ ref: Type.String(), sha256: Type.String() })),
            signature: OrNull(Type.Object({ ref: Type.String(), sha256: Type.String() })),
            waived_because: OrNull(Type.String()),
          }),
        ),
      }),
    ),
    tracking_url: OrNull(
      Type.String({ description: 'Null to the driver of an order with a PIN: whoever holds the link is shown that.' }),
    ),
  },
  { $id: 'Order' },
)
export type OrderView = Static<typeof OrderView>

export const EventView = Type.Object(
  {
    seq: Type.Integer({ description: 'The version of the order after the event.' }),
    type: Type.String(),
    at: Type.String({ format: 'date-time' }),
    status: OrderStatusText,
    driver_id: Type.Optional(Type.String()),
    offer_id: Type.Optional(Type.String()),
    offers: Type.Optional(
      Type.Array(Type.Object({ offer_id: Type.String(), driver_id: Type.String(), expires_at: Type.String() })),
    ),
    by: Type.Object({ role: Type.String(), id: Type.String() }),
    reason: Type.Optional(Type.String()),
    lines: Type.Optional(FareLines),
  },
  { $id: 'OrderEvent' },
)
export type EventView = Static<typeof EventView>

export const DecisionView = Type.Object(
  {
    at: Type.String({ format: 'date-time' }),
    cell: OrNull(Type.String()),
    window_ms: OrNull(Type.Number()),
    chosen: OrNull(Type.Object({ driver_id: Type.String(), pickup_eta_s: Type.Number(), cost: Type.Number() })),
    candidates: Type.Array(
      Type.Object({
        driver_id: Type.String(),
        pickup_eta_s: OrNull(Type.Number()),
        cost: OrNull(Type.Number()),
        terms: Type.Record(Type.String(), Type.Unknown()),
        excluded_by: OrNull(Type.String()),
      }),
    ),
  },
  { $id: 'Decision' },
)
export type DecisionView = Static<typeof DecisionView>

const STATUS = ORDER_STATUSES.join('|')

export const OrdersQuery = Type.Object({
  limit: Limit,
  cursor: Cursor,
  status: Type.Optional(
    Type.String({
      pattern: `^(${STATUS})(,(${STATUS})){0,${ORDER_STATUSES.length - 1}}$`,
      description: `One or several, separated by commas, of ${ORDER_STATUSES.join(', ')}.`,
    }),
  ),
  customer_id: Type.Optional(CustomerId),
  driver_id: Type.Optional(DriverIdText),
  reference: Type.Optional(Text(200)),
  created_after: Type.Optional(Instant),
  created_before: Type.Optional(Instant),
  due_after: Type.Optional(
    Type.String({ ...Instant, description: 'Of the time at which the search for a driver begins.' }),
  ),
  due_before: Type.Optional(Instant),
})

export const PageQuery = Type.Object({ limit: Limit, cursor: Cursor })

export const OfferView = Type.Object(
  {
    offer_id: Type.String(),
    order_id: Type.String(),
    driver_id: Type.String(),
    pickup_eta_s: Type.Integer(),
    expires_at: Type.String({ format: 'date-time' }),
  },
  { $id: 'Offer' },
)
export type OfferView = Static<typeof OfferView>

export const OffersQuery = Type.Object({ driver_id: DriverIdText })

export const newOrder = checker(NewOrder)
export const orderPatch = checker(OrderPatch)
export const reasonBody = checker(ReasonBody)
export const optionalReasonBody = checker(OptionalReasonBody)
export const statusBody = checker(StatusBody)
export const assignBody = checker(AssignBody)
export const ordersQuery = checker(OrdersQuery)
export const pageQuery = checker(PageQuery)
export const offersQuery = checker(OffersQuery)
