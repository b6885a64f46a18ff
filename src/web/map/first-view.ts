/**
 * Until somebody moves the map it shows the whole fleet: also one that comes in bit by bit, as after a start. Once the fleet fits it stays,
 * so that nothing jumps under a pointer.
 */
import type { FleetMap } from './fleet-map.ts'

/** A box that has grown by less is still a good view of it. */
const GROWN = 1.2

export class FirstView {
  readonly #map: FleetMap
  #fitted = { width: 0, height: 0, count: 0 }

  constructor(map: FleetMap) {
    this.#map = map
  }

  /** To be called whenever there may be more of the fleet. */
  look(): void {
    const { vehicles } = this.#map
    if (this.#map.isTouched || vehicles.count === this.#fitted.count) return
    const placed = Array.from({ length: vehicles.count }, (_, i) => vehicles.at(i)).filter(v =>
      Number.isFinite(v.ageMs),
    )
    if (placed.length === 0) return
    const [width, height] = [spanOf(placed.map(v => v.longitude)), spanOf(placed.map(v => v.latitude))]
    const { width: fittedWidth, height: fittedHeight, count } = this.#fitted
    this.#fitted = { ...this.#fitted, count: vehicles.count }
    if (count > 0 && width <= fittedWidth * GROWN && height <= fittedHeight * GROWN) return
    this.#fitted = { width, height, count: vehicles.count }
    this.#map.goTo(placed)
  }
}

function spanOf(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b))
}
