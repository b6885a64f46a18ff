/** What is drawn on the map: where service is offered, where drivers are noticed, where prices differ. */
import type { ZoneId } from '../ids.ts'

export const ZONE_KINDS = ['service_area', 'geofence', 'price_area'] as const
export type ZoneKind = (typeof ZONE_KINDS)[number]

/** Degrees, longitude first, as GeoJSON has it. */
export type Position = readonly [longitude: number, latitude: number]
/** Closed: the last position is the first one. */
export type Ring = readonly Position[]
/** The outer ring, then its holes. */
export type Polygon = readonly Ring[]
/** A point is in the zone where it is in any of them. */
export type MultiPolygon = readonly Polygon[]

export interface Zone {
  readonly zoneId: ZoneId
  readonly kind: ZoneKind
  /** 1, then one more with each change of it. */
  readonly version: number
  readonly area: MultiPolygon
  /** Of a geofence: whoever is in it for so long is told of; null: nobody is. */
  readonly dwellMs: number | null
}
