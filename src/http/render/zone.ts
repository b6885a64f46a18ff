import type { ZoneRecord } from '../../store/zones.ts'
import { formatInstant } from '../rfc3339.ts'
import type { ZoneView } from '../schemas/zone.ts'

export function renderZone(zone: ZoneRecord): ZoneView {
  const { type, coordinates } = zone.geometry
  return {
    zone_id: zone.zoneId,
    name: zone.name,
    kind: zone.kind,
    geometry: { type, coordinates: [...coordinates] },
    dwell_s: zone.dwellS,
    version: zone.version,
    created_at: formatInstant(zone.createdAtMs),
    updated_at: formatInstant(zone.updatedAtMs),
  }
}
