/** The map of the console: what is drawn on it, and what a click or a key on it means. The page tells it what there is; it knows no API. */
import { GeoJSONSource, Map as GlMap, LngLatBounds, NavigationControl, setWorkerUrl } from 'maplibre-gl'
import type { Order, Place } from '../shared/views.ts'
import { ago } from '../shared/words.ts'
import { FrameTimes } from './frame-times.ts'
import { addLayers, type SourceId } from './layers.ts'
import { Markers } from './markers.ts'
import { mercatorX, mercatorY } from './mercator.ts'
import { coloursOf, isDark } from './palette.ts'
import { plainStyle } from './plain-style.ts'
import type { Drawn } from './polygon.ts'
import { type Link, linkShapes, orderShapes, wayShapes } from './shapes.ts'
import { silentIn } from './silent.ts'
import { VehicleLayer } from './vehicle-layer.ts'
import { type Seen, Vehicles } from './vehicles.ts'
import { ZoneDrawing } from './zone-drawing.ts'

const PICK_PX = 14
/** Where there is nothing to see yet. */
const SOMEWHERE = { center: [-122.43, 37.77] as [number, number], zoom: 11.6 }
/** Out of the way of the panels around the map. */
const PADDING_WIDE = { top: 72, bottom: 240, left: 400, right: 400 }
const PADDING_NARROW = 48
const CLOSE_ZOOM = 14.5
/** Of a wider view nobody reads what is written beside vehicles and cells. */
const WORDS_ZOOM = 12.5
const CELLS_ZOOM = 10.5

export interface MapClicks {
  /** A click says where an order begins or ends. */
  isPlacing(): boolean
  onVehicle(driverId: string): void
  onOrder(orderId: string): void
  onPlace(place: Place): void
  /** Where nothing else is. */
  onZone(zoneId: string): void
}

export interface Tag {
  readonly driverId: string
  readonly text: string
  /** `out`: it was not to be had. */
  readonly kind: 'plain' | 'chosen' | 'out'
}

export interface Bounds {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

export class FleetMap {
  readonly vehicles = new Vehicles()
  readonly times = new FrameTimes()
  /** Somebody has moved it, and it stays where that somebody wants it. */
  isTouched = false
  readonly #map: GlMap
  readonly #layer: VehicleLayer
  readonly #shown = new Map<string, GeoJSON.FeatureCollection>()
  readonly #tags: Markers
  readonly #ages: Markers
  readonly #surge: Markers
  readonly #clicks: MapClicks
  readonly #end = new AbortController()
  #links: readonly Link[] = []
  #drawing: ZoneDrawing | null = null

