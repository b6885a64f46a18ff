import { useEffect } from 'preact/hooks'
import { ViewHeading } from '../ui/view-heading.tsx'
import { poll } from './actions.ts'
import { closeByEscape } from './close-by-escape.ts'
import { DraftPanel } from './draft-panel.tsx'
import { DriverPanel } from './driver-panel.tsx'
import { HourDock } from './hour-dock.tsx'
import { Legend } from './legend.tsx'
import { ListPanel } from './list-panel.tsx'
import { MapView } from './map-view.tsx'
import { NavRail } from './nav-rail.tsx'
import { OrderPanel } from './order-panel.tsx'
import { route } from './router.ts'
import { searchRecord } from './search.ts'
import * as state from './state.ts'
import { TopBar } from './top-bar.tsx'
import { ViewSwitch } from './view-switch.tsx'

const NOTICE_MS = 5_000

export function Console() {
  useEffect(poll, [])
  useEffect(searchRecord, [])
  useEffect(() => {
    const tick = setInterval(() => {
      state.nowMs.value = Date.now()
    }, 1_000)
    return () => clearInterval(tick)
  }, [])
  const { view } = route.value
  return (
    <div class="console">
      <TopBar />
      <div class="body">
        <NavRail />
        <main class="stage">
          <MapView />
          {view === 'map' ? <Home /> : <ViewSwitch name={view} />}
          <Notice />
        </main>
      </div>
    </div>
  )
}

function Home() {
  useEffect(closeByEscape, [])
  return (
    <>
      <ViewHeading isUnseen>Live map</ViewHeading>
      <ListPanel />
      <Detail />
      <Legend />
      <HourDock />
    </>
  )
}

function Detail() {
  if (state.draft.value !== null) return <DraftPanel draft={state.draft.value} />
  const chosen = state.selection.value
  if (chosen?.kind === 'driver') return <DriverPanel driverId={chosen.id} />
  return chosen === null ? null : <OrderPanel orderId={chosen.id} />
}

function Notice() {
  const notice = state.notice.value
  const dismiss = () => {
    state.notice.value = null
  }
  useEffect(() => {
    if (notice === null || notice.isProblem) return
    const timer = setTimeout(dismiss, NOTICE_MS)
    return () => clearTimeout(timer)
  }, [notice])
  return (
    <div class="notice" role="status">
      {notice !== null && (
        <span>
          {notice.text}
          {notice.isProblem && (
            <button type="button" class="plain close" aria-label="Dismiss" onClick={dismiss}>
              ×
            </button>
          )}
        </span>
      )}
    </div>
  )
}
