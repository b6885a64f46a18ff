/**
 * A shape under the pointer: clicks add corners, a click on the first one closes it; then corners are dragged, the middle of an edge
 * becomes a corner where it is dragged, and a click with the other button takes one away. What the shape is is kept by whoever
 * began this: it is told each step and shows the next one.
 */
import type { Map as GlMap, MapMouseEvent, MapTouchEvent } from 'maplibre-gl'
import {
  CORNERS_MIN,
  type Corner,
  closed,
  type Drawn,
  middles,
  movedCorner,
  NOTHING_DRAWN,
  nearestWithin,
  ringOf,
  withCorner,
  withoutCorner,
} from './polygon.ts'

/** As wide as a finger needs it. */
const GRIP_PX = 12

export class ZoneDrawing {
  readonly #map: GlMap
  readonly #put: (data: GeoJSON.FeatureCollection) => void
  readonly #onDrawn: (drawn: Drawn) => void
  #drawn: Drawn = NOTHING_DRAWN
  #dragged: number | null = null
  /** A drag ends with a click, which is none. */
  #hasDragged = false

  constructor(map: GlMap, put: (data: GeoJSON.FeatureCollection) => void, onDrawn: (drawn: Drawn) => void) {
    this.#map = map
    this.#put = put
    this.#onDrawn = onDrawn
    map.doubleClickZoom.disable()
    map.on('click', this.#click)
    map.on('contextmenu', this.#remove)
    map.on('mousedown', this.#grip)
    map.on('touchstart', this.#grip)
    map.on('mousemove', this.#drag)
    map.on('touchmove', this.#drag)
    map.on('mouseup', this.#let)
    map.on('touchend', this.#let)
    map.getCanvas().addEventListener('keydown', this.#key)
  }

  end(): void {
    const map = this.#map
    map.doubleClickZoom.enable()
    map.dragPan.enable()
    map.off('click', this.#click)
    map.off('contextmenu', this.#remove)
    map.off('mousedown', this.#grip)
    map.off('touchstart', this.#grip)
    map.off('mousemove', this.#drag)
    map.off('touchmove', this.#drag)
    map.off('mouseup', this.#let)
    map.off('touchend', this.#let)
    map.getCanvas().removeEventListener('keydown', this.#key)
    map.getCanvas().style.cursor = ''
    this.#put({ type: 'FeatureCollection', features: [] })
  }

  show(drawn: Drawn): void {
    this.#drawn = drawn
    this.#map.getCanvas().style.cursor = drawn.isClosed ? '' : 'crosshair'
    this.#put(shapes(drawn))
  }

  #tell(drawn: Drawn): void {
    this.show(drawn)
    this.#onDrawn(drawn)
  }

  #at(corners: readonly Corner[], point: { x: number; y: number }): number | null {
    const points = corners.map(([lng, lat]) => this.#map.project([lng, lat]))
    return nearestWithin(points, point, GRIP_PX)
  }

  #click = ({ point, lngLat }: MapMouseEvent): void => {
    if (this.#hasDragged || this.#drawn.isClosed) return
    const hit = this.#at(this.#drawn.corners, point)
    if (hit === 0 && this.#drawn.corners.length >= CORNERS_MIN) this.#tell(closed(this.#drawn))
    else if (hit === null) this.#tell(withCorner(this.#drawn, [lngLat.lng, lngLat.lat]))
  }

  #remove = ({ point }: MapMouseEvent): void => {
    const hit = this.#at(this.#drawn.corners, point)
    if (hit !== null) this.#tell(withoutCorner(this.#drawn, hit))
  }

  #key = ({ key }: KeyboardEvent): void => {
    if (this.#drawn.isClosed) return
    if (key === 'Enter') this.#tell(closed(this.#drawn))
    if (key === 'Backspace') this.#tell(withoutCorner(this.#drawn, this.#drawn.corners.length - 1))
  }

  #grip = (event: MapMouseEvent | MapTouchEvent): void => {
    this.#hasDragged = false
    if (event.originalEvent instanceof MouseEvent && event.originalEvent.button !== 0) return
    let hit = this.#at(this.#drawn.corners, event.point)
    const middle = hit === null ? this.#at(middles(this.#drawn), event.point) : null
    if (middle !== null) {
      hit = middle + 1
      this.#tell(withCorner(this.#drawn, [event.lngLat.lng, event.lngLat.lat], hit))
    }
    if (hit === null) return
    this.#dragged = hit
    this.#map.dragPan.disable()
  }

  #drag = ({ lngLat }: MapMouseEvent | MapTouchEvent): void => {
    if (this.#dragged === null) return
    this.#hasDragged = true
    this.#tell(movedCorner(this.#drawn, this.#dragged, [lngLat.lng, lngLat.lat]))
  }

  #let = (): void => {
    this.#dragged = null
    this.#map.dragPan.enable()
  }
}

function shapes(drawn: Drawn): GeoJSON.FeatureCollection {
  const { corners, isClosed } = drawn
  const point = (role: string) => (corner: Corner, i: number) => ({
    type: 'Feature' as const,
    properties: { role: role === 'corner' && i === 0 && !isClosed ? 'first' : role },
    geometry: { type: 'Point' as const, coordinates: [...corner] },
  })
  const ring = ringOf(drawn).map(corner => [...corner])
  const outline: GeoJSON.Geometry = isClosed
    ? { type: 'Polygon', coordinates: [ring] }
    : { type: 'LineString', coordinates: corners.map(corner => [...corner]) }
  const points = [...middles(drawn).map(point('middle')), ...corners.map(point('corner'))]
  if (corners.length < 2) return { type: 'FeatureCollection', features: points }
  return {
    type: 'FeatureCollection',
    features: [{ type: 'Feature', properties: { role: 'outline' }, geometry: outline }, ...points],
  }
}
