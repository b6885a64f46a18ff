/** Where the phone is, as the browser says; and why it does not. */
import type { Place } from './core/pace.ts'

export type PlaceProblem = 'denied' | 'unavailable' | 'insecure'

export interface PlaceWatcher {
  place(place: Place, heading: number | null): void
  problem(problem: PlaceProblem | null): void
}

export interface PlaceSource {
  /** @param isPrecise  the receiver for satellites, which costs battery, instead of what is known by the way. */
  start(isPrecise: boolean): void
  /** Standing still nothing comes by itself: asks for one that is newer than that. */
  refresh(maxAgeMs: number): void
  stop(): void
}

const ANSWER_MS = 20_000
/** Receivers lose themselves for a moment, under a bridge. */
const DOUBT_MS = 8_000

export class Geolocation implements PlaceSource {
  readonly #watcher: PlaceWatcher
  #watch: number | null = null
  #isPrecise = false
  #doubt: ReturnType<typeof setTimeout> | null = null

  constructor(watcher: PlaceWatcher) {
    this.#watcher = watcher
  }

  start(isPrecise: boolean): void {
    if (this.#watch !== null && this.#isPrecise === isPrecise) return
    this.stop()
    if (!('geolocation' in navigator) || !window.isSecureContext) {
      this.#watcher.problem('insecure')
      return
    }
    this.#isPrecise = isPrecise
    const options = { enableHighAccuracy: isPrecise, maximumAge: 0, timeout: ANSWER_MS }
    this.#watch = navigator.geolocation.watchPosition(this.#came, this.#failed, options)
  }

  refresh(maxAgeMs: number): void {
    if (this.#watch === null) return
    const options = { enableHighAccuracy: this.#isPrecise, maximumAge: maxAgeMs, timeout: ANSWER_MS }
    navigator.geolocation.getCurrentPosition(this.#came, this.#failed, options)
  }

  stop(): void {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch)
    this.#watch = null
    this.#settle()
  }

  readonly #came = ({ coords, timestamp }: GeolocationPosition): void => {
    const { latitude, longitude, accuracy, speed, heading } = coords
    this.#settle()
    this.#watcher.problem(null)
    // Standing still some browsers say NaN for a heading.
    const isHeading = heading !== null && Number.isFinite(heading)
    this.#watcher.place({ latitude, longitude, accuracy, speed, atMs: timestamp }, isHeading ? heading : null)
  }

  /** That one did not come in time is no problem yet: the watch goes on. */
  readonly #failed = ({ code }: GeolocationPositionError): void => {
    if (code === GeolocationPositionError.PERMISSION_DENIED) {
      this.#watcher.problem('denied')
      void this.#awaitPermission()
    } else if (code === GeolocationPositionError.POSITION_UNAVAILABLE) {
      this.#doubt ??= setTimeout(() => this.#watcher.problem('unavailable'), DOUBT_MS)
    }
  }

  /** A watch that was refused stays refused: another one is begun when the courier has thought better of it. */
  async #awaitPermission(): Promise<void> {
    const permission = await navigator.permissions.query({ name: 'geolocation' })
    permission.onchange = () => {
      if (this.#watch === null || permission.state === 'denied') return
      this.stop()
      this.start(this.#isPrecise)
    }
  }

  #settle(): void {
    if (this.#doubt !== null) clearTimeout(this.#doubt)
    this.#doubt = null
  }
}