  constructor(container: HTMLElement, source: { styleUrl: string | null; streets: object | null }, clicks: MapClicks) {
    setWorkerUrl(document.querySelector<HTMLMetaElement>('meta[name=waggle-map-worker]')?.content ?? '')
    this.#clicks = clicks
    this.#layer = new VehicleLayer(this.vehicles, coloursOf(), this.times)
    const style = () => source.styleUrl ?? plainStyle(source.streets, isDark())
    this.#map = new GlMap({
      container,
      style: style(),
      ...SOMEWHERE,
      attributionControl: source.styleUrl === null ? false : {},
    })
    this.#tags = new Markers(this.#map, 12)
    this.#ages = new Markers(this.#map, -10)
    this.#surge = new Markers(this.#map)
    this.#map.addControl(new NavigationControl({ showCompass: false }), 'bottom-right')
    this.#map.on('style.load', () => addLayers(this.#map, this.#layer, this.#shown, isDark()))
    this.#map.on('click', event => this.#pickAt(event.point))
    // Those of the reader have an event behind them, ours have none.
    this.#map.on('movestart', event => {
      if (event.originalEvent !== undefined) this.isTouched = true
    })
    const { signal } = this.#end
    container.addEventListener('keydown', event => this.#onKey(event), { signal })
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const recolour = () => {
      this.#layer.colour(coloursOf())
      this.#map.setStyle(style(), { diff: false })
    }
    dark.addEventListener('change', recolour, { signal })
    this.#animate()
  }

  close(): void {
    this.#end.abort()
    this.#map.remove()
  }

  set isPlacing(is: boolean) {
    this.#map.getCanvas().style.cursor = is ? 'crosshair' : ''
  }

  set staleAfterS(s: number) {
    this.#layer.staleAfterS = s
  }

  get bounds(): Bounds {
    const bounds = this.#map.getBounds()
    return { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() }
  }

  get view(): Spot & { readonly zoom: number } {
    const { lng, lat } = this.#map.getCenter()
    return { longitude: lng, latitude: lat, zoom: this.#map.getZoom() }
  }

  jumpTo({ longitude, latitude }: Spot, zoom: number): void {
    this.isTouched = true
    this.#map.jumpTo({ center: [longitude, latitude], zoom })
  }

  /** Cells are read at this zoom; in a wider view they would be grains. */
  get hasCells(): boolean {
    return this.#map.getZoom() >= CELLS_ZOOM
  }

  showSurge(shapes: GeoJSON.FeatureCollection, labels: readonly { cell: string; text: string; at: Spot }[]): void {
    this.#put('cells', shapes)
    const marks = labels.map(({ cell, text, at }) => ({ key: cell, text, className: 'surge-tag', at: () => at }))
    this.#surge.show(this.#map.getZoom() >= WORDS_ZOOM - 1 ? marks : [])
  }

  showZones(zones: GeoJSON.FeatureCollection): void {
    this.#put('zones', zones)
  }

  /** While it lasts clicks are its own. @returns it, to be shown what is drawn and to be ended. */
  draw(onDrawn: (drawn: Drawn) => void): Pick<ZoneDrawing, 'show' | 'end'> {
    this.#drawing?.end()
    const drawing = new ZoneDrawing(this.#map, data => this.#put('drawing', data), onDrawn)
    this.#drawing = drawing
    return {
      show: drawn => drawing.show(drawn),
      end: () => {
        drawing.end()
        if (this.#drawing === drawing) this.#drawing = null
      },
    }
  }

  showOrders(orders: readonly Order[], chosenId: string | null): void {
    this.#put('orders', orderShapes(orders, chosenId))
  }

  showWay(pickup: Place | null, dropoff: Place | null): void {
    this.#put('way', wayShapes(pickup, dropoff))
  }

  /** Lines that go with their drivers, once a second. */
  showLinks(links: readonly Link[]): void {
    this.#links = links
    this.#put(
      'links',
      linkShapes(links, driverId => this.seen(driverId)),
    )
  }

  /** Words beside vehicles, which go with them. */
  showTags(tags: readonly Tag[]): void {
    this.#tags.show(
      tags.map(({ driverId, text, kind }) => ({
        key: `${driverId} ${kind}`,
        text,
        className: `tag tag-${kind}`,
        at: () => this.seen(driverId),
      })),
    )
  }

  /** What goes with time: for how long the silent ones in view have been, and lines whose drivers have moved. */
  tick(): void {
    const silent = this.#map.getZoom() < WORDS_ZOOM ? [] : silentIn(this.vehicles, this.bounds, this.#layer.staleAfterS)
    this.#ages.show(
      silent.map(seen => ({ key: seen.driverId, text: ago(seen.ageMs), className: 'age-tag', at: () => seen })),
    )
    if (this.#links.length > 0) this.showLinks(this.#links)
  }

  /** @returns null where it is not on the map. */
  seen(driverId: string): Seen | null {
    const index = this.vehicles.indexOf(driverId)
    const seen = index === null ? null : this.vehicles.at(index)
    return seen !== null && Number.isFinite(seen.ageMs) ? seen : null
  }

  goTo(places: readonly Spot[]): void {
    const box = new LngLatBounds()
    for (const { longitude, latitude } of places) box.extend([longitude, latitude])
    // What lies beside it may have come or gone just now.
    this.#map.resize()
    const padding = innerWidth > 1_100 ? PADDING_WIDE : PADDING_NARROW
    this.#map.fitBounds(box, { padding, maxZoom: CLOSE_ZOOM, duration: 500 })
  }

  #put(source: SourceId, data: GeoJSON.FeatureCollection): void {
    this.#shown.set(source, data)
    const known = this.#map.getSource(source)
    if (known instanceof GeoJSONSource) void known.setData(data)
  }

  /** @returns the layer; none while a style is being loaded. */
  #drawn(layer: string): string[] {
    return this.#map.getLayer(layer) === undefined ? [] : [layer]
  }

  #animate(): void {
    const still = matchMedia('(prefers-reduced-motion: reduce)')
    const again = () => {
      if (this.#end.signal.aborted) return
      // Behind another view it is not drawn.
      if (this.#map.getContainer().checkVisibility({ visibilityProperty: true })) this.#map.triggerRepaint()
      this.#tags.follow()
      if (still.matches) setTimeout(again, 1_000)
      else requestAnimationFrame(again)
    }
    again()
  }

  /** Arrows, plus and minus are the map's own. Enter takes what is under the cross in the middle. */
  #onKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.target !== this.#map.getCanvas()) return
    event.preventDefault()
    const { clientWidth, clientHeight } = this.#map.getCanvas()
    this.#pickAt({ x: clientWidth / 2, y: clientHeight / 2 })
  }

  #pickAt({ x, y }: { readonly x: number; readonly y: number }): void {
    if (this.#drawing !== null) return
    const at = this.#map.unproject([x, y])
    if (this.#clicks.isPlacing()) {
      this.#clicks.onPlace({ longitude: at.lng, latitude: at.lat, address: null })
      return
    }
    const near: [[number, number], [number, number]] = [
      [x - 8, y - 8],
      [x + 8, y + 8],
    ]
    const [order] = this.#map.queryRenderedFeatures(near, { layers: this.#drawn('orders') })
    if (order) {
      this.#clicks.onOrder(String(order.properties.id))
      return
    }
    const worldPx = 512 * 2 ** this.#map.getZoom()
    const index = this.vehicles.nearest(mercatorX(at.lng), mercatorY(at.lat), PICK_PX / worldPx)
    if (index !== null) {
      this.#clicks.onVehicle(this.vehicles.ids[index] ?? '')
      return
    }
    // The last one drawn is the one above.
    const [zone] = this.#map.queryRenderedFeatures([x, y], { layers: this.#drawn('zones') })
    if (zone) this.#clicks.onZone(String(zone.properties.id))
  }
}

/** A place without words. */
export type Spot = Pick<Place, 'longitude' | 'latitude'>
