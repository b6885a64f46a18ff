/**
 * A virtual courier: what it does next, given where it is and what its driver and its order are like now. It knows nothing but
 * what a phone would be told and can do nothing but what a phone could: accept, decline, report a position, take the next step.
 * So a test goes through the same deciders as the day that it stands for. Pure: each look begins from what is committed, so it
 * goes on after a crash where it was, whichever node drives it then.
 */
import type { DriverState } from '../actors/driver/driver.state.ts'
import type { OrderState } from '../actors/order/order.state.ts'
import type { ProofClaim, ProofReference } from '../domain/delivery-proof.ts'
import { distanceM, type LatLng } from '../domain/geo.ts'
import type { OfferId, OrderId, UnixMs } from '../domain/ids.ts'
import type { OrderStatus } from '../domain/order-lifecycle.ts'
import { type Behaviour, NO_SHOW_STOPS_M, STOP_MS, takesOffers } from './behaviour.ts'

export interface Courier {
  readonly behaviour: Behaviour
  readonly speedMps: number
  readonly place: LatLng
  /** When `place` was so. */
  readonly atMs: UnixMs
}

export type Act =
  | { readonly kind: 'go_on_duty' }
  | { readonly kind: 'accept' | 'decline'; readonly offerId: OfferId; readonly orderId: OrderId }
  | { readonly kind: 'status'; readonly orderId: OrderId; readonly status: OrderStatus; readonly proof?: ProofClaim }
  | { readonly kind: 'drop_out'; readonly orderId: OrderId }

export interface Look {
  readonly driver: DriverState
  /** The first that it has; null: it has none. */
  readonly order: OrderState | null
  readonly nowMs: UnixMs
}

export interface Next {
  readonly place: LatLng
  /** Null: nothing but to go on. */
  readonly act: Act | null
}

/** A second late in a tick of seconds is there all the same. */
const ARRIVED_M = 15

export function next(courier: Courier, { driver, order, nowMs }: Look): Next {
  const { place, behaviour } = courier
  // What it has may be another's since it was looked at.
  if (order?.assignment?.driverId === driver.driverId) return onOrder(courier, order, nowMs)
  if (driver.hold !== null) return { place, act: answer(behaviour, driver.hold) }
  return { place, act: driver.availability === 'available' ? null : { kind: 'go_on_duty' } }
}

function answer(behaviour: Behaviour, { offerId, orderId }: NonNullable<DriverState['hold']>): Act | null {
  if (takesOffers(behaviour)) return { kind: 'accept', offerId, orderId }
  return behaviour === 'decline' ? { kind: 'decline', offerId, orderId } : null
}

function onOrder(courier: Courier, order: OrderState, nowMs: UnixMs): Next {
  const { place, behaviour } = courier
  const { orderId, pickup, dropoff } = order.terms
  const step = (status: OrderStatus): Next => ({ place, act: { kind: 'status', orderId, status } })
  switch (order.status) {
    case 'assigned':
      return step('en_route_to_pickup')
    case 'en_route_to_pickup':
      return behaviour === 'no_show'
        ? stopShort(courier, pickup, nowMs)
        : toward(courier, pickup, nowMs, step('at_pickup'))
    case 'at_pickup':
      if (behaviour === 'drop_out') return { place, act: { kind: 'drop_out', orderId } }
      return isRested(order, nowMs) ? step('en_route_to_dropoff') : { place, act: null }
    case 'en_route_to_dropoff':
      return toward(courier, dropoff, nowMs, { place, act: deliver(order) })
    case 'scheduled':
    case 'placed':
    case 'delivered':
    case 'cancelled':
    case 'expired':
      return { place, act: null }
  }
}

/** With the proof that is asked for: its customer stands beside it and says the PIN, and what it takes a picture of is nothing. */
function deliver({ terms: { orderId, proof } }: OrderState): Act {
  const act = { kind: 'status', orderId, status: 'delivered' } as const
  if (proof === undefined) return act
  const picture = (of: 'photo' | 'signature') => (proof.required.includes(of) ? pictureOf(of) : null)
  const claim = {
    pin: proof.pin ?? null,
    photo: picture('photo'),
    signature: picture('signature'),
    waivedBecause: null,
  }
  return { ...act, proof: claim }
}

function pictureOf(what: string): ProofReference {
  return { ref: `virtual-courier/${what}`, sha256: '0'.repeat(64) }
}

function toward(courier: Courier, goal: LatLng, nowMs: UnixMs, there: Next): Next {
  if (distanceM(courier.place, goal) <= ARRIVED_M) return there
  return { place: moved(courier, goal, nowMs), act: null }
}

/** It sets out and stops short of the pickup, for good. */
function stopShort(courier: Courier, pickup: LatLng, nowMs: UnixMs): Next {
  return { place: moved(courier, pickup, nowMs, NO_SHOW_STOPS_M), act: null }
}

function isRested({ updatedAtMs }: OrderState, nowMs: UnixMs): boolean {
  return nowMs - updatedAtMs >= STOP_MS
}

/** On a straight line, which over the ways of a test is as good as any. */
function moved({ place, speedMps, atMs }: Courier, goal: LatLng, nowMs: UnixMs, shortM = 0): LatLng {
  const wayM = distanceM(place, goal)
  const drivenM = Math.min((speedMps * Math.max(0, nowMs - atMs)) / 1_000, Math.max(0, wayM - shortM))
  const part = wayM === 0 ? 1 : drivenM / wayM
  return {
    latitude: place.latitude + (goal.latitude - place.latitude) * part,
    longitude: place.longitude + (goal.longitude - place.longitude) * part,
  }
}
