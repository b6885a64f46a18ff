/**
 * The map of one order: both ends of its way, its courier, and where the courier has been while somebody looked. The page tells it what
 * there is; it knows no API. Until the reader moves it, it keeps in view what matters.
 */
import {
  AttributionControl,
  GeoJSONSource,
  Map as GlMap,
  LngLatBounds,
  Marker,
  NavigationControl,
  setWorkerUrl,
} from 'maplibre-gl'
import { isDark } from './palette.ts'
import { plainStyle } from './plain-style.ts'

interface Point {
  readonly latitude: number
  readonly longitude: number
}

export interface TrackingMapOptions {
  readonly styleUrl: string | null
  readonly streets: object | null
  readonly workerUrl: string
  readonly words: { readonly pickup: string; readonly dropoff: string; readonly map: string }
  /** What is said to whoever scrolls the page over the map. */
  readonly gestures: { readonly touch: string; readonly wheel: string }
}

/** Of the trail: about an hour of positions. */
const TRAIL_MAX = 1_000
/** Nearer than this nobody needs to see a door. */
const ZOOM_MAX = 16
/** Buttons stand there. */
const FOOT_PX = 84
/** Of the map's size: a courier that comes nearer to its edge brings the view after it. */
const EDGE = 0.12

export class TrackingMap {
  readonly #map: GlMap
  readonly #trail: [number, number][] = []
  readonly #nose = document.createElement('i')
  readonly #ageLabel = document.createElement('span')
  readonly #courier: Marker
  readonly #pickup: Marker
  readonly #dropoff: Marker
  #ends: { pickup: Point | null; dropoff: Point | null; isPickedUp: boolean } = {
    pickup: null,
    dropoff: null,
    isPickedUp: false,
  }
  #courierAt: Point | null = null
  /** The reader has chosen what to look at. */
  #isMovedByHand = false

  /** @throws {Error} where the device cannot draw it. */
  constructor(container: HTMLElement, { styleUrl, streets, workerUrl, words, gestures }: TrackingMapOptions) {
    setWorkerUrl(workerUrl)
    this.#map = new GlMap({
      container,
      style: styleUrl ?? plainStyle(streets, isDark()),
      center: [0, 0],
      zoom: 1,
      attributionControl: false,
      cooperativeGestures: true,
      dragRotate: false,
      pitchWithRotate: false,
      locale: {
        'Map.Title': words.map,
        'CooperativeGesturesHandler.MobileHelpText': gestures.touch,
        'CooperativeGesturesHandler.WindowsHelpText': gestures.wheel,
        'CooperativeGesturesHandler.MacHelpText': gestures.wheel,
      },
    })
    this.#map.touchZoomRotate.disableRotation()
    // Whose map it is must be readable: the other corners have buttons.
    if (styleUrl !== null) this.#map.addControl(new AttributionControl({ compact: true }), 'top-right')
    this.#map.addControl(new NavigationControl({ showCompass: false }), 'bottom-left')
    for (const kind of ['dragstart', 'zoomstart'] as const) {
      this.#map.on(kind, event => {
        // Only what a hand has done has an event of its own.
        if ((event as { originalEvent?: Event }).originalEvent !== undefined) this.#isMovedByHand = true
      })
    }
    this.#map.on('style.load', () => this.#addLines())
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      if (styleUrl === null) this.#map.setStyle(plainStyle(streets, isDark()), { diff: false })
    })
    this.#pickup = new Marker({ element: endElement('pickup', words.pickup) })
    this.#dropoff = new Marker({ element: endElement('dropoff', words.dropoff) })
    this.#courier = new Marker({ element: this.#courierElement() })
  }

  /** @throws {Error} where its background does not come in time. */
  loaded(maxMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.remove()
        reject(new Error('the background of the map did not come'))
      }, maxMs)
      this.#map.once('style.load', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  showEnds({ pickup, dropoff }: { pickup: Point | null; dropoff: Point | null }, isPickedUp: boolean): void {
    const before = this.#ends
    this.#ends = { pickup, dropoff, isPickedUp }
    place(this.#pickup, pickup, this.#map)
    place(this.#dropoff, dropoff, this.#map)
    const way = this.#map.getSource('way')
    if (way instanceof GeoJSONSource) void way.setData(this.#way)
    this.#pickup.getElement().classList.toggle('end-done', isPickedUp)
    const isNews =
      !isSame(before.pickup, pickup) || !isSame(before.dropoff, dropoff) || before.isPickedUp !== isPickedUp
    if (isNews && !this.#isMovedByHand) this.#fit(before.dropoff === null)
  }

  showCourier(drawn: (Point & { readonly heading: number | null }) | null): void {
    const isFirst = this.#courierAt === null && drawn !== null
    this.#courierAt = drawn
    place(this.#courier, drawn, this.#map)
    if (drawn === null) {
      this.#trail.length = 0
      this.#drawTrail()
      return
    }
    this.#nose.hidden = drawn.heading === null
    this.#nose.style.transform = `rotate(${drawn.heading ?? 0}deg)`
    this.#extendTrail(drawn)
    if (!this.#isMovedByHand && (isFirst || this.#isAtEdge(drawn))) this.#fit(false)
  }

  /** @param words  null: it is where it is drawn. */
  showAge(words: string | null): void {
    this.#ageLabel.textContent = words ?? ''
    this.#courier.getElement().classList.toggle('courier-old', words !== null)
  }

  centre(): void {
    this.#isMovedByHand = false
    this.#fit(false)
  }

  remove(): void {
    this.#map.remove()
  }

  #courierElement(): HTMLElement {
    const element = document.createElement('div')
    element.className = 'courier-mark'
    this.#nose.className = 'courier-nose'
    this.#ageLabel.className = 'courier-age'
    const dot = document.createElement('b')
    dot.append(this.#nose)
    element.append(dot, this.#ageLabel)
    return element
  }

  #fit(isFirst: boolean): void {
    const { pickup, dropoff, isPickedUp } = this.#ends
    const points = [this.#courierAt, dropoff, isPickedUp && this.#courierAt !== null ? null : pickup]
    const bounds = new LngLatBounds()
    for (const point of points) if (point !== null) bounds.extend([point.longitude, point.latitude])
    if (bounds.isEmpty()) return
    const { clientWidth, clientHeight } = this.#map.getContainer()
    const side = Math.round(Math.min(96, Math.min(clientWidth, clientHeight) * 0.18))
    const padding = { top: side, left: side, right: side, bottom: Math.max(side, FOOT_PX) }
    this.#map.fitBounds(bounds, { padding, maxZoom: ZOOM_MAX, duration: isFirst ? 0 : 900 })
  }

  #isAtEdge({ longitude, latitude }: Point): boolean {
    if (this.#map.isMoving()) return false
    const { x, y } = this.#map.project([longitude, latitude])
    const { clientWidth: width, clientHeight: height } = this.#map.getContainer()
    return x < width * EDGE || x > width * (1 - EDGE) || y < height * EDGE || y > height * (1 - EDGE)
  }

  #extendTrail({ longitude, latitude }: Point): void {
    const last = this.#trail.at(-1)
    if (last !== undefined && Math.abs(last[0] - longitude) + Math.abs(last[1] - latitude) < TRAIL_STEP) return
    this.#trail.push([longitude, latitude])
    if (this.#trail.length > TRAIL_MAX) this.#trail.shift()
    this.#drawTrail()
  }

  #drawTrail(): void {
    const source = this.#map.getSource('trail')
    if (source instanceof GeoJSONSource) void source.setData(lineOf(this.#trail))
  }

  /** As the crow flies: which streets it takes, nobody has said. */
  get #way(): GeoJSON.Feature {
    const { pickup, dropoff } = this.#ends
    return lineOf([pickup, dropoff].flatMap(end => (end === null ? [] : [[end.longitude, end.latitude]])))
  }

  #addLines(): void {
    const map = this.#map
    if (map.getSource('trail') !== undefined) return
    map.addSource('way', { type: 'geojson', data: this.#way })
    map.addLayer({
      id: 'way',
      type: 'line',
      source: 'way',
      layout: { 'line-cap': 'round' },
      paint: {
        'line-color': isDark() ? '#77828c' : '#8b97a2',
        'line-width': 2,
        'line-opacity': 0.7,
        'line-dasharray': [0.5, 2.5],
      },
    })
    map.addSource('trail', { type: 'geojson', data: lineOf(this.#trail) })
    map.addLayer({
      id: 'trail',
      type: 'line',
      source: 'trail',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': isDark() ? '#f0a93a' : '#d98a00', 'line-width': 4, 'line-opacity': 0.55 },
    })
  }
}

/** In degrees, some ten metres: finer steps are not seen. */
const TRAIL_STEP = 0.0001

function endElement(kind: 'pickup' | 'dropoff', words: string): HTMLElement {
  const element = document.createElement('div')
  element.className = `end end-${kind}`
  const label = document.createElement('span')
  label.textContent = words
  element.append(document.createElement('i'), label)
  return element
}

function place(marker: Marker, point: Point | null, map: GlMap): void {
  if (point === null) {
    marker.remove()
    return
  }
  marker.setLngLat([point.longitude, point.latitude])
  if (!marker.getElement().isConnected) marker.addTo(map)
}

function isSame(a: Point | null, b: Point | null): boolean {
  return a?.latitude === b?.latitude && a?.longitude === b?.longitude
}

function lineOf(points: number[][]): GeoJSON.Feature {
  return { type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: [...points] } }
}
