/** The map of the console: what is drawn on it, and what a click on it means. The page tells it what there is; it knows no API. */
import { GeoJSONSource, Map as GlMap, Marker, NavigationControl, setWorkerUrl } from 'maplibre-gl'
import type { Order, Place } from '../shared/views.ts'
import { cellShapes, cellsIn } from './cells.ts'
import { FrameTimes } from './frame-times.ts'
import { coloursOf, isDark } from './palette.ts'
import { plainStyle } from './plain-style.ts'
import { VehicleLayer } from './vehicle-layer.ts'
import { mercator, Vehicles } from './vehicles.ts'

const PICK_PX = 14
const NOTHING: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] }
/** Where there is nothing to see yet. */
const SOMEWHERE = { center: [-122.43, 37.77] as [number, number], zoom: 11.6 }

export interface MapClicks {
  /** A click says where an order begins or ends. */
  isPlacing(): boolean
  onVehicle(driverId: string): void
  onOrder(orderId: string): void
  onPlace(place: Place): void
}

export interface Tag {
  readonly driverId: string
  readonly text: string
  readonly isChosen: boolean
}

export class FleetMap {
  readonly vehicles = new Vehicles()
  readonly times = new FrameTimes()
  readonly #map: GlMap
  readonly #layer: VehicleLayer
  /** By source: a new style begins without any. */
  readonly #shown = new Map<string, GeoJSON.FeatureCollection>()
  #tags: { readonly tag: Tag; readonly marker: Marker }[] = []

