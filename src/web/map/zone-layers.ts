/** Zones as the map has them: below vehicles and orders, with colours that the legend has as well. */
import type { Map as GlMap } from 'maplibre-gl'
import type { Zone } from '../shared/manage.ts'

export const ZONE_SOURCES = ['zones', 'drawing'] as const

/** @param chosenId  the one that is looked at; it is drawn stronger, and not at all while it is being drawn. */
export function zoneShapes(
  zones: readonly Zone[],
  chosenId: string | null,
  drawnId: string | null,
): GeoJSON.FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: zones
      .filter(zone => zone.zone_id !== drawnId)
      .map(({ zone_id, kind, geometry }) => ({
        type: 'Feature',
        properties: { id: zone_id, kind, chosen: zone_id === chosenId },
        geometry: geometry as unknown as GeoJSON.Geometry,
      })),
  }
}

function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

export function addZoneLayers(map: GlMap): void {
  const [service, price, fence] = ['--zone-service', '--zone-price', '--zone-fence'].map(colourOf)
  const colour = ['match', ['get', 'kind'], 'service_area', service, 'price_area', price, fence] as never
  const chosen = (yes: number, no: number) => ['case', ['get', 'chosen'], yes, no] as never
  map.addLayer({
    id: 'zones',
    type: 'fill',
    source: 'zones',
    paint: { 'fill-color': colour, 'fill-opacity': chosen(0.2, 0.06) },
  })
  map.addLayer({
    id: 'zone-edges',
    type: 'line',
    source: 'zones',
    paint: { 'line-color': colour, 'line-width': chosen(3, 1.5), 'line-opacity': chosen(1, 0.8) },
  })
}

/** Above everything: whoever draws looks at nothing else. */
export function addDrawingLayers(map: GlMap, { accent, paper }: { accent: string; paper: string }): void {
  const role = ['get', 'role']
  map.addLayer({
    id: 'drawing-inside',
    type: 'fill',
    source: 'drawing',
    filter: ['==', ['geometry-type'], 'Polygon'],
    paint: { 'fill-color': accent, 'fill-opacity': 0.15 },
  })
  map.addLayer({
    id: 'drawing-edges',
    type: 'line',
    source: 'drawing',
    filter: ['==', role as never, 'outline'],
    paint: { 'line-color': accent, 'line-width': 2.5 },
  })
  map.addLayer({
    id: 'drawing-corners',
    type: 'circle',
    source: 'drawing',
    filter: ['!=', role as never, 'outline'],
    paint: {
      'circle-radius': ['match', role as never, 'middle', 4, 'first', 8, 6] as never,
      'circle-color': ['match', role as never, 'middle', accent, paper] as never,
      'circle-opacity': ['match', role as never, 'middle', 0.6, 1] as never,
      'circle-stroke-color': accent,
      'circle-stroke-width': ['match', role as never, 'middle', 0, 2.5] as never,
    },
  })
}
