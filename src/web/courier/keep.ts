/**
 * What a courier's page keeps in the browser, so that an installed app survives a restart of the phone: the credential, the orders with what is
 * still to be said about them, and how the clocks differ. `localStorage`, because a step that was tapped must be on the disk before anything
 * else happens. Signing out removes all of it; until the positions are gone as well a mark says so, since that can take long or fail.
 */
import { type ServerClock, UNKNOWN_CLOCK } from './core/server-clock.ts'
import type { CourierState } from './core/state.ts'

export const TOKEN = 'waggle.courier.token'
const WORK = 'waggle.courier.work'
const CLOCK = 'waggle.courier.clock'
const MAP_APP = 'waggle.courier.map'
const OWED = 'waggle.courier.owed'
/** Of another version nothing is taken over. */
const VERSION = 1
/** Both clocks may have drifted since. */
const CLOCK_MARGIN_MS = 2_000

export function keptToken(): string | null {
  return localStorage.getItem(TOKEN)
}

export function keepToken(token: string): void {
  localStorage.setItem(TOKEN, token)
}

/** From a link: it stands behind the `#`, which no server is ever sent, and leaves the address bar and the history at once. */
export function takeTokenFromLink(): { readonly token: string | null; readonly pretend: string | null } {
  const given = new URLSearchParams(location.hash.slice(1))
  if (location.hash !== '') history.replaceState(null, '', location.pathname)
  return { token: given.get('token'), pretend: given.get('pretend') }
}

export function keptWork(driverId: string): CourierState | null {
  const kept = readJson<{ readonly version: number; readonly state: CourierState }>(WORK)
  return kept?.version === VERSION && kept.state.driverId === driverId ? kept.state : null
}

/** @returns false where there is no room, or nothing is kept: it is lost with the page. */
export function keepWork(state: CourierState): boolean {
  try {
    localStorage.setItem(WORK, JSON.stringify({ version: VERSION, state }))
    return true
  } catch {
    return false
  }
}

export function keptClock(): ServerClock {
  const offsetMs = readJson<number>(CLOCK)
  if (typeof offsetMs !== 'number') return UNKNOWN_CLOCK
  return { lowMs: offsetMs - CLOCK_MARGIN_MS, highMs: offsetMs + CLOCK_MARGIN_MS }
}

export function keepClock(offsetMs: number): void {
  localStorage.setItem(CLOCK, JSON.stringify(offsetMs))
}

export function keptMapApp(): string | null {
  return localStorage.getItem(MAP_APP)
}

export function keepMapApp(app: string): void {
  localStorage.setItem(MAP_APP, app)
}

export function forgetKept(): void {
  for (const key of [TOKEN, WORK, CLOCK, MAP_APP]) localStorage.removeItem(key)
}

/** Somebody's positions are still to be removed: also after the page was closed, whoever comes next. */
export function isRemovalOwed(): boolean {
  return localStorage.getItem(OWED) !== null
}

export function oweRemoval(): void {
  localStorage.setItem(OWED, 'positions')
}

export function removalDone(): void {
  localStorage.removeItem(OWED)
}

/** What cannot be read is as if it were not there. */
function readJson<T>(key: string): T | null {
  const text = localStorage.getItem(key)
  if (text === null) return null
  try {
    return JSON.parse(text) as T
  } catch {
    localStorage.removeItem(key)
    return null
  }
}
