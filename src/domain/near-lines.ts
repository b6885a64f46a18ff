/**
 * The straight lines from one point to others, through the earth and squared, of which the shortest is drawn first: a heap in two
 * flat arrays. A line costs three multiplications and sorts like the distance along the ground. One is used for search after search: arrays that
 * grow anew with each were a third of what a search leaves to be collected.
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

/** Of the nearest ten where there are as many vehicles as in the busiest of cities a few dozen lines are kept at once. */
const ROOM_FIRST = 256
/** What one wide search took is not kept for all that follow: 48 KB at most. */
const ROOM_KEPT_MAX = 4_096

export class NearLines {
  #lines = new Float64Array(ROOM_FIRST)
  #slots = new Int32Array(ROOM_FIRST)
  #size = 0

  /** For the next search. */
  clear(): void {
    this.#size = 0
    if (this.#lines.length > ROOM_KEPT_MAX) this.#resize(ROOM_FIRST)
  }

  /** Infinite where there is none. */
  get shortest(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#lines[0] as number)
  }

  add(line: number, slot: number): void {
    if (this.#size === this.#lines.length) this.#resize(2 * this.#size)
    const lines = this.#lines
    const slots = this.#slots
    let at = this.#size++
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
    if (this.#size === 0) return undefined
    const drawn = this.#slots[0]
    const last = --this.#size
    if (last > 0) this.#sink(this.#lines[last] as number, this.#slots[last] as number)
    return drawn
  }

  /** From the top, whose place is free. */
  #sink(line: number, slot: number): void {
    const lines = this.#lines
    const slots = this.#slots
    const size = this.#size
    let at = 0
    for (let below = 1; below < size; below = 2 * at + 1) {
      if (below + 1 < size && (lines[below + 1] as number) < (lines[below] as number)) below++
      const lineBelow = lines[below] as number
      if (lineBelow >= line) break
      lines[at] = lineBelow
      slots[at] = slots[below] as number
      at = below
    }
    lines[at] = line
    slots[at] = slot
  }

  #resize(room: number): void {
    const kept = Math.min(this.#size, room)
    const lines = new Float64Array(room)
    const slots = new Int32Array(room)
    lines.set(this.#lines.subarray(0, kept))
    slots.set(this.#slots.subarray(0, kept))
    this.#lines = lines
    this.#slots = slots
  }
}
