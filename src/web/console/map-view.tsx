import { useEffect, useRef } from 'preact/hooks'
import type { FromFeed, ToFeed } from '../live/feed-batch.ts'
import { FleetMap } from '../map/fleet-map.ts'
import { placeDraft, select, surgeOf } from './actions.ts'
import { countFleet } from './count-fleet.ts'
import * as state from './state.ts'

const SURGE_EVERY_MS = 10_000
const TAGS_MAX = 6

let map: FleetMap | null = null

export function currentMap(): FleetMap | null {
  return map
}

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
    map.isPlacing = state.draft.value !== null && state.draft.value.dropoff === null
    map.showOrders(state.orders.value ?? [], state.selection.value?.id ?? null)
    const order = state.selectedOrder.value
    const from = state.draft.value ?? order
    map.showWay(from?.pickup ?? null, from?.dropoff ?? null)
  }, [state.orders.value, state.selection.value, state.draft.value, state.selectedOrder.value])
  const shownId = state.selectedOrder.value?.order_id
  useEffect(() => {
    const order = state.selectedOrder.value
    if (order !== null) map?.goTo([order.pickup, order.dropoff])
  }, [shownId])
  useEffect(() => map?.showTags(tags()), [state.decisions.value, state.selection.value])
  return <div ref={container} class="map" role="application" aria-label="Map of the fleet" />
}

async function begin(element: HTMLElement): Promise<() => void> {
  const response = await fetch('/map.json')
  const sources: { style_url: string | null; streets: object | null; stale_s: number } = await response.json()
  map = new FleetMap(
    element,
    { styleUrl: sources.style_url, streets: sources.streets },
    {
      isPlacing: () => state.draft.value !== null && state.draft.value.dropoff === null,
      onVehicle: id => select({ kind: 'driver', id }),
      onOrder: id => select({ kind: 'order', id }),
      onPlace: place => void placeDraft(place),
    },
  )
  map.staleAfterS = sources.stale_s
  const worker = listen(map)
  const counting = setInterval(() => {
    if (map !== null) state.fleet.value = countFleet(map.vehicles, sources.stale_s)
  }, 1_000)
  const surge = async () => {
    const cells = map?.cells ?? []
    map?.showSurge(cells.length === 0 ? [] : await surgeOf(cells))
  }
  const first = setTimeout(surge, 1_500)
  const surging = setInterval(surge, SURGE_EVERY_MS)
  // For whoever measures: the tests, and people with the tools of their browser.
  Object.assign(globalThis, { waggle: { frames: () => map?.times.figures, vehicles: () => map?.vehicles.count ?? 0 } })
  return () => {
    worker.terminate()
    clearInterval(counting)
    clearTimeout(first)
    clearInterval(surging)
  }
}

function listen(fleetMap: FleetMap): Worker {
  const path = document.querySelector<HTMLMetaElement>('meta[name=waggle-feed-worker]')?.content ?? ''
  const worker = new Worker(path, { type: 'module' })
  let isPlaced = false
  worker.onmessage = ({ data }: MessageEvent<FromFeed>) => {
    if (data.kind === 'state') {
      state.feed.value = data.state
      return
    }
    const startedAtMs = performance.now()
    fleetMap.vehicles.take(data)
    fleetMap.times.work(performance.now() - startedAtMs)
    if (!isPlaced) {
      isPlaced = true
      fleetMap.goToFleet()
    }
  }
  const url = `${location.origin.replace(/^http/, 'ws')}/v1/live?token=${encodeURIComponent(state.key.value ?? '')}`
  worker.postMessage({ kind: 'open', url } satisfies ToFeed)
  return worker
}

/** The driver that is looked at, or the candidates of the order that is: each with its cost. */
function tags() {
  const chosen = state.selection.value
  if (chosen?.kind === 'driver') return [{ driverId: chosen.id, text: chosen.id, isChosen: true }]
  const decision = state.decisions.value.at(-1)
  if (decision === undefined) return []
  const costed = decision.candidates.filter(c => c.cost !== null).sort((a, b) => (a.cost ?? 0) - (b.cost ?? 0))
  return costed.slice(0, TAGS_MAX).map(c => ({
    driverId: c.driver_id,
    text: `${Math.round(c.cost ?? 0)}`,
    isChosen: c.driver_id === decision.chosen?.driver_id,
  }))
}
