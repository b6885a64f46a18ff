/** What is drawn on the map besides vehicles, from the ground up: surge, zones, ways, orders, what is being drawn. */
import type { CustomLayerInterface, DataDrivenPropertyValueSpecification, Map as GlMap } from 'maplibre-gl'
import { addDrawingLayers, addZoneLayers, ZONE_SOURCES } from './zone-layers.ts'

const SOURCES = ['cells', 'links', 'orders', 'way', ...ZONE_SOURCES] as const
export type SourceId = (typeof SOURCES)[number]

const NOTHING: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] }

type Colour = DataDrivenPropertyValueSpecification<string>
type Amount = DataDrivenPropertyValueSpecification<number>

/** @param shown  what was drawn before: a new style begins without any. */
export function addLayers(
  map: GlMap,
  vehicles: CustomLayerInterface,
  shown: ReadonlyMap<string, GeoJSON.FeatureCollection>,
  isDark: boolean,
): void {
  for (const id of SOURCES) map.addSource(id, { type: 'geojson', data: shown.get(id) ?? NOTHING })
  const accent = isDark ? '#f0a93a' : '#b86e00'
  const ink = isDark ? '#e8ebee' : '#20262c'
  const paper = isDark ? '#14181d' : '#ffffff'
  const filled = (is: unknown[]): Colour => ['case', is, accent, paper] as unknown as Colour
  const ringed = (is: unknown[]): Colour => ['case', is, paper, accent] as unknown as Colour
  const heat = ['interpolate', ['linear'], ['get', 'multiplier'], 1, 0, 1.05, 0.12, 2.5, 0.5] as unknown as Amount
  map.addLayer({ id: 'cells', type: 'fill', source: 'cells', paint: { 'fill-color': accent, 'fill-opacity': heat } })
  map.addLayer({
    id: 'cell-edges',
    type: 'line',
    source: 'cells',
    paint: { 'line-color': ink, 'line-opacity': 0.07, 'line-width': 1 },
  })
  addZoneLayers(map)
  map.addLayer({
    id: 'way',
    type: 'line',
    source: 'way',
    filter: ['==', ['get', 'end'], 'line'],
    paint: { 'line-color': accent, 'line-width': 3, 'line-dasharray': [1.5, 1.2] },
  })
  // Who is asked now, and who was weighed against whom.
  map.addLayer({
    id: 'links',
    type: 'line',
    source: 'links',
    layout: { 'line-cap': 'round' },
    paint: {
      'line-color': ['match', ['get', 'kind'], 'candidate', ink, accent] as unknown as Colour,
      'line-opacity': ['match', ['get', 'kind'], 'candidate', 0.35, 0.9] as unknown as Amount,
      'line-width': ['match', ['get', 'kind'], 'candidate', 1.2, 'chosen', 2.5, 2] as unknown as Amount,
      'line-dasharray': [1, 2],
    },
  })
  map.addLayer(vehicles)
  const waits = ['get', 'waits']
  map.addLayer({
    id: 'orders',
    type: 'circle',
    source: 'orders',
    paint: {
      'circle-radius': ['case', ['get', 'chosen'], 8, waits, 6, 4] as unknown as Amount,
      'circle-color': filled(waits),
      'circle-stroke-color': ringed(waits),
      'circle-stroke-width': 2,
    },
  })
  const isPickup = ['==', ['get', 'end'], 'pickup']
  map.addLayer({
    id: 'ends',
    type: 'circle',
    source: 'way',
    filter: ['!=', ['get', 'end'], 'line'],
    paint: {
      'circle-radius': 7,
      'circle-color': filled(isPickup),
      'circle-stroke-color': ringed(isPickup),
      'circle-stroke-width': 3,
    },
  })
  addDrawingLayers(map, { accent, paper })
}
