import { effect, signal } from '@preact/signals'
import { options } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { FromFeed, ToFeed } from '../live/feed-batch.ts'
import { FirstView } from '../map/first-view.ts'
import { FleetMap } from '../map/fleet-map.ts'
import type { Link } from '../map/shapes.ts'
import { zoneShapes } from '../map/zone-layers.ts'
import { hintOrders, pickDriver, select, takeLive } from './actions.ts'
import { countFleet } from './count-fleet.ts'
import { placeDraft } from './draft.ts'
import { OffersInFlight } from './offers-in-flight.ts'
import { hrefOf } from './route.ts'
import { route } from './router.ts'
import * as state from './state.ts'
import { showSurgeOn } from './surge-on-map.ts'
import { candidateLinks, candidatesOn, candidateTags } from './weighed.ts'
import * as zones from './zones-on-map.ts'

const SECOND_MS = 1_000
const AGAIN_MS = 2_000

let map: FleetMap | null = null
/** There is one: whoever draws on it begins then. */
export const isMapReady = signal(false)

export function currentMap(): FleetMap | null {
  return map
}

const isPlacing = () => state.draft.value !== null && state.draft.value.dropoff === null

export function MapView() {
  const container = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = container.current
    if (element === null) return
    const begun = begin(element)
    return () => void begun.then(end => end())
  }, [])
  useEffect(() => {
    if (map === null) return
    map.isPlacing = isPlacing() || state.choosingFor.value !== null
    map.showOrders(state.orders.value ?? [], state.selection.value?.id ?? null)
    const order = state.selectedOrder.value
    const from = state.draft.value ?? order
    map.showWay(from?.pickup ?? null, from?.dropoff ?? null)
  }, [state.orders.value, state.selection.value, state.draft.value, state.selectedOrder.value, state.choosingFor.value])
  const shownId = state.selectedOrder.value?.order_id
  const isWeighed = state.decisions.value.length > 0
  useEffect(() => {
    const order = state.selectedOrder.value
    if (order !== null) map?.goTo([order.pickup, order.dropoff, ...candidatesOn(map)])
  }, [shownId, isWeighed])
  useEffect(() => map?.showTags(candidateTags()), [state.decisions.value, state.selection.value])
  useEffect(
    () => map?.showZones(zoneShapes(zones.shown.value, zones.chosenId.value, zones.drawnId.value)),
    [isMapReady.value, zones.shown.value, zones.chosenId.value, zones.drawnId.value],
  )
  return (
    <div ref={container} class="map" role="application" aria-label="Map of the fleet" aria-describedby="map-keys">
      <p id="map-keys" class="unseen">
        Arrow keys move the map, plus and minus zoom, Enter takes what is in the middle. The lists have the same orders
        and drivers.
      </p>
      <span class="map-cross" aria-hidden="true" />
    </div>
  )
}

interface MapSources {
  readonly style_url: string | null
  readonly streets: object | null
  readonly stale_s: number
}

/** Asks until it is told: a node that starts, or is overloaded, does not answer the first time. */
async function readSources(): Promise<MapSources> {
  for (;;) {
    const response = await fetch('/map.json').catch(() => null)
    if (response?.ok) return response.json()
    state.trouble.value = 'The node does not say what its map is drawn from; asking again.'
    await new Promise(resolve => setTimeout(resolve, AGAIN_MS))
  }
}

async function begin(element: HTMLElement): Promise<() => void> {
  const sources = await readSources()
  const fleetMap = new FleetMap(
    element,
    { styleUrl: sources.style_url, streets: sources.streets },
    {
      isPlacing,
      onVehicle: pickDriver,
      onOrder: id => select({ kind: 'order', id }),
      onPlace: place => void placeDraft(place),
      // On the map alone a zone is nothing to act on: most clicks fall into one.
      onZone: id => {
        if (route.value.view === 'zones') location.hash = hrefOf('zones', id)
      },
    },
  )
  map = fleetMap
  isMapReady.value = true
  fleetMap.staleAfterS = sources.stale_s
  state.staleAfterS.value = sources.stale_s
  const firstView = new FirstView(fleetMap)
  const offers = new OffersInFlight()
  const eachSecond = () => {
    state.fleet.value = countFleet(fleetMap.vehicles, sources.stale_s)
    const links: Link[] = [...offers.links(fleetMap.vehicles), ...candidateLinks()]
    fleetMap.showLinks(links)
    fleetMap.tick()
    firstView.look()
  }
  const counting = setInterval(() => fleetMap.times.timed('second', eachSecond), SECOND_MS)
  const worker = listen(fleetMap, eachSecond)
  const unwatch = effect(() => {
    const chosen = state.selection.value
    worker.postMessage({ kind: 'watch', orderId: chosen?.kind === 'order' ? chosen.id : null } satisfies ToFeed)
  })
  const untimed = timePanels(fleetMap)
  const endZones = zones.keepZones()
  const endSurge = showSurgeOn(fleetMap)
  // For whoever measures: the tests, and people with the tools of their browser.
  const waggle = {
    frames: () => fleetMap.times.figures,
    forgetFrames: () => fleetMap.times.forget(),
    vehicles: () => fleetMap.vehicles.count,
    places: () => fleetMap.vehicles.ids.map((_, i) => fleetMap.vehicles.at(i)),
    view: () => fleetMap.view,
    goTo: (longitude: number, latitude: number, zoom: number) => fleetMap.jumpTo({ longitude, latitude }, zoom),
  }
  Object.assign(globalThis, { waggle })
  return () => {
    unwatch()
    worker.terminate()
    endZones()
    clearInterval(counting)
    untimed()
    endSurge()
    fleetMap.close()
    map = null
    isMapReady.value = false
  }
}

/** What the panels take of a frame is ours as well. */
function timePanels({ times }: FleetMap): () => void {
  options.debounceRendering = render => queueMicrotask(() => times.timed('panels', render))
  return () => {
    delete options.debounceRendering
  }
}

/** @param onFirst  once there is somebody to be seen. */
function listen(fleetMap: FleetMap, onFirst: () => void): Worker {
  const path = document.querySelector<HTMLMetaElement>('meta[name=waggle-feed-worker]')?.content ?? ''
  const worker = new Worker(path, { type: 'module' })
  worker.onmessage = ({ data }: MessageEvent<FromFeed>) => {
    if (data.kind === 'state') {
      if (state.feed.value !== data.state) state.feedSinceMs.value = data.sinceMs
      state.feed.value = data.state
      return
    }
    if (data.kind === 'order') {
      takeLive(data.order)
      return
    }
    if (data.statuses.length > 0) hintOrders()
    const wasEmpty = fleetMap.vehicles.count === 0
    fleetMap.times.timed('batch', () => fleetMap.vehicles.take(data))
    if (wasEmpty) onFirst()
  }
  const url = `${location.origin.replace(/^http/, 'ws')}/v1/live?token=${encodeURIComponent(state.key.value ?? '')}`
  worker.postMessage({ kind: 'open', url } satisfies ToFeed)
  return worker
}
