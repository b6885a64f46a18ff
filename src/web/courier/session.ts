/** Who has signed in here, and how that ends. */
import { signal } from '@preact/signals'
import { Api, type Reply } from './api.ts'
import { askErrand } from './asker.ts'
import { Courier } from './courier.ts'
import { type Former, takenOffDuty } from './former.ts'
import type { PlaceSource, PlaceWatcher } from './geolocation.ts'
import { forgetKept, keepToken, keptToken, keptWork, TOKEN, takeTokenFromLink } from './keep.ts'
import { readSettings } from './node-settings.ts'
import { PositionStore } from './position-store.ts'
import { pretendFrom } from './pretend.ts'
import { type Unsaid, unsaidOf } from './unsaid.ts'

export const courier = signal<Courier | null>(null)
export const problem = signal<string | null>(null)
export const isAsking = signal(false)
/** What the phone keeps of whoever has just worked here is being removed. */
export const isForgetting = signal(false)
/** Somebody else wants to sign in here, and something would be lost by it. */
export const replacing = signal<Replacing | null>(null)

export interface Replacing {
  readonly presentId: string
  readonly nextId: string
  readonly unsaid: Unsaid
  answer(answer: 'stay' | 'forget'): void
}

const DRIVER = 'waggle.courier.driver'
const PRETEND = 'waggle.courier.pretend'
const SIGN_OUT_WAIT_MS = 4_000
/** Another tab lets go of the positions at once, but one that is frozen does not. */
const FORGET_WAIT_MS = 5_000
const NOT_FORGOTTEN =
  'Positions that were not sent may still be on this phone. Close the other tabs and windows of this page: then they are removed.'
const NOT_TOLD = 'Signed out here. The node could not be told, and takes you for online until it misses your position.'

/** Who has signed out last; it may have a last word to say. */
let left: Courier | null = null

/** Only the same courier takes the last word back: another one leaves the former off duty. */
function succeed(driverId: string | null): void {
  if (left?.driverId === driverId) left.succeeded()
}

const link = takeTokenFromLink()
/** What could not be tried, because there was no network, need not be typed. */
export const givenToken = link.token ?? ''
/** For a demo: where the page says that it is, instead of where it is. As long as this tab. */
if (link.pretend !== null) sessionStorage.setItem(PRETEND, link.pretend)

// A link that is opened where the page is open already.
addEventListener('hashchange', () => {
  const { token } = takeTokenFromLink()
  if (token !== null) void signIn(token)
})
// Signed out in another tab: this one has nothing to keep either.
addEventListener('storage', ({ key, newValue }) => {
  if (key !== TOKEN) return
  if (newValue !== null) {
    succeed(localStorage.getItem(DRIVER))
    return
  }
  void courier.value?.signedOutElsewhere()
  left = courier.value
  courier.value = null
})

/** With what a link brings, or an earlier visit has left. Without a network the latter is believed. */
export async function begin(): Promise<void> {
  const kept = keptToken()
  if (link.token !== null && link.token !== kept) {
    await signIn(link.token)
    if (courier.value !== null) return
  }
  const driverId = kept === null ? null : (subjectOf(kept) ?? localStorage.getItem(DRIVER))
  if (kept !== null && driverId !== null) await enter(driverId, kept)
}

export async function signIn(token: string): Promise<void> {
  isAsking.value = true
  problem.value = null
  try {
    const found = await whoIs(token)
    if (typeof found === 'string') problem.value = found
    else await takeOver(found.driverId, token)
  } finally {
    isAsking.value = false
  }
}

async function takeOver(driverId: string, token: string): Promise<void> {
  const before = courier.value
  if (before?.driverId === driverId) {
    before.renew(token)
    return
  }
  const presentId = localStorage.getItem(DRIVER)
  const isAnothers = presentId !== null && presentId !== driverId
  if (isAnothers && !(await mayForget(presentId, driverId))) return
  const isTold = !isAnothers || (await Promise.race([takenOffDuty(formerOf(presentId)), after(SIGN_OUT_WAIT_MS)]))
  // Another's orders and positions are nobody's business, and while they are here no new ones can be kept.
  if (presentId !== driverId && !(await forget())) {
    problem.value = NOT_FORGOTTEN
    return
  }
  // Before the token: by that other tabs learn that somebody has signed in, and then they ask who.
  localStorage.setItem(DRIVER, driverId)
  keepToken(token)
  await enter(driverId, token)
  if (!isTold) courier.value?.dispatch({ kind: 'former_untold', driverId: presentId })
}

