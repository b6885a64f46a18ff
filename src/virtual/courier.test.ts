import { describe, expect, test } from 'bun:test'
import type { DriverState } from '../actors/driver/driver.state.ts'
import { ANN, NOW_MS, OFFER_ID, ORDER_ID, ORDERS } from '../actors/order/order.fixtures.ts'
import type { OrderState } from '../actors/order/order.state.ts'
import { distanceM, type LatLng } from '../domain/geo.ts'
import { BEHAVIOURS, type Behaviour, NO_SHOW_STOPS_M, STOP_MS } from './behaviour.ts'
import { type Courier, type Next, next } from './courier.ts'

const { pickup, dropoff } = ORDERS.assigned.terms
const FAR: LatLng = { latitude: pickup.latitude + 0.01, longitude: pickup.longitude }

function courier(behaviour: Behaviour, place: LatLng = FAR): Courier {
  return { behaviour, speedMps: 10, place, atMs: NOW_MS }
}

/** Of what a courier looks at. */
function driver(changes: Partial<DriverState> = {}): DriverState {
  return { driverId: ANN, availability: 'available', hold: null, assignments: [], ...changes } as DriverState
}

const HOLD = { offerId: OFFER_ID, orderId: ORDER_ID, size: 1, expiresAtMs: NOW_MS + 15_000, offer: {}, asked: 0 }

function look(of: Courier, order: OrderState | null, nowMs = NOW_MS + 500, more: Partial<DriverState> = {}): Next {
  return next(of, { driver: driver(more), order, nowMs })
}

test('off duty it goes on duty, and then waits', () => {
  expect(look(courier('accept'), null, NOW_MS, { availability: 'offline' }).act).toEqual({ kind: 'go_on_duty' })
  expect(look(courier('accept'), null)).toEqual({ place: FAR, act: null })
})

test.each([
  ['accept', 'accept'],
  ['no_show', 'accept'],
  ['drop_out', 'accept'],
  ['decline', 'decline'],
  ['stall', undefined],
] as const)('%s: an offer is answered with %p', (behaviour, answer) => {
  expect(look(courier(behaviour), null, NOW_MS, { hold: HOLD }).act?.kind).toBe(answer as never)
})

describe('with an order', () => {
  test('it takes one step after the other, and none before it has come to where that is taken', () => {
    expect(look(courier('accept'), ORDERS.assigned).act).toMatchObject({ status: 'en_route_to_pickup' })
    const driving = look(courier('accept'), ORDERS.en_route_to_pickup)
    expect(driving.act).toBeNull()
    expect(distanceM(driving.place, FAR)).toBeCloseTo(5, 3)
    expect(look(courier('accept', pickup), ORDERS.en_route_to_pickup).act).toMatchObject({ status: 'at_pickup' })
    expect(look(courier('accept', pickup), ORDERS.at_pickup).act).toBeNull()
    const rested = look(courier('accept', pickup), ORDERS.at_pickup, NOW_MS + STOP_MS)
    expect(rested.act).toMatchObject({ status: 'en_route_to_dropoff' })
    expect(look(courier('accept', pickup), ORDERS.en_route_to_dropoff).act).toBeNull()
    expect(look(courier('accept', dropoff), ORDERS.en_route_to_dropoff).act).toMatchObject({ status: 'delivered' })
  })

  test('it delivers with the proof that is asked for', () => {
    const { terms } = ORDERS.en_route_to_dropoff
    const asking = (proof: NonNullable<typeof terms.proof>): OrderState => ({
      ...ORDERS.en_route_to_dropoff,
      terms: { ...terms, proof },
    })
    const all = asking({ required: ['pin', 'photo', 'signature'], pin: '0417' })
    const picture = { ref: expect.any(String), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }
    expect(look(courier('accept', dropoff), all).act).toEqual({
      kind: 'status',
      orderId: ORDER_ID,
      status: 'delivered',
      proof: { pin: '0417', photo: picture, signature: picture, waivedBecause: null },
    })
    const photo = asking({ required: ['photo'] })
    expect(look(courier('accept', dropoff), photo).act).toMatchObject({ proof: { pin: null, signature: null } })
    expect(look(courier('accept', dropoff), ORDERS.en_route_to_dropoff).act).not.toHaveProperty('proof')
  })

  test('however late it looks, it does not drive past', () => {
    expect(look(courier('accept'), ORDERS.en_route_to_pickup, NOW_MS + 86_400_000).place).toEqual({
      latitude: pickup.latitude,
      longitude: pickup.longitude,
    })
  })

  test('one that does not show sets out, and stops short of the pickup for good', () => {
    let of = courier('no_show')
    for (let s = 1; s <= 600; s++) {
      const { place, act } = look(of, ORDERS.en_route_to_pickup, NOW_MS + s * 1_000)
      expect(act).toBeNull()
      of = { ...of, place, atMs: NOW_MS + s * 1_000 }
    }
    expect(distanceM(of.place, pickup)).toBeCloseTo(NO_SHOW_STOPS_M, 0)
  })

  test('one that drops out gives it back at the pickup', () => {
    expect(look(courier('drop_out', pickup), ORDERS.at_pickup).act).toEqual({ kind: 'drop_out', orderId: ORDER_ID })
  })

  test('one that has ended, or is another’s by now, is left alone', () => {
    for (const behaviour of BEHAVIOURS) {
      for (const order of [ORDERS.delivered, ORDERS.cancelled, ORDERS.expired, ORDERS.placed, ORDERS.scheduled]) {
        expect(look(courier(behaviour), order)).toEqual({ place: FAR, act: null })
      }
    }
    const others = { ...ORDERS.at_pickup, assignment: null }
    expect(look(courier('drop_out', pickup), others).act).toBeNull()
  })
})
