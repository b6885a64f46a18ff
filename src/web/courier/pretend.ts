/**
 * For trying the page out at a desk: it says that it is where the link says, and drives to where its courier is to go. Shown on the screen. Only where
 * the node says that it is a demo: elsewhere a link would be enough to make a courier's phone say what is not so.
 */
import { signal } from '@preact/signals'
import { currentJob } from './core/jobs.ts'
import { roughlyM } from './core/pace.ts'
import type { Courier } from './courier.ts'
import type { PlaceSource, PlaceWatcher } from './geolocation.ts'

export const isPretending = signal(false)

interface Spot {
  readonly latitude: number
  readonly longitude: number
}

const EVERY_MS = 1_000
/** Nobody at a desk waits for real traffic. */
const SPEED_MPS = 60
const ACCURACY_M = 5

/** @param text  as `37.77,-122.42`. @returns null where it is no place. */
export function pretendFrom(
  text: string | null,
): ((courier: () => Courier | null) => (watcher: PlaceWatcher) => PlaceSource) | null {
  const [latitude = Number.NaN, longitude = Number.NaN] = (text ?? '').split(',').map(Number)
  if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) return null
  isPretending.value = true
  return courier => watcher => new Pretended({ latitude, longitude }, courier, watcher)
}

class Pretended implements PlaceSource {
  #spot: Spot
  readonly #courier: () => Courier | null
  readonly #watcher: PlaceWatcher
  #timer: ReturnType<typeof setInterval> | null = null

  constructor(spot: Spot, courier: () => Courier | null, watcher: PlaceWatcher) {
    this.#spot = spot
    this.#courier = courier
    this.#watcher = watcher
  }

  start(): void {
    if (this.#timer !== null) return
    this.#say()
    this.#timer = setInterval(() => this.#say(), EVERY_MS)
  }

  refresh(): void {
    this.#say()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #say(): void {
    const courier = this.#courier()
    const target = courier === null ? null : targetOf(courier)
    if (target !== null) this.#spot = towards(this.#spot, target, (SPEED_MPS * EVERY_MS) / 1_000)
    this.#watcher.place({ ...this.#spot, accuracy: ACCURACY_M, speed: null, atMs: Date.now() }, null)
  }
}

function targetOf(courier: Courier): Spot | null {
  const order = currentJob(courier.state.value)?.order
  if (order?.status === 'en_route_to_pickup') return order.pickup
  return order?.status === 'en_route_to_dropoff' ? order.dropoff : null
}

export function towards(from: Spot, to: Spot, wayM: number): Spot {
  const leftM = roughlyM(from, to)
  const share = leftM <= wayM ? 1 : wayM / leftM
  return {
    latitude: from.latitude + (to.latitude - from.latitude) * share,
    longitude: from.longitude + (to.longitude - from.longitude) * share,
  }
}
