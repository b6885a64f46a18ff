/** Vehicles that are not heard of, to be shown with their age: those in view, and no more than can be read. */
import { SEEN_AT, type Seen, STRIDE, type Vehicles } from './vehicles.ts'

const SHOWN_MAX = 40

interface View {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

export function silentIn(vehicles: Vehicles, view: View, staleAfterS: number, nowMs = Date.now()): Seen[] {
  const before = vehicles.nowS(nowMs) - staleAfterS
  const found: Seen[] = []
  for (let index = 0; index < vehicles.count && found.length < SHOWN_MAX; index++) {
    const seenAt = vehicles.rows[index * STRIDE + SEEN_AT] ?? 0
    if (seenAt >= before || seenAt === Number.NEGATIVE_INFINITY) continue
    const seen = vehicles.at(index, nowMs)
    const { longitude, latitude } = seen
    const isInView = longitude > view.west && longitude < view.east && latitude > view.south && latitude < view.north
    if (isInView) found.push(seen)
  }
  return found
}
