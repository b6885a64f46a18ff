import { useEffect } from 'preact/hooks'
import { ApiError } from '../shared/api.ts'
import { may, me, readMe } from './me.ts'
import { NavIcon } from './nav-icon.tsx'
import { hrefOf } from './route.ts'
import { route } from './router.ts'
import * as state from './state.ts'
import { VIEWS } from './views-list.ts'

const AGAIN_MS = 5_000

/** Links, so that keys, the history and a new tab work as everywhere. What the reader may not see is not there. */
export function NavRail() {
  useEffect(keepKnowing, [])
  const shown = VIEWS.filter(({ needs }) => needs === null || may(needs))
  return (
    <nav class="rail" aria-label="Views">
      <ul>
        {shown.map(({ name, label }) => (
          <li key={name}>
            <a href={hrefOf(name)} aria-current={route.value.view === name ? 'page' : undefined}>
              <NavIcon name={name} />
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** Until it is known: a node that starts may not answer the first time. */
function keepKnowing(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  // Somebody else may have signed in.
  me.value = null
  const turn = async () => {
    try {
      await readMe()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      state.trouble.value = error.message
      timer = setTimeout(turn, AGAIN_MS)
    }
  }
  void turn()
  return () => clearTimeout(timer)
}
