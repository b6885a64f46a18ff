/** An order as its courier is shown it. */
import type { Order } from '../../shared/views.ts'

export interface CourierOrder extends Order {
  readonly distance_m: number
  readonly duration_s: number
  readonly size: number
  readonly items: readonly { readonly name: string; readonly quantity: number }[]
  readonly notes: string | null
  readonly ready_at: string | null
  readonly arrived_at: string | null
  readonly proof: OrderProof | null
}

export interface OrderProof {
  readonly required: readonly string[]
  readonly pin_tries_left: number | null
}

/** What a courier says that it has done, in order. */
export const STEPS = ['en_route_to_pickup', 'at_pickup', 'en_route_to_dropoff', 'delivered'] as const
export type Step = (typeof STEPS)[number]

/** From the assignment to the door. */
const UNDER_WAY = ['assigned', ...STEPS]

export function isUnderWay(status: string): boolean {
  return status !== 'delivered' && UNDER_WAY.includes(status)
}

/** @returns null where nothing is left to do, or nothing has begun. */
export function stepAfter(status: string): Step | null {
  const at = UNDER_WAY.indexOf(status)
  return at < 0 ? null : (STEPS[at] ?? null)
}

/** How far along; −1 for what is no step. */
export function progressOf(status: string): number {
  return UNDER_WAY.indexOf(status)
}

export function isBeforePickup(status: string): boolean {
  return isUnderWay(status) && progressOf(status) < progressOf('en_route_to_dropoff')
}
