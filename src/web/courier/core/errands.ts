/**
 * Errands: what the courier wants and the node has not answered. Those of one order are asked one after the other, since no step is
 * skipped; one that is not answered is asked again, a little later each time.
 */
import type { Effect, Now } from './events.ts'
import type { CourierState, Errand, ErrandWhat } from './state.ts'

const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 10_000
/** More than a courier can tap in an outage. */
const ERRANDS_MAX = 64

export function errandId(what: ErrandWhat): string {
  switch (what.kind) {
    case 'accept':
    case 'decline':
      return `${what.kind}:${what.offerId}`
    case 'step':
      return `step:${what.orderId}:${what.step}`
    case 'duty':
      // The answer to one wish says nothing of the next.
      return `duty:${what.status}`
    default:
      return `${what.kind}:${what.orderId}`
  }
}

/** Whoever is asked goes on without it: only that a driver is there and has accepted is never left unsaid. */
function isSparable({ kind }: ErrandWhat): boolean {
  return kind !== 'accept' && kind !== 'duty'
}

/** What waits for one another. */
function laneOf(what: ErrandWhat): string {
  if (what.kind === 'duty') return 'duty'
  // A rating waits for nothing but the end of its order, which has been answered.
  return what.kind === 'decline' || what.kind === 'rate' ? errandId(what) : what.orderId
}

/**
 * The same again changes nothing. Of what is wanted of the duty only the last counts; but what is being asked stays in front of it: two questions on
 * their way at once may arrive in either order, and the node would keep the wrong one.
 */
export function withErrand(state: CourierState, what: ErrandWhat): CourierState {
  const id = errandId(what)
  const rest =
    what.kind === 'duty'
      ? state.errands.filter(errand => errand.what.kind !== 'duty' || errand.state === 'asking')
      : state.errands
  if (rest.some(errand => errand.id === id))
    return rest.length === state.errands.length ? state : { ...state, errands: rest }
  if (rest.length >= ERRANDS_MAX && isSparable(what)) return state
  return { ...state, errands: [...rest, { id, what, state: 'due', tries: 0, retryAtMs: 0 }] }
}

/** The courier has changed their mind while it was being asked. */
export function isOvertaken(state: CourierState, { id, what }: Errand): boolean {
  return what.kind === 'duty' && state.errands.some(errand => errand.what.kind === 'duty' && errand.id !== id)
}

export function withoutErrand(state: CourierState, id: string): CourierState {
  return { ...state, errands: state.errands.filter(errand => errand.id !== id) }
}

/** Of an order that is not the courier's any more: nothing of it is to be said but what was thought of it. */
export function withoutErrandsOf(state: CourierState, orderId: string): CourierState {
  const stays = ({ what }: Errand) =>
    what.kind === 'duty' || what.kind === 'rate' || what.kind === 'accept' || what.orderId !== orderId
  return { ...state, errands: state.errands.filter(stays) }
}

export function hasErrand(state: CourierState, kind: ErrandWhat['kind'], orderId: string): boolean {
  return state.errands.some(({ what }) => what.kind === kind && what.kind !== 'duty' && what.orderId === orderId)
}

/** Nobody knows whether it was done: it is asked again. */
export function askedInVain(state: CourierState, id: string, retryAfterMs: number | null, now: Now): CourierState {
  return changed(state, id, errand => {
    const waitMs = Math.min(RETRY_MAX_MS, retryAfterMs ?? RETRY_FIRST_MS * 2 ** Math.min(errand.tries, 8))
    return { ...errand, state: 'waiting', tries: errand.tries + 1, retryAtMs: now.localMs + waitMs }
  })
}

/** There is a network again: nobody waits; or nobody of that kind. */
export function hurried(state: CourierState, kind: ErrandWhat['kind'] | 'any' = 'any'): CourierState {
  const isMeant = ({ state, what }: Errand) => state === 'waiting' && (kind === 'any' || what.kind === kind)
  if (!state.errands.some(isMeant)) return state
  return { ...state, errands: state.errands.map(errand => (isMeant(errand) ? { ...errand, state: 'due' } : errand)) }
}

/** Asks what is to be asked now. */
export function launched(state: CourierState, now: Now): { readonly state: CourierState; readonly effects: Effect[] } {
  if (state.access === 'refused' || state.seat !== 'held') return { state, effects: [] }
  const effects: Effect[] = []
  const lanes = new Set<string>()
  const errands = state.errands.map((errand): Errand => {
    const lane = laneOf(errand.what)
    if (lanes.has(lane)) return errand
    lanes.add(lane)
    if (!isDue(errand, now)) return errand
    const asking: Errand = { ...errand, state: 'asking' }
    effects.push({ kind: 'ask', errand: asking })
    return asking
  })
  return effects.length === 0 ? { state, effects } : { state: { ...state, errands }, effects }
}

function isDue({ state, retryAtMs }: Errand, { localMs }: Now): boolean {
  if (state !== 'waiting') return state === 'due'
  // A clock that was set back would else hold it for as long as that.
  return localMs >= retryAtMs || retryAtMs - localMs > RETRY_MAX_MS
}

function changed(state: CourierState, id: string, change: (errand: Errand) => Errand): CourierState {
  return { ...state, errands: state.errands.map(errand => (errand.id === id ? change(errand) : errand)) }
}
