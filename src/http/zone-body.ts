/** Zones as callers send them, into what is stored: an area that was looked through, wound as GeoJSON wants it. */
import { readGeometry } from '../domain/zones/geometry.ts'
import type { ZoneGeometry } from '../store/zones.ts'
import { invalid, invalidField } from './problem.ts'

/** @throws {Refusal} `invalid`, naming each place that is wrong. */
export function geometryFrom(value: { readonly type: string }): ZoneGeometry {
  const read = readGeometry(value)
  if (read.kind === 'faults') {
    throw invalid(read.faults.map(({ path, message }) => ({ path: `/geometry${path}`, message })))
  }
  const [only] = read.area
  return value.type === 'Polygon' && only !== undefined
    ? { type: 'Polygon', coordinates: only }
    : { type: 'MultiPolygon', coordinates: read.area }
}

/** @throws {Refusal} `invalid`: only a geofence notices who stays. */
export function checkDwell(kind: string, dwellS: number | null | undefined): void {
  if (kind !== 'geofence' && typeof dwellS === 'number') throw invalidField('/dwell_s', `A ${kind} has none`)
}
