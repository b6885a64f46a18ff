/**
 * The straight lines from one point to others, through the earth and squared, of which the shortest is drawn first: a heap in two
 * flat arrays. A line costs three multiplications and sorts like the distance along the ground.
 */
import { EARTH_RADIUS_M, type LatLng, RADIANS } from './geo.ts'

/** On a sphere of radius 1. */
export interface Vector {
  readonly x: number
  readonly y: number
  readonly z: number
}

/** Of the sphere's radius, some micrometres: rounding must not rule out what the distance along the ground would keep. */
const SLACK = 1e-12

export function vectorOf({ latitude, longitude }: LatLng): Vector {
  const polar = Math.cos(latitude * RADIANS)
  const x = polar * Math.cos(longitude * RADIANS)
  const y = polar * Math.sin(longitude * RADIANS)
  return { x, y, z: Math.sin(latitude * RADIANS) }
}

/** No line to anything that is so near is longer. */
export function lineWithin(metres: number): number {
  return (2 * Math.sin(Math.min(Math.PI / 2, metres / (2 * EARTH_RADIUS_M))) + SLACK) ** 2
}

/** No line to anything that is as far along the ground is longer. */
export function asLongAs(line: number): number {
  return (Math.sqrt(line) + SLACK) ** 2
}

export class NearLines {
  readonly #lines: number[] = []
  readonly #slots: number[] = []

  /** Infinite where there is none. */
  get shortest(): number {
    return this.#lines[0] ?? Number.POSITIVE_INFINITY
  }

  add(line: number, slot: number): void {
    const lines = this.#lines
    const slots = this.#slots
    let at = lines.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const lineAbove = lines[above] as number
      if (lineAbove <= line) break
      lines[at] = lineAbove
      slots[at] = slots[above] as number
      at = above
    }
    lines[at] = line
    slots[at] = slot
  }

  /** @returns the slot of the shortest, which is no longer here. */
  draw(): number | undefined {
    const drawn = this.#slots[0]
    const line = this.#lines.pop()
    const slot = this.#slots.pop()
    if (line !== undefined && slot !== undefined && this.#lines.length > 0) this.#sink(line, slot)
    return drawn
  }

  /** From the top, whose place is free. */
  #sink(line: number, slot: number): void {
    const lines = this.#lines
    const slots = this.#slots
    const { length } = lines
    let at = 0
    for (let below = 1; below < length; below = 2 * at + 1) {
      if (below + 1 < length && (lines[below + 1] as number) < (lines[below] as number)) below++
      const lineBelow = lines[below] as number
      if (lineBelow >= line) break
      lines[at] = lineBelow
      slots[at] = slots[below] as number
      at = below
    }
    lines[at] = line
    slots[at] = slot
  }
}