  constructor(container: HTMLElement, source: { styleUrl: string | null; streets: object | null }, clicks: MapClicks) {
    setWorkerUrl(document.querySelector<HTMLMetaElement>('meta[name=waggle-map-worker]')?.content ?? '')
    this.#layer = new VehicleLayer(this.vehicles, coloursOf(), this.times)
    const style = () => source.styleUrl ?? plainStyle(source.streets, isDark())
    this.#map = new GlMap({
      container,
      style: style(),
      ...SOMEWHERE,
      attributionControl: source.styleUrl === null ? false : {},
    })
    this.#map.addControl(new NavigationControl({ showCompass: false }), 'bottom-right')
    this.#map.on('style.load', () => this.#addLayers())
    this.#map.on('click', event => this.#clicked(event.point, event.lngLat, clicks))
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#layer.colour(coloursOf())
      this.#map.setStyle(style(), { diff: false })
    })
    const still = matchMedia('(prefers-reduced-motion: reduce)')
    const again = () => {
      this.#map.triggerRepaint()
      for (const { tag, marker } of this.#tags) this.#follow(tag, marker)
      if (still.matches) setTimeout(again, 1_000)
      else requestAnimationFrame(again)
    }
    again()
  }

  set isPlacing(is: boolean) {
    this.#map.getCanvas().style.cursor = is ? 'crosshair' : ''
  }

  set staleAfterS(s: number) {
    this.#layer.staleAfterS = s
  }

  /** @returns the price cells in view; none where the view is wider than a city. */
  get cells(): string[] {
    if (this.#map.getZoom() < 10.5) return []
    const bounds = this.#map.getBounds()
    return cellsIn({
      west: bounds.getWest(),
      south: bounds.getSouth(),
      east: bounds.getEast(),
      north: bounds.getNorth(),
    })
  }

  showSurge(cells: readonly { readonly cell: string; readonly multiplier: number }[]): void {
    this.#put('cells', cellShapes(cells))
  }

  showOrders(orders: readonly Order[], chosenId: string | null): void {
    const points = orders.filter(o => o.status !== 'en_route_to_dropoff' || o.order_id === chosenId)
    this.#put('orders', {
      type: 'FeatureCollection',
      features: points.map(o => ({
        type: 'Feature',
        properties: { id: o.order_id, waits: o.status === 'placed', chosen: o.order_id === chosenId },
        geometry: pointOf(o.pickup),
      })),
    })
  }

  /** The way of one order, of a draft, or nothing. */
  showWay(pickup: Place | null, dropoff: Place | null): void {
    if (pickup === null) {
      this.#put('way', NOTHING)
      return
    }
    const ends = [pickup, ...(dropoff ? [dropoff] : [])]
    const points = ends.map((place, i) => ({
      type: 'Feature' as const,
      properties: { end: i === 0 ? 'pickup' : 'dropoff' },
      geometry: pointOf(place),
    }))
    const line = { type: 'LineString' as const, coordinates: ends.map(p => [p.longitude, p.latitude]) }
    this.#put('way', {
      type: 'FeatureCollection',
      features: [{ type: 'Feature', properties: { end: 'line' }, geometry: line }, ...points],
    })
  }

  /** Words beside vehicles, which go with them. */
  showTags(tags: readonly Tag[]): void {
    for (const { marker } of this.#tags) marker.remove()
    this.#tags = tags.flatMap(tag => {
      if (this.vehicles.indexOf(tag.driverId) === null) return []
      const element = document.createElement('div')
      element.className = tag.isChosen ? 'tag tag-chosen' : 'tag'
      element.textContent = tag.text
      const marker = new Marker({ element, anchor: 'bottom', offset: [0, -12] })
      this.#follow(tag, marker)
      marker.addTo(this.#map)
      return [{ tag, marker }]
    })
  }

  goTo(places: readonly { readonly longitude: number; readonly latitude: number }[]): void {
    const [longitudes, latitudes] = [places.map(p => p.longitude), places.map(p => p.latitude)]
    const corners: [[number, number], [number, number]] = [
      [Math.min(...longitudes), Math.min(...latitudes)],
      [Math.max(...longitudes), Math.max(...latitudes)],
    ]
    const isWide = innerWidth > 900
    const padding = isWide ? { top: 90, bottom: 90, left: 400, right: 420 } : 60
    this.#map.fitBounds(corners, { padding, maxZoom: 14.5, duration: 500 })
  }

  /** Once, when the first vehicles are known. */
  goToFleet(): void {
    const sample = Array.from({ length: this.vehicles.count }, (_, i) => this.vehicles.at(i))
    const placed = sample.filter(v => Number.isFinite(v.ageMs))
    if (placed.length > 0) this.goTo(placed)
  }

  #follow({ driverId }: Tag, marker: Marker): void {
    const index = this.vehicles.indexOf(driverId)
    if (index === null) return
    const { longitude, latitude } = this.vehicles.at(index)
    marker.setLngLat([longitude, latitude])
  }

  #put(source: string, data: GeoJSON.FeatureCollection): void {
    this.#shown.set(source, data)
    const known = this.#map.getSource(source)
    if (known instanceof GeoJSONSource) void known.setData(data)
  }

  #addLayers(): void {
    const map = this.#map
    for (const id of ['cells', 'orders', 'way'])
      map.addSource(id, { type: 'geojson', data: this.#shown.get(id) ?? NOTHING })
    const accent = isDark() ? '#f0a93a' : '#b86e00'
    const ink = isDark() ? '#e8ebee' : '#20262c'
    const paper = isDark() ? '#14181d' : '#ffffff'
    const heat = ['interpolate', ['linear'], ['get', 'multiplier'], 1, 0, 1.05, 0.1, 2.5, 0.45] as never
    map.addLayer({ id: 'cells', type: 'fill', source: 'cells', paint: { 'fill-color': accent, 'fill-opacity': heat } })
    map.addLayer({
      id: 'cell-edges',
      type: 'line',
      source: 'cells',
      paint: { 'line-color': ink, 'line-opacity': 0.07, 'line-width': 1 },
    })
    map.addLayer({
      id: 'way',
      type: 'line',
      source: 'way',
      filter: ['==', ['get', 'end'], 'line'],
      paint: { 'line-color': accent, 'line-width': 3, 'line-dasharray': [1.5, 1.2] },
    })
    map.addLayer(this.#layer)
    map.addLayer({
      id: 'orders',
      type: 'circle',
      source: 'orders',
      paint: {
        'circle-radius': ['case', ['get', 'chosen'], 8, ['get', 'waits'], 6, 4],
        'circle-color': ['case', ['get', 'waits'], accent, paper],
        'circle-stroke-color': ['case', ['get', 'waits'], paper, accent],
        'circle-stroke-width': 2,
      },
    })
    map.addLayer({
      id: 'ends',
      type: 'circle',
      source: 'way',
      filter: ['!=', ['get', 'end'], 'line'],
      paint: {
        'circle-radius': 7,
        'circle-color': ['case', ['==', ['get', 'end'], 'pickup'], accent, paper],
        'circle-stroke-color': ['case', ['==', ['get', 'end'], 'pickup'], paper, accent],
        'circle-stroke-width': 3,
      },
    })
  }

  #clicked(point: { x: number; y: number }, at: { lng: number; lat: number }, clicks: MapClicks): void {
    if (clicks.isPlacing()) {
      clicks.onPlace({ longitude: at.lng, latitude: at.lat, address: null })
      return
    }
    const near: [[number, number], [number, number]] = [
      [point.x - 8, point.y - 8],
      [point.x + 8, point.y + 8],
    ]
    const [order] = this.#map.queryRenderedFeatures(near, { layers: ['orders'] })
    if (order) {
      clicks.onOrder(String(order.properties.id))
      return
    }
    const [x, y] = mercator(at.lng, at.lat)
    const index = this.vehicles.nearest(x, y, PICK_PX / (512 * 2 ** this.#map.getZoom()))
    if (index !== null) clicks.onVehicle(this.vehicles.ids[index] ?? '')
  }
}

function pointOf({ longitude, latitude }: Place): GeoJSON.Point {
  return { type: 'Point', coordinates: [longitude, latitude] }
}