function formerOf(driverId: string): Former {
  const token = keptToken()
  const api = token === null ? null : apiWith(token)
  const working = courier.value?.driverId === driverId ? courier.value : null
  return {
    state: keptWork(driverId) ?? working?.state.value ?? null,
    working,
    ask: api && (what => askErrand(api, driverId, what)),
  }
}

async function enter(driverId: string, token: string): Promise<void> {
  const source = await pretended(token)
  const next = new Courier({ driverId, token, ...(source === null ? {} : { source }) })
  courier.value = next
  succeed(driverId)
  next.start()
}

/** @returns null for where the phone is: also where the node does not say that it is a demo. */
async function pretended(token: string): Promise<((watcher: PlaceWatcher) => PlaceSource) | null> {
  const text = sessionStorage.getItem(PRETEND)
  if (text === null) return null
  const settings = await readSettings(apiWith(token))
  return settings?.isDemo ? (pretendFrom(text)?.(() => courier.value) ?? null) : null
}

/** A link is opened without a thought: what it would take along is asked for. */
async function mayForget(presentId: string, nextId: string): Promise<boolean> {
  const { state, positions } = courier.value ?? {}
  const atWork = state === undefined ? null : { state: state.value, waiting: positions?.counts.value.waiting ?? 0 }
  const unsaid = await unsaidOf(presentId, atWork)
  if (unsaid === null) return true
  replacing.value?.answer('stay')
  const { promise, resolve } = Promise.withResolvers<'stay' | 'forget'>()
  replacing.value = { presentId, nextId, unsaid, answer: resolve }
  const answer = await promise
  replacing.value = null
  return answer === 'forget'
}

/** Forgets everything that is kept here. */
export async function signOut(): Promise<void> {
  const leaving = courier.value
  const isTold = leaving === null ? true : await Promise.race([leaving.goOffline(), after(SIGN_OUT_WAIT_MS)])
  const isForgotten = await forget()
  const problems = [isTold ? null : NOT_TOLD, isForgotten ? null : NOT_FORGOTTEN]
  problem.value = problems.filter(each => each !== null).join(' ') || null
}

/**
 * Whoever sees that nobody is signed in here takes it that nothing is kept here: so it is removed before that is shown.
 *
 * @returns false where another tab holds on to the positions: they are removed when it is gone.
 */
async function forget(): Promise<boolean> {
  isForgetting.value = courier.value !== null
  leave()
  forgetKept()
  localStorage.removeItem(DRIVER)
  // Where the browser keeps nothing there is nothing to remove.
  const removed = PositionStore.forget().catch(() => undefined)
  const isForgotten = await Promise.race([removed.then(() => true), after(FORGET_WAIT_MS)])
  isForgetting.value = false
  return isForgotten
}

function leave(): void {
  courier.value?.end()
  left = courier.value
  courier.value = null
}

function after(ms: number): Promise<false> {
  return new Promise(resolve => setTimeout(() => resolve(false), ms))
}

function apiWith(token: string): Api {
  return new Api(
    () => token,
    () => undefined,
  )
}

type Found = { readonly driverId: string } | string

/** @returns whose credential it is, or why it is none. */
async function whoIs(token: string): Promise<Found> {
  const api = apiWith(token)
  const driverId = subjectOf(token) ?? (await idOfKey(api))
  if (driverId === null) return 'This is not the token or key of a courier.'
  return judged(driverId, await api.ask(`/v1/drivers/${encodeURIComponent(driverId)}`))
}

function judged(driverId: string, reply: Reply): Found {
  if (reply.kind === 'silence') return 'The node cannot be reached. Is there a network?'
  // Not found: its first position makes it known.
  if (reply.status === 200 || reply.status === 404) return { driverId }
  return typeof reply.body.detail === 'string' ? reply.body.detail : `The node answered ${reply.status}.`
}

/** Of a driver's token; null for what is none. What it claims is for the node to judge. */
function subjectOf(token: string): string | null {
  const claims = token.split('.')[1]
  if (claims === undefined) return null
  try {
    const { role, sub } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')))
    return role === 'driver' && typeof sub === 'string' ? sub : null
  } catch {
    return null
  }
}

/** A key says nothing of itself: the node does. */
async function idOfKey(api: Api): Promise<string | null> {
  const reply = await api.ask('/v1/me')
  if (reply.kind !== 'answer' || reply.status !== 200) return null
  return reply.body.role === 'driver' && typeof reply.body.id === 'string' ? reply.body.id : null
}
