import { expect, test } from 'bun:test'
import { drawnFrom, NOTHING_DRAWN } from '../../src/web/map/polygon.ts'
import type { Position, Zone } from '../../src/web/shared/manage.ts'
import { parsed, requestOf, zoneValuesOf } from '../../src/web/views/zones/zone-request.ts'

const RING: Position[] = [
  [13.4, 52.5],
  [13.5, 52.5],
  [13.5, 52.6],
  [13.4, 52.5],
]
const ZONE: Zone = {
  zone_id: 'zon_1',
  name: 'Depot',
  kind: 'geofence',
  geometry: { type: 'Polygon', coordinates: [RING] },
  dwell_s: 60,
  version: 3,
  updated_at: '2026-01-01T00:00:00Z',
}
const edit = (more: Partial<Parameters<typeof requestOf>[0]>) =>
  requestOf({ zone: ZONE, values: zoneValuesOf(ZONE), drawn: drawnFrom(RING), isDrawable: true, ...more })

test('a new zone is sent whole, as a closed ring', () => {
  const values = { ...zoneValuesOf(null), name: 'Centre' }
  expect(edit({ zone: null, values })).toEqual({
    method: 'POST',
    path: '/v1/zones',
    body: { name: 'Centre', kind: 'service_area', geometry: { type: 'Polygon', coordinates: [RING] } },
  })
})

test('of a zone that is there only what was changed is sent', () => {
  expect(edit({}).body).toEqual({})
  expect(edit({ values: { ...zoneValuesOf(ZONE), name: 'Yard', dwellS: '' } }).body).toEqual({
    name: 'Yard',
    dwell_s: null,
  })
  const moved = drawnFrom([[13.3, 52.5], ...RING.slice(1, -1), [13.3, 52.5]])
  expect(edit({ drawn: moved }).body).toHaveProperty('geometry')
})

test('a shape that cannot be drawn stays as it is, unless its GeoJSON was edited', () => {
  expect(edit({ drawn: NOTHING_DRAWN, isDrawable: false }).body).toEqual({})
  const geometryText = JSON.stringify({ type: 'Feature', geometry: ZONE.geometry })
  expect(edit({ isDrawable: false, values: { ...zoneValuesOf(ZONE), geometryText } }).body).toEqual({
    geometry: ZONE.geometry,
  })
})

test('a geometry is found in what tools wrap around it; what is no JSON is left to the API to refuse', () => {
  const feature = { type: 'Feature', geometry: ZONE.geometry }
  expect(parsed(JSON.stringify({ type: 'FeatureCollection', features: [feature] }))).toEqual(ZONE.geometry)
  expect(parsed(JSON.stringify(ZONE.geometry))).toEqual(ZONE.geometry)
  expect(parsed('POLYGON ((1 2))')).toBe('POLYGON ((1 2))')
})
