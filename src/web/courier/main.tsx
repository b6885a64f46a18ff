import '../shared/ground.css'
import '../shared/mark.css'
import './base.css'
import './courier.css'
import './offer.css'
import './job.css'
import './sheet.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { keepInstalled } from './installed.ts'
import { begin, courier } from './session.ts'

/** Whoever is slow to answer does not keep the page empty. */
const BLANK_MAX_MS = 300

const root = document.getElementById('app')
root?.replaceChildren()
await Promise.race([begin(), new Promise(resolve => setTimeout(resolve, BLANK_MAX_MS))])
if (root !== null) render(<App />, root)
void keepInstalled()

/** For tests in a browser: what this page holds to be true. */
Object.assign(globalThis, {
  waggleCourier: {
    state: () => courier.value?.state.value ?? null,
    positions: () => courier.value?.positions.counts.value ?? null,
  },
})
