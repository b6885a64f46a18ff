/** The tracking page: whoever holds the link of an order sees how it stands, as text first, and on a map where there is time for one. */
import '../shared/palette.css'
import '../shared/ground.css'
import './track.css'
import './steps.css'
import './map-box.css'
import './wide.css'
import { effect } from '@preact/signals'
import { render } from 'preact'
import { Follower, type LinkAnswer } from './follower.ts'
import { isSaving } from './frugal.ts'
import { linkIn, quietPath } from './link.ts'
import { Page } from './page.tsx'
import * as state from './state.ts'
import { iconOf, titleOf } from './tab.ts'

const TICK_MS = 1_000

/** What the link was answered stands in the page, where the page was opened by the link itself. */
function answerInPage(): LinkAnswer | null {
  const text = document.getElementById('answer')?.textContent ?? null
  return text === null ? null : (JSON.parse(text) as LinkAnswer)
}

function begin(): void {
  const link = linkIn(new URL(location.href))
  const answer = answerInPage()
  if (link === null) {
    state.line.value = 'gone'
    return
  }
  // Loaded again, it is asked for without what is behind the #.
  history.replaceState(null, '', quietPath(link))
  const follower = new Follower({
    origin: location.origin,
    link,
    listener: state.listener,
    isOffline: () => !navigator.onLine,
    isHidden: () => document.hidden,
    isSaving: isSaving(),
  })
  follower.start(answer)
  addEventListener('online', () => follower.wake())
  addEventListener('offline', () => follower.offline())
  addEventListener('pageshow', ({ persisted }) => persisted && follower.wake())
  document.addEventListener('visibilitychange', () => {
    state.nowMs.value = Date.now()
    if (!document.hidden) follower.wake()
  })
  setInterval(() => {
    state.nowMs.value = Date.now()
  }, TICK_MS)
}

/** Another link, opened in the same tab, is another page. */
addEventListener('hashchange', () => location.reload())

effect(() => {
  const status = state.tracked.value?.order.status
  if (status === undefined) return
  document.title = titleOf(state.texts, status, state.eta.value)
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
  const href = iconOf(status, state.steps.value)
  if (icon !== null && icon.getAttribute('href') !== href) icon.href = href
})

document.documentElement.lang = state.texts.language
begin()
const root = document.getElementById('app')
if (root !== null) render(<Page />, root)
