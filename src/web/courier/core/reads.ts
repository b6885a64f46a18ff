/**
 * What the node has, read whole: after each connection, and now and then. It heals what a message that never came has left wrong.
 *
 * A reading is older than what has happened since it began: what was taken or has ended meanwhile is left as it is.
 */
import { hasErrand } from './errands.ts'
import type { Effect, Now, ReadResult } from './events.ts'
import { jobOf, taken, takenAway } from './jobs.ts'
import { revoked } from './offers.ts'
import type { CourierState, Duty } from './state.ts'

export function read(state: CourierState, result: ReadResult, now: Now): CourierState {
  const { atTurn, orders } = result
  const isNews = (orderId: string) => !state.ended.some(ended => ended.orderId === orderId && ended.turn > atTurn)
  const known = orders.filter(order => isNews(order.order_id)).reduce(taken, state)
  const listed = new Set(orders.map(order => order.order_id))
  const gone = known.jobs.filter(job => !listed.has(job.order.order_id) && job.sinceTurn < atTurn)
  const settled = gone.reduce((after, { order }) => lost(after, order.order_id), known)
  return { ...withStatus(withOffers(settled, result), result), readAtMs: now.localMs }
}

/** What the courier has just asked to be rid of is not missed. */
function lost(state: CourierState, orderId: string): CourierState {
  const isWanted = (['give_back', 'cancel', 'no_show'] as const).some(kind => hasErrand(state, kind, orderId))
  // Its answer is under way, and says how the order has ended.
  const isEnding = state.errands.some(({ what }) => what.kind === 'step' && what.orderId === orderId)
  return isWanted || isEnding ? state : takenAway(state, orderId, 'not_assigned')
}

function withOffers(state: CourierState, { atTurn, openOffers }: ReadResult): CourierState {
  const { offer } = state
  if (offer === null || offer.answer !== 'none' || offer.sinceTurn >= atTurn) return state
  return openOffers.includes(offer.offerId) ? state : revoked(state, offer.offerId, 'closed')
}

/** Somebody else may have changed it: a dispatcher, another phone. What is still to be said goes before what was read. */
function withStatus(state: CourierState, { status, atTurn }: ReadResult): CourierState {
  if (status === null || state.duty.turn > atTurn || state.errands.some(({ what }) => what.kind === 'duty'))
    return state
  const set: Duty = status === 'paused' || status === 'offline' ? status : 'available'
  const { wanted } = state.duty
  const problem = set === wanted || set === 'available' ? state.duty.problem : `Your dispatcher has set you to ${set}.`
  return { ...state, duty: { ...state.duty, wanted: set, confirmed: status, problem } }
}

/** Jobs that the courier gained by this. */
export function buzzFor(before: CourierState, after: CourierState): Effect[] {
  const isNew = after.jobs.some(({ order }) => jobOf(before, order.order_id) === null)
  const isLost = before.jobs.some(({ order }) => jobOf(after, order.order_id) === null)
  if (isLost) return [{ kind: 'buzz', tone: 'bad' }]
  return isNew ? [{ kind: 'buzz', tone: 'good' }] : []
}
