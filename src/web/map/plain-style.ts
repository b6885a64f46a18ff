/** A map that needs nobody: paper, and the streets of the made-up city where there are any. Labels would need fonts from elsewhere. */
import type { LineLayerSpecification, StyleSpecification } from 'maplibre-gl'

export function plainStyle(streets: object | null, isDark: boolean): StyleSpecification {
  const paint = isDark
    ? { land: '#14181d', block: '#1d2329', street: '#2b333b', avenue: '#3a444e', water: '#15283a' }
    : { land: '#eceae5', block: '#f4f2ee', street: '#ffffff', avenue: '#ffffff', water: '#c9dbe6' }
  const data = (streets ?? { type: 'FeatureCollection', features: [] }) as GeoJSON.FeatureCollection
  const width = (base: number) =>
    ['interpolate', ['exponential', 1.6], ['zoom'], 10, base * 0.35, 16, base * 5] as never
  const line = (kind: string, colour: string, base: number): LineLayerSpecification => ({
    id: kind,
    type: 'line',
    source: 'streets',
    filter: ['==', ['get', 'kind'], kind],
    layout: { 'line-cap': 'round' },
    paint: { 'line-color': colour, 'line-width': width(base) },
  })
  return {
    version: 8,
    sources: { streets: { type: 'geojson', data, tolerance: 0.2 } },
    layers: [
      { id: 'land', type: 'background', paint: { 'background-color': paint.land } },
      {
        id: 'water',
        type: 'fill',
        source: 'streets',
        filter: ['==', ['get', 'kind'], 'water'],
        paint: { 'fill-color': paint.water },
      },
      line('street', paint.street, 1.6),
      line('bridge', paint.avenue, 2.6),
      line('avenue', paint.avenue, 3.2),
    ],
  }
}
