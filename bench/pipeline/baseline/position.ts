/**
 * What travels through the stream: a position as a tuple, and an entry of many of them. Positional, since names would be
 * most of the bytes; times stay text, since nothing on the way but Postgres has to understand them.
 */
import { type Static, Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { Packr } from 'msgpackr'

const packr = new Packr({ useRecords: false })

const INSTANT = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$'

const optional = (minimum: number, maximum: number) => Type.Optional(Type.Number({ minimum, maximum }))

const place = {
  latitude: Type.Number({ minimum: -90, maximum: 90 }),
  longitude: Type.Number({ minimum: -180, maximum: 180 }),
  speed: optional(0, 200),
  heading: optional(0, 360),
  accuracy: optional(0, 100_000),
  recorded_at: Type.String({ pattern: INSTANT }),
}

const driverId = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })

export const pointBody = TypeCompiler.Compile(Type.Object(place))
export const rowBody = TypeCompiler.Compile(Type.Object({ driver_id: driverId, ...place }))
export type Row = Static<ReturnType<typeof rowBody.Schema>>

/** Driver, latitude, longitude, recorded, speed, heading, accuracy. */
export type Position = readonly [string, number, number, string, number | null, number | null, number | null]

export function positionOf(driver: string, point: Omit<Row, 'driver_id'>): Position {
  const { latitude, longitude, recorded_at, speed, heading, accuracy } = point
  return [driver, latitude, longitude, recorded_at, speed ?? null, heading ?? null, accuracy ?? null]
}

/** One entry of the stream: all that one gateway took in within a turn of its event loop. */
export interface Entry {
  readonly token: number
  readonly positions: readonly Position[]
}

export function packEntry({ token, positions }: Entry): Buffer {
  return packr.pack([token, positions])
}

export function unpackEntry(bytes: Uint8Array): Entry {
  const [token, positions] = packr.unpack(bytes) as [number, readonly Position[]]
  return { token, positions }
}

export function packTokens(tokens: readonly number[]): Buffer {
  return packr.pack(tokens)
}

export function unpackTokens(bytes: Uint8Array): readonly number[] {
  return packr.unpack(bytes) as number[]
}

export function unpackFrame(bytes: Uint8Array): unknown {
  return packr.unpack(bytes)
}

export function packFrame(message: object): Buffer {
  return packr.pack(message)
}

/** What a reader of the current position gets, as it lies in Redis. */
export function rendered([driver_id, latitude, longitude, recorded_at, speed, heading, accuracy]: Position): string {
  return JSON.stringify({ driver_id, latitude, longitude, speed, heading, accuracy, recorded_at })
}
