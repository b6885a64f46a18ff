/** Zones for tests and benches. */
import type { LatLng } from '../geo.ts'
import type { ZoneId } from '../ids.ts'
import type { MultiPolygon, Position, Zone } from './zone.ts'

const METRES_PER_DEGREE = 111_195.08

/** So many metres away. */
export function moved({ latitude, longitude }: LatLng, northM: number, eastM: number): LatLng {
  const narrowing = Math.cos((latitude * Math.PI) / 180)
  return {
    latitude: latitude + northM / METRES_PER_DEGREE,
    longitude: longitude + eastM / (METRES_PER_DEGREE * narrowing),
  }
}

/** A circle, nearly. */
export function disc(middle: LatLng, radiusM: number, corners = 24): MultiPolygon {
  return [[ringAround(middle, radiusM, corners)]]
}

export function ringAround(middle: LatLng, radiusM: number, corners = 24): Position[] {
  return Array.from({ length: corners + 1 }, (_, i): Position => {
    const angle = (2 * Math.PI * (i % corners)) / corners
    const { latitude, longitude } = moved(middle, Math.sin(angle) * radiusM, Math.cos(angle) * radiusM)
    return [longitude, latitude]
  })
}

export function geofence(zoneId: string, area: MultiPolygon, rest: Partial<Zone> = {}): Zone {
  return { zoneId: zoneId as ZoneId, kind: 'geofence', version: 1, area, dwellMs: null, ...rest }
}
