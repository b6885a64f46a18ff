/** The states of an order and the steps between them, as the public contract names them. */
export const ORDER_STATUSES = [
  'scheduled',
  'placed',
  'assigned',
  'en_route_to_pickup',
  'at_pickup',
  'en_route_to_dropoff',
  'delivered',
  'cancelled',
  'expired',
] as const

export type OrderStatus = (typeof ORDER_STATUSES)[number]

/**
 * The step that a driver or dispatcher may take from each status. Everything else has a way of its own:
 * `assigned` is reached only by the commit of an assignment, `cancelled` by a cancellation, `expired` by time.
 */
const NEXT_STEP: Readonly<Record<OrderStatus, OrderStatus | null>> = {
  scheduled: null,
  placed: null,
  assigned: 'en_route_to_pickup',
  en_route_to_pickup: 'at_pickup',
  at_pickup: 'en_route_to_dropoff',
  en_route_to_dropoff: 'delivered',
  delivered: null,
  cancelled: null,
  expired: null,
}

export type EndedStatus = 'delivered' | 'cancelled' | 'expired'

export const ENDED_STATUSES: readonly EndedStatus[] = ['delivered', 'cancelled', 'expired']

/** Nothing can happen to the order any more. */
export function isEnded(status: OrderStatus): status is EndedStatus {
  return ENDED_STATUSES.some(ended => ended === status)
}

const UNDER_WAY: readonly string[] = [
  'assigned',
  'en_route_to_pickup',
  'at_pickup',
  'en_route_to_dropoff',
] satisfies OrderStatus[]

/** What the record's indexes know of a status: an order that has its driver is under way; each other status is a phase of its own. */
export function phaseOf(status: string): string {
  return UNDER_WAY.includes(status) ? 'under_way' : status
}

/** The order waits for a driver. */
export function isOpen(status: OrderStatus): boolean {
  return status === 'placed'
}

/** A driver has the order but not yet the goods: he may still drop out, which sends the order back to `placed`. */
export function isBeforePickup(status: OrderStatus): boolean {
  return status === 'assigned' || status === 'en_route_to_pickup' || status === 'at_pickup'
}

/** @returns `same` where the status is repeated: answered as success, changes nothing. */
export function checkMove(from: OrderStatus, to: OrderStatus): 'same' | 'allowed' | 'invalid' {
  if (from === to) return 'same'
  return NEXT_STEP[from] === to ? 'allowed' : 'invalid'
}
