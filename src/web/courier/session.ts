/** Who has signed in here, and how that ends. */
import { signal } from '@preact/signals'
import { askErrand } from './asker.ts'
import { formerUntold } from './core/words.ts'
import { Courier } from './courier.ts'
import { apiWith, subjectOf, whoIs } from './credential.ts'
import { type Former, takenOffDuty } from './former.ts'
import type { PlaceSource, PlaceWatcher } from './geolocation.ts'
import {
  forgetKept,
  isRemovalOwed,
  keepToken,
  keptToken,
  keptWork,
  oweRemoval,
  removalDone,
  TOKEN,
  takeTokenFromLink,
} from './keep.ts'
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
const NOT_FORGOTTEN: Readonly<Record<Exclude<Forgotten, 'gone'>, string>> = {
  held: 'Positions that were not sent may still be on this phone. Close the other tabs and windows of this page: then they are removed.',
  failed:
    'Positions that were not sent could not be removed from this phone. Clear what this site has stored, in the settings of your browser.',
}
const NOT_TOLD = 'Signed out here. The node could not be told, and takes you for online until it misses your position.'

/** What became of what the phone has kept. `held`: by another tab, and removed when that is gone. */
type Forgotten = 'gone' | 'held' | 'failed'

/** Who has signed out last; it may have a last word to say. */
let left: Courier | null = null
/** Who was on duty here when somebody else took over, and may be so still: whoever comes next is told. */
let untold: string | null = null

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
addEventListener('storage', ({ key, newValue }) => {
  if (key !== TOKEN) return
  if (newValue === null) void signedOutElsewhere()
  else succeed(localStorage.getItem(DRIVER))
})

/** With what a link brings, or an earlier visit has left. Without a network the latter is believed. */
export async function begin(): Promise<void> {
  if (link.token !== null && link.token !== keptToken()) {
    await signIn(link.token)
    if (courier.value !== null) return
  }
  // Not before: a take-over that did not come to its end has forgotten it.
  const kept = keptToken()
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
  if (isAnothers && !(await within(SIGN_OUT_WAIT_MS, takenOffDuty(formerOf(presentId)), false))) untold = presentId
  // Another's orders and positions are nobody's business, and while they are here no new ones can be kept.
  const forgotten = presentId === driverId ? 'gone' : await forget()
  // A disk that fails has nothing of anybody on a phone where nobody has worked.
  if (forgotten === 'held' || (forgotten === 'failed' && isRemovalOwed())) {
    problem.value = sentences(NOT_FORGOTTEN[forgotten], untold && formerUntold(untold))
    return
  }
  // Before the token: by that other tabs learn that somebody has signed in, and then they ask who.
  localStorage.setItem(DRIVER, driverId)
  keepToken(token)
  await enter(driverId, token)
  if (untold !== null && untold !== driverId) courier.value?.dispatch({ kind: 'former_untold', driverId: untold })
  untold = null
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
  const isTold = leaving === null || (await within(SIGN_OUT_WAIT_MS, leaving.goOffline(), false))
  const forgotten = await forget()
  problem.value = sentences(isTold ? null : NOT_TOLD, forgotten === 'gone' ? null : NOT_FORGOTTEN[forgotten])
}

/** In another tab, which forgets: this one has nothing to keep either. */
async function signedOutElsewhere(): Promise<void> {
  void courier.value?.signedOutElsewhere()
  const forgotten = await leftUntil(async () => ((await PositionStore.isGone()) ? 'gone' : 'failed'))
  if (forgotten !== 'gone' && keptToken() === null) problem.value = NOT_FORGOTTEN[forgotten]
}

function forget(): Promise<Forgotten> {
  courier.value?.end()
  const hasWorked = localStorage.getItem(DRIVER) !== null
  // Before the token: other tabs learn of it by that, and then they look whether anything is left.
  const removed = removePositions()
  forgetKept()
  localStorage.removeItem(DRIVER)
  if (hasWorked) oweRemoval()
  return leftUntil(() => removed)
}

async function removePositions(): Promise<Forgotten> {
  if (!(await PositionStore.forget())) return 'failed'
  removalDone()
  return 'gone'
}

/** Whoever sees that nobody is signed in here takes it that nothing is kept here: so that is shown when it is known. */
async function leftUntil(known: () => Promise<Forgotten>): Promise<Forgotten> {
  isForgetting.value = courier.value !== null
  left = courier.value ?? left
  courier.value = null
  const forgotten = await within(FORGET_WAIT_MS, known(), 'held')
  isForgetting.value = false
  return forgotten
}

/** @returns `otherwise` where it takes longer. */
function within<T>(ms: number, asked: Promise<T>, otherwise: T): Promise<T> {
  return Promise.race([asked, new Promise<T>(resolve => setTimeout(() => resolve(otherwise), ms))])
}

function sentences(...all: readonly (string | null)[]): string | null {
  return all.filter(each => each !== null).join(' ') || null
}
