/** Zones: what is drawn on the map. */
import { type Static, Type } from '@sinclair/typebox'
import { AREA_MAX_M2, AREA_MIN_M2, VERTICES_MAX } from '../../domain/zones/geometry.ts'
import { ZONE_KINDS } from '../../domain/zones/zone.ts'
import { checker } from '../validate.ts'
import { Body, Cursor, Limit, Maybe, OrNull, Text } from './common.ts'

export const ZoneIdText = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: '1–64 of A–Z a–z 0–9 _ -.' })
const ZoneKindText = Type.Union(ZONE_KINDS.map(kind => Type.Literal(kind)))

/** What is in it is looked at by `readGeometry`, which can say where it is wrong. */
const Geometry = Type.Object(
  {
    type: Type.Union([Type.Literal('Polygon'), Type.Literal('MultiPolygon')]),
    coordinates: Type.Array(Type.Unknown(), {
      description: 'Rings of [longitude, latitude], each closed, the outer one first.',
    }),
  },
  {
    $id: 'ZoneGeometry',
    description:
      `GeoJSON. At most ${VERTICES_MAX} positions, from ${AREA_MIN_M2} m² to ${AREA_MAX_M2 / 1e6} km². Rings may run either way; they may not cross or ` +
      'touch themselves or each other. A zone across the 180th meridian is cut there, into a MultiPolygon.',
  },
)

const DwellS = Type.Integer({
  minimum: 10,
  maximum: 86_400,
  description: 'Of a geofence: a driver that stays for so long is told of once (`dwelled`).',
})

export const NewZone = Body(
  { zone_id: Maybe(ZoneIdText), name: Text(100), kind: ZoneKindText, geometry: Geometry, dwell_s: Maybe(DwellS) },
  { $id: 'NewZone' },
)
export type NewZone = Static<typeof NewZone>

export const ZonePatch = Body(
  { name: Type.Optional(Text(100)), geometry: Type.Optional(Geometry), dwell_s: Maybe(DwellS) },
  { $id: 'ZonePatch' },
)
export type ZonePatch = Static<typeof ZonePatch>

export const ZoneView = Type.Object(
  {
    zone_id: Type.String(),
    name: Type.String(),
    kind: ZoneKindText,
    geometry: Geometry,
    dwell_s: OrNull(Type.Integer()),
    version: Type.Integer({ description: 'One more with each change.' }),
    created_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
  },
  { $id: 'Zone' },
)
export type ZoneView = Static<typeof ZoneView>

export const ZonesQuery = Type.Object({ limit: Limit, cursor: Cursor, kind: Type.Optional(ZoneKindText) })

export const newZone = checker(NewZone)
export const zonePatch = checker(ZonePatch)
export const zonesQuery = checker(ZonesQuery)
