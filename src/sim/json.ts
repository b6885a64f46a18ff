import type { LatLng } from '../domain/geo.ts'

/** Reading what a node answers without trusting its shape: a missing or odd field is null, never a crash. */
export type JsonObject = Readonly<Record<string, unknown>>

export function objectOf(value: unknown): JsonObject | null {
  // The cast is what the three checks establish.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
}

export function objectAt(object: JsonObject | null, key: string): JsonObject | null {
  return objectOf(object?.[key])
}

export function textAt(object: JsonObject | null, key: string): string | null {
  const value = object?.[key]
  return typeof value === 'string' ? value : null
}

export function numberAt(object: JsonObject | null, key: string): number | null {
  const value = object?.[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

export function placeAt(object: JsonObject | null, key: string): LatLng | null {
  const place = objectAt(object, key)
  const [latitude, longitude] = [numberAt(place, 'latitude'), numberAt(place, 'longitude')]
  return latitude === null || longitude === null ? null : { latitude, longitude }
}
