/** What the page says in the words of a courier. */
import type { Step } from './order.ts'

const OFFER_GONE: Readonly<Record<string, string>> = {
  expired: 'The offer has run out.',
  taken: 'Another driver was faster.',
  cancelled: 'The order was cancelled.',
  amended: 'The order was changed, so it is offered anew.',
  picked_up: 'The order was picked up by another driver.',
  unassigned: 'The order was taken back.',
  offline: 'You went offline.',
  claim_refused: 'You have no room for this order.',
  order_unknown: 'The order does not exist any more.',
}

export function offerGone(reason: string): string {
  return OFFER_GONE[reason] ?? 'The offer is no longer open.'
}

const JOB_GONE: Readonly<Record<string, string>> = {
  reassigned: 'Your dispatcher has given it to another driver.',
  not_assigned: 'It is not yours any more.',
  no_show: 'It was given up, because nobody came to the pickup.',
}

export function jobGone(place: string, reason: string): string {
  return `Stop: the order to ${place} is no longer yours. ${JOB_GONE[reason] ?? `Reason: ${reason}.`}`
}

export function formerUntold(driverId: string): string {
  return `${driverId} was on duty on this phone, and the node could not be told that this is over. It takes them for online until it misses their position.`
}

/** What the courier says it has done. */
export const STEP_BUTTON: Readonly<Record<Step, string>> = {
  en_route_to_pickup: 'Start to pickup',
  at_pickup: 'I am at the pickup',
  en_route_to_dropoff: 'Picked up',
  delivered: 'Delivered',
}

export const STEP_NAME: Readonly<Record<string, string>> = {
  assigned: 'Assigned',
  en_route_to_pickup: 'On the way to the pickup',
  at_pickup: 'At the pickup',
  en_route_to_dropoff: 'On the way to the drop-off',
  delivered: 'Delivered',
}

export const GIVE_BACK_REASONS = ['Vehicle trouble', 'Too far', 'Order is not ready', 'Cannot carry it'] as const
export const CANCEL_REASONS = ['Customer refused it', 'Address is wrong', 'Goods are damaged', 'Accident'] as const
/** As the API has it. */
export const REASON_MAX = 200
export const COMMENT_MAX = 1_000
