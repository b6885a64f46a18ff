/** Loads what draws the map, and moves the courier on it: a frame is drawn only while there is something to move. */
import { effect } from '@preact/signals'
import type * as MapModule from '../map/tracking-map.ts'
import { type Course, drawnAt, extendCourse, isMoving } from './course.ts'
import * as state from './state.ts'

export interface ShownMap {
  centre(): void
  end(): void
}

interface MapSources {
  readonly style_url: string | null
  readonly streets: object | null
}

const { texts } = state
/** Without its background in this time the map is given up, until it is asked for again. */
const LOAD_MAX_MS = 30_000
/** After the goods are in hand, where they came from is of no interest. */
const PICKED_UP = ['en_route_to_dropoff', 'delivered']

/** @throws {Error} where its files do not come, or the device cannot draw it. */
export async function beginMap(element: HTMLElement): Promise<ShownMap> {
  const [module, sources] = await Promise.all([loadModule(), loadSources(), loadStyle()])
  const map = new module.TrackingMap(element, {
    styleUrl: sources.style_url,
    streets: sources.streets,
    workerUrl: fileOf('waggle-map-worker'),
    words: { pickup: texts.pickup, dropoff: texts.dropoff, map: texts.mapLabel },
    gestures: { touch: texts.twoFingers, wheel: texts.scrollKey },
  })
  await map.loaded(LOAD_MAX_MS)
  return follow(map)
}

function follow(map: MapModule.TrackingMap): ShownMap {
  const still = matchMedia('(prefers-reduced-motion: reduce)')
  let course: Course | null = null
  let frame: number | null = null
  const draw = (): void => {
    frame = null
    const nowMs = Date.now()
    map.showCourier(course === null ? null : drawnAt(course, still.matches ? course.untilMs : nowMs))
    if (course !== null && isMoving(course, nowMs) && !still.matches) frame = requestAnimationFrame(draw)
  }
  const stops = [
    effect(() => {
      const known = state.tracked.value
      if (known === null) return
      const { order, fix } = known
      map.showEnds(order, PICKED_UP.includes(order.status))
      course = fix === null ? null : extendCourse(course, fix, Date.now())
      if (frame === null) draw()
    }),
    effect(() => {
      const age = state.age.value
      map.showAge(age?.kind === 'old' ? texts.ago(age) : null)
    }),
  ]
  return {
    centre: () => map.centre(),
    end() {
      for (const stop of stops) stop()
      if (frame !== null) cancelAnimationFrame(frame)
      map.remove()
    },
  }
}

function fileOf(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? ''
}

/** Named by the page and not known to the bundler: it is part of the other bundle. */
async function loadModule(): Promise<typeof MapModule> {
  const address = fileOf('waggle-map')
  return import(address)
}

async function loadSources(): Promise<MapSources> {
  const response = await fetch('/map.json')
  if (!response.ok) throw new Error(`the sources of the map: ${response.status}`)
  return response.json()
}

function loadStyle(): Promise<void> {
  const sheet = document.createElement('link')
  sheet.rel = 'stylesheet'
  sheet.href = fileOf('waggle-map-style')
  return new Promise((resolve, reject) => {
    sheet.onload = () => resolve()
    sheet.onerror = () => reject(new Error('the style of the map did not come'))
    document.head.append(sheet)
  })
}
