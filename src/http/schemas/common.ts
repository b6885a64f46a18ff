/** The pieces that the schemas of bodies, queries and answers are made of. */
import {
  FormatRegistry,
  type Static,
  type TOptional,
  type TProperties,
  type TSchema,
  type TUnion,
  Type,
} from '@sinclair/typebox'
import { isInstant } from '../rfc3339.ts'

FormatRegistry.Set('date-time', isInstant)
// The record can hold neither NUL nor half a surrogate pair, and one such text would take its whole commit down.
FormatRegistry.Set('text', text => text.isWellFormed() && !text.includes('\u0000'))

/** Left out or null: both mean "not given", because phones send either. */
export function Maybe<T extends TSchema>(schema: T): TOptional<TUnion<[T, ReturnType<typeof Type.Null>]>> {
  return Type.Optional(Type.Union([schema, Type.Null()]))
}

export function OrNull<T extends TSchema>(schema: T): TUnion<[T, ReturnType<typeof Type.Null>]> {
  return Type.Union([schema, Type.Null()])
}

/** A body whose unknown fields are refused: a misspelt optional field must not be lost in silence. */
export function Body<T extends TProperties>(properties: T, options: { readonly $id?: string } = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options })
}

/** Any text that can be stored, at most so many UTF-16 units long. */
export function Text(maxLength: number, options: { readonly minLength?: number; readonly description?: string } = {}) {
  return Type.String({ minLength: 1, maxLength, format: 'text', ...options })
}

export const Latitude = Type.Number({ minimum: -90, maximum: 90, description: 'Degrees, WGS 84.' })
export const Longitude = Type.Number({ minimum: -180, maximum: 180, description: 'Degrees, WGS 84.' })
export const Instant = Type.String({ format: 'date-time', maxLength: 40, description: 'RFC 3339 with Z or an offset.' })
export const DriverIdText = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: '1–64 of A–Z a–z 0–9 _ -.' })
export const CustomerId = Text(64, { description: 'Whose it is; a customer’s own credential says it already.' })
export const OrderIdText = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
export const VehicleType = Type.String({ pattern: '^[A-Za-z0-9_-]{1,32}$', description: 'Such as bike, car or van.' })
export const Skills = Type.Array(Text(64), { maxItems: 32 })

export const OrderStatusText = Type.Union([
  Type.Literal('scheduled'),
  Type.Literal('placed'),
  Type.Literal('assigned'),
  Type.Literal('en_route_to_pickup'),
  Type.Literal('at_pickup'),
  Type.Literal('en_route_to_dropoff'),
  Type.Literal('delivered'),
  Type.Literal('cancelled'),
  Type.Literal('expired'),
])

export const DriverStatusText = Type.Union([
  Type.Literal('available'),
  Type.Literal('paused'),
  Type.Literal('offline'),
  Type.Literal('offered'),
  Type.Literal('busy'),
])

export const PlaceBody = Body({ latitude: Latitude, longitude: Longitude, address: Maybe(Text(300)) })
export type PlaceBody = Static<typeof PlaceBody>

export const PlaceView = Type.Object({ latitude: Latitude, longitude: Longitude, address: OrNull(Type.String()) })

/** A page of a list. `next_cursor` is null on the last one. */
export function Page<T extends TSchema>(item: T) {
  return Type.Object({ data: Type.Array(item), next_cursor: OrNull(Type.String()) })
}

const LIST_LIMIT_MAX = 500
export const Limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: LIST_LIMIT_MAX, description: 'Items per page.' }),
)
export const Cursor = Type.Optional(Text(512, { description: 'As a page before said.' }))
