/** Words on the map, as elements of the page: they follow what moves, and one that stays is changed rather than made anew. */
import { type Map as GlMap, Marker } from 'maplibre-gl'

export interface Mark {
  readonly key: string
  readonly text: string
  readonly className: string
  /** Null: it is nowhere just now. */
  at(): { readonly longitude: number; readonly latitude: number } | null
}

export class Markers {
  readonly #map: GlMap
  readonly #offsetPx: number
  readonly #shown = new Map<string, { mark: Mark; readonly marker: Marker }>()

  /** @param offsetPx  above the place; below it where it is negative. */
  constructor(map: GlMap, offsetPx = 0) {
    this.#map = map
    this.#offsetPx = offsetPx
  }

  show(marks: readonly Mark[]): void {
    const wanted = new Set(marks.map(({ key }) => key))
    for (const [key, { marker }] of this.#shown) {
      if (wanted.has(key)) continue
      marker.remove()
      this.#shown.delete(key)
    }
    for (const mark of marks) this.#put(mark)
  }

  /** To where each is now. */
  follow(): void {
    for (const { mark, marker } of this.#shown.values()) {
      const at = mark.at()
      if (at !== null) marker.setLngLat([at.longitude, at.latitude])
    }
  }

  #put(mark: Mark): void {
    const at = mark.at()
    if (at === null) return
    const before = this.#shown.get(mark.key)
    if (before !== undefined) {
      before.mark = mark
      before.marker.setLngLat([at.longitude, at.latitude])
      const element = before.marker.getElement()
      if (element.firstChild?.nodeValue !== mark.text) element.textContent = mark.text
      return
    }
    const element = document.createElement('div')
    element.className = mark.className
    element.textContent = mark.text
    const anchor = this.#offsetPx > 0 ? 'bottom' : this.#offsetPx < 0 ? 'top' : 'center'
    const marker = new Marker({ element, anchor, offset: [0, -this.#offsetPx] })
    marker.setLngLat([at.longitude, at.latitude]).addTo(this.#map)
    // A word is no landmark and no button; the lists beside the map say the same.
    element.removeAttribute('role')
    element.removeAttribute('aria-label')
    element.setAttribute('aria-hidden', 'true')
    this.#shown.set(mark.key, { mark, marker })
  }
}
