import './courier.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { begin, courier } from './session.ts'

await begin()
const root = document.getElementById('app')
if (root !== null) render(<App />, root)

// Unencrypted pages have none; the app then needs a network to open.
if ('serviceWorker' in navigator) {
  void navigator.serviceWorker.register('/courier-worker.js', { scope: '/courier', updateViaCache: 'none' })
}

/** For tests in a browser: what this page holds to be true. */
Object.assign(globalThis, {
  waggleCourier: {
    state: () => courier.value?.state.value ?? null,
    positions: () => courier.value?.positions.counts.value ?? null,
  },
})
