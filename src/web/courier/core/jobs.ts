/** The orders that the courier has: taken over from what the node says, newest version only. */
import { withoutErrandsOf } from './errands.ts'
import { withNotice } from './notices.ts'
import { type CourierOrder, isUnderWay, progressOf } from './order.ts'
import type { CourierState, Job } from './state.ts'
import { jobGone } from './words.ts'

/** Ended orders of which something old may still be told. */
const ENDED_MAX = 32

export function jobOf(state: CourierState, orderId: string): Job | null {
  return state.jobs.find(job => job.order.order_id === orderId) ?? null
}

/** Takes what the node says of an order: a new one, a newer version, or that it is over. Something older changes nothing. */
export function taken(state: CourierState, order: CourierOrder): CourierState {
  const known = jobOf(state, order.order_id)
  const over = state.ended.find(ended => ended.orderId === order.order_id)
  if (known !== null && order.version < known.order.version) return state
  if (known === null && over !== undefined && order.version <= over.version) return state
  const isMine = order.driver?.driver_id === state.driverId
  if (!isMine || !isUnderWay(order.status)) return known === null ? state : finished(state, order)
  const job: Job = known
    ? { ...known, order, proofProblem: order.status === known.order.status ? known.proofProblem : null }
    : { order, sinceTurn: state.turn, proofProblem: null, noShowFrom: null }
  const others = state.jobs.filter(other => other.order.order_id !== order.order_id)
  return {
    ...state,
    jobs: inOrder([...others, job]),
    offer: state.offer?.order.order_id === order.order_id ? null : state.offer,
    ended: state.ended.filter(ended => ended.orderId !== order.order_id),
  }
}

/** What has gone farthest is first, then what is due first. */
function inOrder(jobs: readonly Job[]): Job[] {
  return jobs.toSorted(
    (a, b) =>
      progressOf(b.order.status) - progressOf(a.order.status) || dueMs(a) - dueMs(b) || a.sinceTurn - b.sinceTurn,
  )
}

function dueMs({ order }: Job): number {
  const at = order.eta.dropoff_at ?? order.eta.pickup_at
  return at === null ? Number.MAX_SAFE_INTEGER : Date.parse(at)
}

export function currentJob(state: CourierState): Job | null {
  return state.jobs.find(job => job.order.order_id === state.chosen) ?? state.jobs[0] ?? null
}

/** It is over: the courier has delivered it, given it up, or said that it cannot. */
export function finished(state: CourierState, order: CourierOrder): CourierState {
  const after = withoutJob(state, order.order_id, order.version)
  const { customer_id: customerId, status } = order
  const canRate = (status === 'delivered' || status === 'cancelled') && order.driver?.driver_id === state.driverId
  if (!canRate || customerId === null) return after
  return { ...after, toRate: { orderId: order.order_id, customerId } }
}

/** The node has taken it away, and the courier did not ask for that. */
export function takenAway(state: CourierState, orderId: string, reason: string): CourierState {
  const job = jobOf(state, orderId)
  if (job === null) return state
  const place = job.order.dropoff.address ?? 'the drop-off'
  return withNotice(withoutJob(state, orderId, job.order.version), 'lost', jobGone(place, reason))
}

export function withoutJob(state: CourierState, orderId: string, version: number): CourierState {
  const rest = state.ended.filter(ended => ended.orderId !== orderId)
  return {
    ...withoutErrandsOf(state, orderId),
    jobs: state.jobs.filter(job => job.order.order_id !== orderId),
    chosen: state.chosen === orderId ? null : state.chosen,
    ended: [...rest, { orderId, version, turn: state.turn }].slice(-ENDED_MAX),
  }
}

export function withJob(state: CourierState, orderId: string, change: Partial<Job>): CourierState {
  const jobs = state.jobs.map(job => (job.order.order_id === orderId ? { ...job, ...change } : job))
  return { ...state, jobs }
}
