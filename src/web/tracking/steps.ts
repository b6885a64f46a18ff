/** The way of an order as a few steps: which are done and since when, which is now, which are to come. Pure. */
import type { OrderStatus } from '../../domain/order-lifecycle.ts'
import type { Tracked } from './tracked.ts'

export const STEPS = ['placed', 'assigned', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const
export type StepName = (typeof STEPS)[number]
/** How an order ends otherwise: then there is nothing to come. */
type OtherEnd = 'cancelled' | 'expired'

export interface Step {
  readonly name: StepName | OtherEnd
  readonly state: 'done' | 'now' | 'ahead'
  /** When it was reached, or is expected to be; null: nobody can tell. */
  readonly at: string | null
}

const STEP_OF: Readonly<Record<OrderStatus, StepName | null>> = {
  scheduled: 'placed',
  placed: 'placed',
  assigned: 'assigned',
  en_route_to_pickup: 'assigned',
  at_pickup: 'at_pickup',
  en_route_to_dropoff: 'en_route_to_dropoff',
  delivered: 'delivered',
  cancelled: null,
  expired: null,
}

export function stepsOf({ order, timeline }: Tracked): Step[] {
  if (order.status === 'cancelled' || order.status === 'expired') return endedOtherwise(order.status, timeline)
  const present = STEPS.indexOf(STEP_OF[order.status] ?? 'placed')
  return STEPS.map((name, i) => ({
    name,
    state: i < present || order.status === 'delivered' ? 'done' : i === present ? 'now' : 'ahead',
    at: i <= present ? reachedAt(name, timeline) : expectedAt(name, order.eta),
  }))
}

/** Whether a driver had it and dropped out: it looks for another one. */
export function isLookingAgain({ order, timeline }: Tracked): boolean {
  return order.status === 'placed' && timeline.some(({ status }) => STEPS.indexOf(STEP_OF[status] ?? 'placed') > 0)
}

/** How far it had come, and its end. */
function endedOtherwise(end: OtherEnd, timeline: Tracked['timeline']): Step[] {
  const reached = timeline.map(({ status }) => STEP_OF[status]).findLast(name => name !== null) ?? 'placed'
  const done = STEPS.slice(0, STEPS.indexOf(reached) + 1)
  return [
    ...done.map(name => ({ name, state: 'done' as const, at: reachedAt(name, timeline) })),
    { name: end, state: 'now', at: timeline.findLast(({ status }) => status === end)?.at ?? null },
  ]
}

/** Booked is when it was booked; everything else may have happened before, with a driver who has dropped out since. */
function reachedAt(name: StepName, timeline: Tracked['timeline']): string | null {
  if (name === 'placed') return timeline[0]?.at ?? null
  const since = timeline.findLastIndex(({ status }) => status === 'placed') + 1
  return timeline.slice(since).find(({ status }) => STEP_OF[status] === name)?.at ?? null
}

function expectedAt(name: StepName, { pickup_at, dropoff_at }: Tracked['order']['eta']): string | null {
  if (name === 'at_pickup') return pickup_at
  return name === 'delivered' ? dropoff_at : null
}
