import { useEffect } from 'preact/hooks'
import { poll } from './actions.ts'
import { DraftPanel } from './draft-panel.tsx'
import { DriverPanel } from './driver-panel.tsx'
import { HourDock } from './hour-dock.tsx'
import { Legend } from './legend.tsx'
import { ListPanel } from './list-panel.tsx'
import { MapView } from './map-view.tsx'
import { OrderPanel } from './order-panel.tsx'
import { searchRecord } from './search.ts'
import * as state from './state.ts'
import { TopBar } from './top-bar.tsx'

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
  return (
    <div class="console">
      <TopBar />
      <main class="stage">
        <MapView />
        <ListPanel />
        <Detail />
        <Legend />
        <HourDock />
        <Notice />
      </main>
    </div>
  )
}

function Detail() {
  if (state.draft.value !== null) return <DraftPanel draft={state.draft.value} />
  const chosen = state.selection.value
  if (chosen?.kind === 'driver') return <DriverPanel driverId={chosen.id} />
  return chosen === null ? null : <OrderPanel orderId={chosen.id} />
}

function Notice() {
  const text = state.notice.value
  useEffect(() => {
    if (text === null) return
    const timer = setTimeout(() => {
      state.notice.value = null
    }, NOTICE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div class="notice" role="status">
      {text !== null && <span>{text}</span>}
    </div>
  )
}
