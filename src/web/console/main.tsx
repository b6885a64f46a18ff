import 'maplibre-gl/dist/maplibre-gl.css'
import 'uplot/dist/uPlot.min.css'
import '../shared/palette.css'
import '../shared/ground.css'
import '../shared/mark.css'
import './controls.css'
import './console.css'
import './rows.css'
import './detail.css'
import './legend.css'
import './sign-in.css'
import './screens.css'
import './hour.css'
import './map.css'
import './nav-rail.css'
import './zones.css'
import '../ui/ui.css'
import { render } from 'preact'
import { signIn } from './actions.ts'
import { Console } from './console.tsx'
import { keepDraft } from './draft-store.ts'
import { SignIn } from './sign-in.tsx'
import * as state from './state.ts'

function App() {
  return state.key.value === null ? <SignIn /> : <Console />
}

const root = document.getElementById('app')
root?.replaceChildren()
/** One from a link or an earlier visit is tried before anything is shown for it, unless the node is slow to answer. */
const BLANK_MAX_MS = 300
const given = state.key.value
state.key.value = null
keepDraft()
if (given !== null) await Promise.race([signIn(given), new Promise(resolve => setTimeout(resolve, BLANK_MAX_MS))])
if (root !== null) render(<App />, root)
