import { type Drawn, ringOf } from '../../map/polygon.ts'
import type { Zone, ZoneKind } from '../../shared/manage.ts'
import { wholeOf } from '../../shared/words.ts'
import type { Request } from '../../ui/request.ts'
import { onlyRing } from './zone-places.ts'

export interface ZoneValues {
  readonly name: string
  readonly kind: ZoneKind
  readonly dwellS: string
  /** GeoJSON that was typed or pasted; null: the shape is what is drawn. */
  readonly geometryText: string | null
}

export function zoneValuesOf(zone: Zone | null): ZoneValues {
  return {
    name: zone?.name ?? '',
    kind: zone?.kind ?? 'service_area',
    dwellS: zone?.dwell_s?.toString() ?? '',
    geometryText: null,
  }
}

interface Edited {
  readonly zone: Zone | null
  readonly values: ZoneValues
  readonly drawn: Drawn
  readonly isDrawable: boolean
}

/** Of a zone that is there only what was changed: its version rises with each change of it. */
export function requestOf({ zone, values, drawn, isDrawable }: Edited): Request {
  const dwell_s = values.dwellS.trim() === '' ? null : wholeOf(values.dwellS)
  const geometry = geometryOf({ zone, values, drawn, isDrawable })
  if (zone === null) {
    const { name, kind } = values
    return {
      method: 'POST',
      path: '/v1/zones',
      body: { name, kind, geometry, ...(kind === 'geofence' ? { dwell_s } : {}) },
    }
  }
  const body = {
    ...(values.name === zone.name ? {} : { name: values.name }),
    ...(dwell_s === zone.dwell_s ? {} : { dwell_s }),
    ...(geometry === null ? {} : { geometry }),
  }
  return { method: 'PATCH', path: `/v1/zones/${encodeURIComponent(zone.zone_id)}`, body }
}

/** @returns null where it is as it was. */
function geometryOf({ zone, values, drawn, isDrawable }: Edited): unknown {
  if (values.geometryText !== null) return parsed(values.geometryText)
  if (!isDrawable) return null
  const ring = ringOf(drawn)
  const before = zone === null ? null : onlyRing(zone.geometry)
  return JSON.stringify(before) === JSON.stringify(ring) ? null : { type: 'Polygon', coordinates: [ring] }
}

/** What is no JSON is sent as text: the API says what it expects. Tools wrap a geometry into a feature, or into a list of one. */
export function parsed(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
  const { type, geometry, features } = (value ?? {}) as { type?: unknown; geometry?: unknown; features?: unknown }
  if (type === 'Feature') return geometry
  if (type === 'FeatureCollection' && Array.isArray(features) && features.length === 1) {
    return (features[0] as { geometry?: unknown }).geometry
  }
  return value
}
